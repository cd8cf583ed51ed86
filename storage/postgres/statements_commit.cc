#include <array>
#include <cstddef>

#include "storage/postgres/dedupe_sql.h"
#include "storage/postgres/statements.h"

namespace cadenza::postgres {
namespace {

// One text of several literals, at compile time.
template <size_t... kSizes>
constexpr auto Join(const char (&... parts)[kSizes]) {
  std::array<char, (kSizes + ...) - sizeof...(kSizes) + 1> text{};
  size_t at = 0;
  auto append = [&](const char* part, size_t size) {
    for (size_t i = 0; i + 1 < size; ++i) text[at++] = part[i];
  };
  (append(parts, kSizes), ...);
  return text;
}

// One statement is one transaction and one round trip. `passed` are the positions of the users whose fence held: under
// READ COMMITTED an UPDATE that waited for another one tests its WHERE again on the row as that left it. Events and
// messages name their user by position; the IS TRUE makes each IN a hashed subplan. Answers the positions that did not
// pass.
//
// Arrays are unnested in a SELECT's list, where they are read value by value: in FROM, each would be copied into a
// tuplestore first.
constexpr char kWrites[] = R"sql((
  SELECT generate_subscripts($1::smallint[], 1) AS position, unnest($1::smallint[]) AS shard,
         unnest($2::text[]) AS workspace, unnest($3::text[]) AS user_key, unnest($4::bigint[]) AS expected_version,
         unnest($5::bigint[]) AS version, unnest($6::text[]) AS merged_into, unnest($7::bytea[]) AS state) AS w
)sql";

constexpr char kUnchecked[] = R"sql(
WITH )sql";

// Any event that is stored already, as find_events would find it; the rows are then left alone. The snapshot is that of
// the UPDATE: an event that came after it has also moved its user's version on.
constexpr char kChecked[] = R"sql(
WITH seen AS MATERIALIZED (
  SELECT 1 AS one
  FROM )sql" CADENZA_DEDUPE_DAYS R"sql(
  CROSS JOIN LATERAL (
    SELECT FROM events e
    WHERE )sql" CADENZA_DEDUPE_OF_DAY R"sql( AND e.event_id BETWEEN $39::text AND $40::text
    LIMIT 1) AS near
  CROSS JOIN LATERAL (
    SELECT
    FROM (SELECT unnest($10::text[]) AS workspace, unnest($13::text[]) AS named_key,
                 unnest($14::text[]) AS event_id) AS r
    CROSS JOIN LATERAL (
      SELECT FROM events e
      WHERE )sql" CADENZA_DEDUPE_OF_DAY " AND " CADENZA_DEDUPE_SAME_EVENT R"sql(
      LIMIT 1) e
    OFFSET 0) AS found
  LIMIT 1
), )sql";

constexpr char kUpdate[] = R"sql(updated AS (
  UPDATE profiles p SET version = w.version, merged_into = w.merged_into, state = w.state
  FROM )sql";
constexpr char kWhereVersionHolds[] = R"sql(
  WHERE p.shard = w.shard AND p.workspace = w.workspace AND p.user_key = w.user_key
    AND w.expected_version > 0 AND p.version = w.expected_version)sql";
constexpr char kUpdated[] = R"sql(
  RETURNING w.position
))sql";
constexpr char kIfNotSeen[] = R"sql(
    AND NOT EXISTS (SELECT FROM seen))sql";

constexpr char kPassedUpdates[] = R"sql(, passed AS MATERIALIZED (
  SELECT position FROM updated
))sql";

constexpr char kInsert[] = R"sql(, inserted AS (
  INSERT INTO profiles (shard, workspace, user_key, version, merged_into, state)
  SELECT w.shard, w.workspace, w.user_key, w.version, w.merged_into, w.state
  FROM )sql";
constexpr char kWhereNew[] = R"sql(
  WHERE w.expected_version = 0)sql";
constexpr char kPassedBoth[] = R"sql(
  ON CONFLICT DO NOTHING
  RETURNING shard, workspace, user_key
), passed AS MATERIALIZED (
  SELECT position FROM updated
  UNION ALL
  SELECT w.position
  FROM )sql";
constexpr char kWhereInserted[] = R"sql(
  WHERE w.expected_version = 0
    AND ((w.shard, w.workspace, w.user_key) IN (SELECT shard, workspace, user_key FROM inserted)) IS TRUE
))sql";

constexpr char kStore[] = R"sql(, stored_events AS (
  INSERT INTO events (received_day, shard, workspace, user_key, user_seq, named_shard, named_key, event_id, digest, kind,
                      name, event_time, receive_time, journal, journal_seq, body, decisions)
  SELECT (SELECT (now() AT TIME ZONE 'UTC')::date), e.shard, e.workspace, e.user_key, e.user_seq, e.named_shard,
         e.named_key, e.event_id, e.digest, e.kind, e.name, e.event_time, e.receive_time, $37::bigint, $38::bigint,
         e.body, nullif(e.decisions, '')
  FROM (SELECT unnest($8::bigint[]) AS owner, unnest($9::smallint[]) AS shard, unnest($10::text[]) AS workspace,
               unnest($11::text[]) AS user_key, unnest($12::smallint[]) AS named_shard, unnest($13::text[]) AS named_key,
               unnest($14::text[]) AS event_id, unnest($15::bigint[]) AS user_seq, unnest($16::smallint[]) AS kind,
               unnest($17::text[]) AS name, unnest($18::bigint[]) AS event_time, unnest($19::bigint[]) AS receive_time,
               unnest($20::bytea[]) AS body, unnest($21::bytea[]) AS digest,
               unnest($22::bytea[]) AS decisions) AS e
  WHERE (e.owner IN (SELECT position FROM passed)) IS TRUE
), stored_messages AS (
  INSERT INTO messages (shard, workspace, user_key, message_seq, message_id, campaign_id, event_id, channel, title,
                        body, create_time, expire_time, variant_id)
  SELECT m.shard, m.workspace, m.user_key, m.message_seq, m.message_id, m.campaign_id, m.event_id, m.channel, m.title,
         m.body, m.create_time, m.expire_time, m.variant_id
  FROM (SELECT unnest($23::bigint[]) AS owner, unnest($24::smallint[]) AS shard, unnest($25::text[]) AS workspace,
               unnest($26::text[]) AS user_key, unnest($27::bigint[]) AS message_seq, unnest($28::text[]) AS message_id,
               unnest($29::text[]) AS campaign_id, unnest($30::text[]) AS event_id, unnest($31::text[]) AS channel,
               unnest($32::bytea[]) AS title, unnest($33::bytea[]) AS body, unnest($34::bigint[]) AS create_time,
               unnest($35::bigint[]) AS expire_time, unnest($36::text[]) AS variant_id) AS m
  WHERE (m.owner IN (SELECT position FROM passed)) IS TRUE
), journaled AS (
  INSERT INTO journal_commits (journal, journal_seq, users)
  SELECT $37::bigint, $38::bigint, count(*) FROM passed HAVING count(*) > 0 AND $37::bigint > 0
))sql";

// No timer is in both lists.
constexpr char kTimers[] = R"sql(, set_timers AS (
  INSERT INTO timers (shard, workspace, user_key, timer_id, set_seq, fire_time, due_time, payload)
  SELECT s.shard, s.workspace, s.user_key, s.timer_id, s.set_seq, s.fire_time, s.due_time, s.payload
  FROM (SELECT unnest($41::bigint[]) AS owner, unnest($42::smallint[]) AS shard, unnest($43::text[]) AS workspace,
               unnest($44::text[]) AS user_key, unnest($45::text[]) AS timer_id, unnest($46::bigint[]) AS set_seq,
               unnest($47::bigint[]) AS fire_time, unnest($48::bytea[]) AS payload,
               unnest($54::bigint[]) AS due_time) AS s
  WHERE (s.owner IN (SELECT position FROM passed)) IS TRUE
  ON CONFLICT (user_key, timer_id, workspace, shard) DO UPDATE
    SET set_seq = excluded.set_seq, fire_time = excluded.fire_time, due_time = excluded.due_time, attempts = 0,
        parked = false, error = '', payload = excluded.payload
), deleted_timers AS (
  DELETE FROM timers t
  USING (SELECT unnest($49::bigint[]) AS owner, unnest($50::smallint[]) AS shard, unnest($51::text[]) AS workspace,
                unnest($52::text[]) AS user_key, unnest($53::text[]) AS timer_id) AS d
  WHERE (d.owner IN (SELECT position FROM passed)) IS TRUE AND t.user_key = d.user_key AND t.timer_id = d.timer_id
    AND t.workspace = d.workspace AND t.shard = d.shard
))sql";

// $62 to $64 are what the batch adds if everybody passes, every place of every key; $65 to $68 are the parts that each
// has in it, which are only read if some did not pass: then theirs are taken off.
constexpr char kCounters[] = R"sql(, counted AS (
  INSERT INTO campaign_counters AS c (workspace, campaign_id, hour, variant_id, conversion_id, currency, slot, counts)
  SELECT k.workspace, k.campaign_id, k.hour, k.variant_id, k.conversion_id, k.currency, $61::bigint, s.counts
  FROM (SELECT generate_subscripts($55::text[], 1) AS key, unnest($55::text[]) AS workspace,
               unnest($56::text[]) AS campaign_id, unnest($57::bigint[]) AS hour, unnest($58::text[]) AS variant_id,
               unnest($59::text[]) AS conversion_id, unnest($60::text[]) AS currency) AS k
  JOIN (
    SELECT key, array_agg(value ORDER BY place) AS counts
    FROM (
      SELECT key, place, sum(value) AS value
      FROM (
        SELECT unnest($62::bigint[]) AS key, unnest($63::smallint[]) AS place, unnest($64::text[])::numeric AS value
        UNION ALL
        SELECT p.key, p.place, -p.value::numeric
        FROM (SELECT unnest($65::bigint[]) AS owner, unnest($66::bigint[]) AS key, unnest($67::smallint[]) AS place,
                     unnest($68::text[]) AS value) AS p
        WHERE (SELECT count(*) FROM passed) < cardinality($1::smallint[])
          AND (p.owner IN (SELECT position FROM passed)) IS NOT TRUE) AS parts
      GROUP BY key, place) AS sums
    GROUP BY key
    HAVING bool_or(value <> 0)) AS s ON s.key = k.key
  ORDER BY 1, 2, 3, 4, 5, 6
  ON CONFLICT (workspace, campaign_id, hour, variant_id, conversion_id, currency, slot) DO UPDATE
    SET counts = ARRAY(
      SELECT coalesce(old, 0) + coalesce(new, 0)
      FROM unnest(c.counts, excluded.counts) WITH ORDINALITY AS both_counts (old, new, place)
      ORDER BY place)
))sql";

constexpr char kAnswer[] = R"sql(
SELECT w.position::bigint FROM (SELECT generate_subscripts($1::smallint[], 1) AS position) AS w
WHERE (w.position IN (SELECT position FROM passed)) IS NOT TRUE
)sql";
// Position 0: an event is stored already.
constexpr char kOrSeen[] = R"sql(UNION ALL SELECT 0::bigint WHERE EXISTS (SELECT FROM seen)
)sql";

constexpr auto kKnown =
    Join(kUnchecked, kUpdate, kWrites, kWhereVersionHolds, kUpdated, kPassedUpdates, kStore, kAnswer);
constexpr auto kKnownChecked = Join(kChecked, kUpdate, kWrites, kWhereVersionHolds, kIfNotSeen, kUpdated,
                                    kPassedUpdates, kStore, kAnswer, kOrSeen);
constexpr auto kAny = Join(kUnchecked, kUpdate, kWrites, kWhereVersionHolds, kUpdated, kInsert, kWrites, kWhereNew,
                           kPassedBoth, kWrites, kWhereInserted, kStore, kAnswer);
constexpr auto kAnyChecked =
    Join(kChecked, kUpdate, kWrites, kWhereVersionHolds, kIfNotSeen, kUpdated, kInsert, kWrites, kWhereNew, kIfNotSeen,
         kPassedBoth, kWrites, kWhereInserted, kStore, kAnswer, kOrSeen);
constexpr auto kAnyWithTimers =
    Join(kChecked, kUpdate, kWrites, kWhereVersionHolds, kIfNotSeen, kUpdated, kInsert, kWrites, kWhereNew, kIfNotSeen,
         kPassedBoth, kWrites, kWhereInserted, kStore, kTimers, kCounters, kAnswer, kOrSeen);

}  // namespace

const Statement kCommitBatch = {"commit_batch", kKnown.data()};
const Statement kCommitBatchWithNew = {"commit_batch_with_new", kAny.data()};
const Statement kCommitBatchChecked = {"commit_batch_checked", kKnownChecked.data()};
const Statement kCommitBatchWithTimers = {"commit_batch_with_timers", kAnyWithTimers.data()};
const Statement kCommitBatchWithNewChecked = {"commit_batch_with_new_checked", kAnyChecked.data()};

}  // namespace cadenza::postgres
