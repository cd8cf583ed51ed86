#include "storage/postgres/statements.h"

namespace cadenza::postgres {

// $1 the process, $2 its clock, $3 how many rows, $4 how many bytes. Column 0 is 0 for a due timer, 1 for the row that
// only says when the next one will be; column 10 says that the timer is beyond the bytes (its payload is then left
// out).
//
// The share: of the processes that committed a heartbeat just now, in the order of their names, number n takes the
// shards that leave n when divided by their number. The clock: the earlier of the caller's and this server's.
const Statement kFindDueTimers = {"find_due_timers", R"sql(
WITH mine AS MATERIALIZED (
  SELECT live.place, live.processes
  FROM (SELECT process, row_number() OVER (ORDER BY process) - 1 AS place, count(*) OVER () AS processes
        FROM heartbeats WHERE beat_time > now() - interval '3 seconds') AS live
  WHERE live.process = $1::text
), moment AS MATERIALIZED (
  SELECT least($2::bigint, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint) AS now
), due AS MATERIALIZED (
  SELECT t.workspace, t.user_key, t.timer_id, t.set_seq, t.fire_time, t.due_time, t.attempts, t.error, t.payload,
         sum(octet_length(t.payload)) OVER (ORDER BY t.due_time, t.user_key, t.timer_id) > $4::bigint
           AND row_number() OVER (ORDER BY t.due_time, t.user_key, t.timer_id) > 1 AS beyond
  FROM mine CROSS JOIN moment CROSS JOIN LATERAL (
    SELECT * FROM timers t
    WHERE NOT t.parked AND t.due_time <= moment.now AND t.shard % mine.processes = mine.place
    ORDER BY t.due_time LIMIT $3::bigint) AS t
)
(SELECT 0::bigint, workspace, user_key, timer_id, set_seq, fire_time, due_time, attempts, error,
        CASE WHEN beyond THEN ''::bytea ELSE payload END, beyond
 FROM due ORDER BY due_time, user_key, timer_id)
UNION ALL
(SELECT 1::bigint, '', '', '', 0::bigint, 0::bigint, t.due_time, 0, ''::bytea, ''::bytea, false
 FROM mine CROSS JOIN moment CROSS JOIN LATERAL (
   SELECT due_time FROM timers t
   WHERE NOT t.parked AND t.due_time > moment.now AND t.shard % mine.processes = mine.place
   ORDER BY t.due_time LIMIT 1) AS t)
)sql"};

const Statement kRecordTimerFailures = {"record_timer_failures", R"sql(
UPDATE timers t SET attempts = f.attempts, due_time = f.due_time, parked = f.parked = 1, error = f.error
FROM (SELECT unnest($1::smallint[]) AS shard, unnest($2::text[]) AS workspace, unnest($3::text[]) AS user_key,
             unnest($4::text[]) AS timer_id, unnest($5::bigint[]) AS set_seq, unnest($6::bigint[]) AS attempts,
             unnest($7::bigint[]) AS due_time, unnest($8::smallint[]) AS parked, unnest($9::bytea[]) AS error) AS f
WHERE t.user_key = f.user_key AND t.timer_id = f.timer_id AND t.workspace = f.workspace AND t.shard = f.shard
  AND t.set_seq = f.set_seq
)sql"};

const Statement kListParkedTimers = {"list_parked_timers", R"sql(
SELECT workspace, user_key, timer_id, set_seq, fire_time, due_time, attempts, error, payload FROM timers
WHERE parked AND workspace = $1::text AND (user_key, timer_id) > ($2::text, $3::text)
ORDER BY user_key, timer_id LIMIT $4::bigint
)sql"};

const Statement kRetryParkedTimer = {"retry_parked_timer", R"sql(
UPDATE timers SET attempts = 0, due_time = $5::bigint, parked = false
WHERE user_key = $3::text AND timer_id = $4::text AND workspace = $2::text AND shard = $1::bigint AND parked
RETURNING 1::bigint
)sql"};

const Statement kReadTimers = {"read_timers", R"sql(
SELECT t.workspace, t.user_key, t.timer_id, t.set_seq, t.fire_time, t.due_time, t.attempts, t.error, t.payload, t.parked
FROM (SELECT unnest($1::smallint[]) AS shard, unnest($2::text[]) AS workspace, unnest($3::text[]) AS user_key) AS u
JOIN timers t ON t.user_key = u.user_key AND t.workspace = u.workspace AND t.shard = u.shard
)sql"};

const Statement kCountTimers = {"count_timers", R"sql(
SELECT (SELECT count(*) FROM (SELECT FROM timers WHERE NOT parked AND due_time <= $1::bigint LIMIT $2::bigint) AS due),
       (SELECT count(*) FROM (SELECT FROM timers WHERE parked LIMIT $2::bigint) AS parked)
)sql"};

const Statement kForgetHeartbeat = {"forget_heartbeat", R"sql(
DELETE FROM heartbeats WHERE process = $1::text
)sql"};

// Two disjoint sets of rows.
const Statement kMoveTimers = {"move_timers", R"sql(
WITH gone AS (
  DELETE FROM timers t
  WHERE t.shard = $1::bigint AND t.workspace = $2::text AND t.user_key = $3::text
    AND EXISTS (SELECT FROM timers k WHERE k.shard = $4::bigint AND k.workspace = $5::text AND k.user_key = $6::text
                                       AND k.timer_id = t.timer_id)
)
UPDATE timers t SET shard = $4::bigint, workspace = $5::text, user_key = $6::text, set_seq = $7::bigint
WHERE t.shard = $1::bigint AND t.workspace = $2::text AND t.user_key = $3::text
  AND NOT EXISTS (SELECT FROM timers k WHERE k.shard = $4::bigint AND k.workspace = $5::text
                                         AND k.user_key = $6::text AND k.timer_id = t.timer_id)
)sql"};

}  // namespace cadenza::postgres
