#include "storage/postgres/statements.h"

namespace cadenza::postgres {

const Statement kBeginLaunch = {"begin_launch", R"sql(
INSERT INTO launches (workspace, campaign_id, due_time, begin_time, local_time)
SELECT $1::text, $2::text, $3::bigint, $4::bigint, $5::text
WHERE NOT EXISTS (
  SELECT FROM launches WHERE workspace = $1::text AND campaign_id = $2::text AND due_time >= $3::bigint)
ON CONFLICT DO NOTHING
RETURNING 1::bigint
)sql"};

const Statement kForgetLaunches = {"forget_launches", R"sql(
DELETE FROM launches WHERE workspace = $1::text AND campaign_id = $2::text AND due_time < $3::bigint AND done
)sql"};

const Statement kLastLaunch = {"last_launch", R"sql(
SELECT due_time FROM launches WHERE workspace = $1::text AND campaign_id = $2::text
ORDER BY due_time DESC LIMIT 1
)sql"};

// A launch that is done is held no more: its lease_end is when it ended.
#define CADENZA_LAUNCH_COLUMNS                                                               \
  "workspace, campaign_id, due_time, begin_time, local_time, cursor, users_launched, done, " \
  "CASE WHEN done AND isfinite(lease_end) THEN (extract(epoch FROM lease_end) * 1000000)::bigint ELSE 0 END"

// $1: the process, $2: the lease in microseconds.
const Statement kClaimLaunch = {"claim_launch", R"sql(
UPDATE launches SET holder = $1::text, lease_end = now() + $2::bigint * interval '1 microsecond'
WHERE (workspace, campaign_id, due_time) = (
  SELECT workspace, campaign_id, due_time FROM launches
  WHERE NOT done AND (holder = '' OR lease_end < now())
  ORDER BY due_time LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING )sql" CADENZA_LAUNCH_COLUMNS};

// $8: the lease in microseconds, $9: when it ended, if it is done.
const Statement kSaveLaunch = {"save_launch", R"sql(
UPDATE launches SET cursor = $5::text, users_launched = $6::bigint, done = $7::bigint = 1,
       lease_end = CASE WHEN $7::bigint = 1 THEN 'epoch'::timestamptz + $9::bigint * interval '1 microsecond'
                        ELSE now() + $8::bigint * interval '1 microsecond' END
WHERE workspace = $1::text AND campaign_id = $2::text AND due_time = $3::bigint AND holder = $4::text AND NOT done
RETURNING 1::bigint
)sql"};

const Statement kListLaunches = {"list_launches", "SELECT " CADENZA_LAUNCH_COLUMNS R"sql( FROM launches
WHERE workspace = $1::text AND campaign_id = $2::text AND due_time < $4::bigint
ORDER BY due_time DESC LIMIT $3::bigint
)sql"};

}  // namespace cadenza::postgres
