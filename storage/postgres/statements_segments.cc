#include "storage/postgres/statements.h"

namespace cadenza::postgres {

#define CADENZA_SEGMENT_COLUMNS                                                                 \
  "workspace, segment_id, revision, display_name, state, condition, create_time, update_time, " \
  "evaluation_state, evaluation_start, evaluation_end, users_examined, users_total"

// $3 = 0: all. $4: the state that is left out, or -1. $1 = '': all workspaces.
const Statement kListSegments = {"list_segments", "SELECT " CADENZA_SEGMENT_COLUMNS R"sql( FROM segments
WHERE ($1::text = '' OR workspace = $1::text) AND segment_id > $2::text AND state <> $4::bigint
ORDER BY workspace, segment_id LIMIT nullif($3::bigint, 0)
)sql"};

const Statement kGetSegment = {"get_segment", "SELECT " CADENZA_SEGMENT_COLUMNS R"sql( FROM segments
WHERE workspace = $1::text AND segment_id = $2::text
)sql"};

// Both raise the rule set's revision if they did something, and answer whether they did. $9: an evaluation becomes due
// at $8; if not, its columns get $10 (that there never was one) in a new row, and stay in an old one.
const Statement kInsertSegment = {"insert_segment", R"sql(
WITH put AS (
  INSERT INTO segments (workspace, segment_id, revision, display_name, state, condition, create_time, update_time,
                        evaluation_state, evaluation_number, evaluation_start, evaluation_end)
  VALUES ($1::text, $2::text, $3::bigint, $4::text, $5::bigint, $6::text, $7::bigint, $8::bigint,
          $9::bigint, $9::bigint, CASE WHEN $9::bigint = 1 THEN $8::bigint ELSE $10::bigint END, $10::bigint)
  ON CONFLICT DO NOTHING RETURNING 1
), raised AS (
  UPDATE rule_set SET revision = revision + 1 WHERE EXISTS (SELECT FROM put)
)
SELECT EXISTS (SELECT FROM put)
)sql"};

const Statement kReplaceSegment = {"replace_segment", R"sql(
WITH put AS (
  UPDATE segments SET revision = $3::bigint, display_name = $4::text, state = $5::bigint, condition = $6::text,
         create_time = $7::bigint, update_time = $8::bigint,
         evaluation_state = CASE WHEN $9::bigint = 1 THEN 1 ELSE evaluation_state END,
         evaluation_number = evaluation_number + $9::bigint,
         evaluation_start = CASE WHEN $9::bigint = 1 THEN $8::bigint ELSE evaluation_start END,
         evaluation_end = CASE WHEN $9::bigint = 1 THEN $10::bigint ELSE evaluation_end END,
         evaluation_cursor = CASE WHEN $9::bigint = 1 THEN '' ELSE evaluation_cursor END,
         users_examined = CASE WHEN $9::bigint = 1 THEN 0 ELSE users_examined END,
         users_total = CASE WHEN $9::bigint = 1 THEN -1 ELSE users_total END,
         holder = CASE WHEN $9::bigint = 1 THEN '' ELSE holder END
  WHERE workspace = $1::text AND segment_id = $2::text AND revision = $3::bigint - 1 RETURNING 1
), raised AS (
  UPDATE rule_set SET revision = revision + 1 WHERE EXISTS (SELECT FROM put)
)
SELECT EXISTS (SELECT FROM put)
)sql"};

const Statement kEnterSegments = {"enter_segments", R"sql(
INSERT INTO segment_members (workspace, segment_id, user_key, since)
SELECT unnest($1::text[]), unnest($2::text[]), unnest($3::text[]), unnest($4::bigint[])
ON CONFLICT (workspace, segment_id, user_key) DO UPDATE SET since = excluded.since
)sql"};

const Statement kLeaveSegments = {"leave_segments", R"sql(
DELETE FROM segment_members m
USING (SELECT unnest($1::text[]) AS workspace, unnest($2::text[]) AS segment_id, unnest($3::text[]) AS user_key) AS w
WHERE m.workspace = w.workspace AND m.segment_id = w.segment_id AND m.user_key = w.user_key
)sql"};

const Statement kCountMembers = {"count_members", R"sql(
SELECT count(*) FROM segment_members WHERE workspace = $1::text AND segment_id = $2::text
)sql"};

const Statement kListMembers = {"list_members", R"sql(
SELECT user_key, since FROM segment_members
WHERE workspace = $1::text AND segment_id = $2::text AND user_key > $3::text
ORDER BY user_key LIMIT $4::bigint
)sql"};

// $1: the process, $2: the lease, $3: the grace, both in microseconds.
const Statement kClaimEvaluation = {"claim_evaluation", R"sql(
UPDATE segments SET holder = $1::text, lease_end = now() + $2::bigint * interval '1 microsecond'
WHERE (workspace, segment_id) = (
  SELECT workspace, segment_id FROM segments
  WHERE evaluation_state = 1
    AND evaluation_start + $3::bigint <= (extract(epoch FROM now()) * 1000000)::bigint
    AND (holder IN ('', $1::text) OR lease_end < now())
  ORDER BY evaluation_start LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING workspace, segment_id, state, evaluation_number, evaluation_cursor, users_examined, users_total
)sql"};

const Statement kSaveEvaluation = {"save_evaluation", R"sql(
UPDATE segments SET evaluation_cursor = $5::text, users_examined = $6::bigint, users_total = $7::bigint,
       lease_end = now() + $8::bigint * interval '1 microsecond'
WHERE workspace = $1::text AND segment_id = $2::text AND evaluation_number = $3::bigint AND holder = $4::text
  AND evaluation_state = 1
RETURNING 1::bigint
)sql"};

const Statement kFinishEvaluation = {"finish_evaluation", R"sql(
WITH put AS (
  UPDATE segments SET evaluation_cursor = $5::text, users_examined = $6::bigint, users_total = $7::bigint,
         holder = '', evaluation_state = 2, evaluation_end = (extract(epoch FROM now()) * 1000000)::bigint
  WHERE workspace = $1::text AND segment_id = $2::text AND evaluation_number = $3::bigint AND holder = $4::text
    AND evaluation_state = 1
  RETURNING 1
), raised AS (
  UPDATE rule_set SET revision = revision + 1 WHERE EXISTS (SELECT FROM put)
)
SELECT 1::bigint FROM put
)sql"};

// WITH TIES: a key is in one stretch, of whatever workspaces it is. The last row says where the stretch ends.
const Statement kListUsers = {"list_users", R"sql(
WITH looked AS MATERIALIZED (
  SELECT workspace, user_key, merged_into FROM profiles
  WHERE user_key > $2::text
  ORDER BY user_key FETCH FIRST ($3::bigint) ROWS WITH TIES
)
SELECT 1::bigint, user_key FROM looked WHERE workspace = $1::text AND merged_into = ''
UNION ALL
SELECT 0::bigint, max(user_key) FROM looked HAVING count(*) > 0
)sql"};

}  // namespace cadenza::postgres
