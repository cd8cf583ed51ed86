#include "storage/postgres/statements.h"

#include "storage/postgres/dedupe_sql.h"

namespace cadenza::postgres {

// Every statement of the store is a lookup by key, planned once per connection when tables may still be empty: so plans
// are generic, and may be made of nothing but index lookups driven by the parameters. (A bitmap would read all ids of a
// range of which only the first matters.) $4 = 1 leaves the
// server's synchronous_commit alone.
const Statement kSetUpSession = {"set_up_session", R"sql(
SELECT set_config(name, setting, false)
FROM (VALUES ('search_path', 'public'),
             ('client_encoding', 'UTF8'),
             ('default_transaction_isolation', 'read committed'),
             ('statement_timeout', $1::bigint::text),
             ('lock_timeout', $2::bigint::text),
             ('idle_in_transaction_session_timeout', '10s'),
             ('application_name', left($3::text, 63)),
             ('plan_cache_mode', 'force_generic_plan'),
             ('jit', 'off'),
             ('enable_seqscan', 'off'),
             ('enable_bitmapscan', 'off'),
             ('enable_hashjoin', 'off'),
             ('enable_mergejoin', 'off'),
             ('synchronous_commit',
              CASE WHEN $4::bigint = 1 OR current_setting('synchronous_commit') = 'remote_apply'
                   THEN current_setting('synchronous_commit') ELSE 'on' END)) AS session(name, setting)
)sql"};

// LATERAL with a LIMIT: one index lookup for each key, whatever the planner believes about sizes.
const Statement kLoadRows = {"load_rows", R"sql(
SELECT k.position, p.version, p.merged_into, p.state
FROM unnest($1::smallint[], $2::text[], $3::text[]) WITH ORDINALITY AS k(shard, workspace, user_key, position)
CROSS JOIN LATERAL (
  SELECT version, merged_into, state FROM profiles p
  WHERE p.shard = k.shard AND p.workspace = k.workspace AND p.user_key = k.user_key
  LIMIT 1) p
)sql"};

// A day that holds no id between the least ($4) and the greatest ($5) of those asked for holds none of them: ids that
// ascend, as UUIDv7s do, are so looked for in today's partition only.
const Statement kFindEvents = {"find_events",
                               "SELECT found.position, found.user_seq, found.digest FROM " CADENZA_DEDUPE_DAYS R"sql(
CROSS JOIN LATERAL (
  SELECT FROM events e
  WHERE )sql" CADENZA_DEDUPE_OF_DAY R"sql( AND e.event_id BETWEEN $4::text AND $5::text
  LIMIT 1) AS near
CROSS JOIN LATERAL (
  SELECT r.position, e.user_seq, e.digest
  FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS r(workspace, named_key, event_id, position)
  CROSS JOIN LATERAL (
    SELECT user_seq, digest FROM events e
    WHERE )sql" CADENZA_DEDUPE_OF_DAY " AND " CADENZA_DEDUPE_SAME_EVENT R"sql(
    LIMIT 1) e
  OFFSET 0) AS found
)sql"};

const Statement kMoveMessages = {"move_messages", R"sql(
UPDATE messages SET shard = $4::bigint, workspace = $5::text, user_key = $6::text,
                    message_seq = message_seq + $7::bigint
WHERE shard = $1::bigint AND workspace = $2::text AND user_key = $3::text
)sql"};

const Statement kOpenJournal = {"open_journal", R"sql(
INSERT INTO journals (process) VALUES ($1::text) RETURNING journal
)sql"};

const Statement kListEventsUp = {"list_events_up", R"sql(
SELECT user_seq, receive_time, body, decisions FROM events
WHERE hashtextextended(user_key, hashtextextended(workspace, 0))
      = hashtextextended($3::text, hashtextextended($2::text, 0))
  AND user_seq > $4::bigint AND shard = $1::bigint AND workspace = $2::text AND user_key = $3::text
ORDER BY user_seq LIMIT $5::bigint
)sql"};

const Statement kListEventsDown = {"list_events_down", R"sql(
SELECT user_seq, receive_time, body, decisions FROM events
WHERE hashtextextended(user_key, hashtextextended(workspace, 0))
      = hashtextextended($3::text, hashtextextended($2::text, 0))
  AND user_seq < $4::bigint AND shard = $1::bigint AND workspace = $2::text AND user_key = $3::text
ORDER BY user_seq DESC LIMIT $5::bigint
)sql"};

const Statement kListMessages = {"list_messages", R"sql(
SELECT message_seq, message_id, campaign_id, event_id, channel, title, body, create_time, expire_time, variant_id
FROM messages
WHERE shard = $1::bigint AND workspace = $2::text AND user_key = $3::text AND message_seq > $4::bigint
  AND expire_time > $6::bigint
ORDER BY message_seq LIMIT $5::bigint
)sql"};

const Statement kTopMessageSeqs = {"top_message_seqs", R"sql(
SELECT k.position, m.message_seq
FROM unnest($1::smallint[], $2::text[], $3::text[]) WITH ORDINALITY AS k(shard, workspace, user_key, position)
CROSS JOIN LATERAL (
  SELECT message_seq FROM messages m
  WHERE m.shard = k.shard AND m.workspace = k.workspace AND m.user_key = k.user_key
  ORDER BY message_seq DESC LIMIT 1) m
)sql"};

const Statement kReadRevisions = {"read_revisions", R"sql(
SELECT revision, catalog_revision FROM rule_set
)sql"};

// synchronous_commit: what the server would give a session that does not set it.
const Statement kServerSettings = {"server_settings", R"sql(
SELECT current_setting('fsync'), current_setting('full_page_writes'),
       (SELECT reset_val FROM pg_settings WHERE name = 'synchronous_commit'),
       pg_is_in_recovery(), current_setting('server_encoding')
)sql"};

const Statement kStoreSettings = {"store_settings", R"sql(
SELECT shards FROM store_settings
)sql"};

const Statement kBeat = {"beat", R"sql(
INSERT INTO heartbeats AS h (process, beat, beat_time) VALUES ($1::text, 1, now())
ON CONFLICT (process) DO UPDATE SET beat = h.beat + 1, beat_time = excluded.beat_time
)sql"};

// If another process is at it, this one need not.
const Statement kMakePartitions = {"make_partitions", R"sql(
SELECT CASE WHEN pg_try_advisory_xact_lock(hashtext('cadenza'), hashtext('partitions'))
            THEN make_event_partitions(least($1::bigint, 366)::integer) ELSE 0 END
)sql"};

const Statement kDropPartitions = {"drop_partitions", R"sql(
SELECT CASE WHEN pg_try_advisory_xact_lock(hashtext('cadenza'), hashtext('partitions'))
            THEN drop_event_partitions($1::bigint::integer) ELSE 0 END
)sql"};

// For the transaction: a BRIN index can only be read with a bitmap.
const Statement kAllowBitmaps = {"allow_bitmaps", R"sql(
SELECT set_config('enable_bitmapscan', 'on', true)
)sql"};

// A piece at a time: each its own transaction, none long.
const Statement kDropMessages = {"drop_messages", R"sql(
WITH gone AS (
  DELETE FROM messages WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM messages WHERE expire_time < (extract(epoch FROM now()) * 1000000)::bigint - $1::bigint
      AND store_time < now() - $1::bigint * interval '1 microsecond'
    LIMIT $2::bigint)) RETURNING 1
) SELECT count(*) FROM gone
)sql"};

const Statement kDropJournalCommits = {"drop_journal_commits", R"sql(
WITH gone AS (
  DELETE FROM journal_commits WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM journal_commits WHERE commit_time < now() - $1::bigint * interval '1 day'
    LIMIT $2::bigint)) RETURNING 1
) SELECT count(*) FROM gone
)sql"};

const Statement kDropHeartbeats = {"drop_heartbeats", R"sql(
DELETE FROM heartbeats WHERE beat_time < now() - interval '7 days'
)sql"};

const Statement kHasMigrations = {"has_migrations", R"sql(
SELECT to_regclass('schema_migrations') IS NOT NULL
)sql"};

const Statement kAppliedMigrations = {"applied_migrations", R"sql(
SELECT version, name, checksum, (extract(epoch FROM applied_time) * 1000000)::bigint
FROM schema_migrations ORDER BY version
)sql"};

const Statement kRecordMigration = {"record_migration", R"sql(
INSERT INTO schema_migrations (version, name, checksum) VALUES ($1::bigint, $2::text, $3::text)
)sql"};

const Statement kForgetMigration = {"forget_migration", R"sql(
DELETE FROM schema_migrations WHERE version = $1::bigint
)sql"};

}  // namespace cadenza::postgres
