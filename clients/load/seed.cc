#include "clients/load/seed.h"

#include <algorithm>
#include <array>
#include <functional>
#include <numeric>
#include <thread>
#include <utility>
#include <vector>

#include "server/apply/apply.h"
#include "server/ingest/validate.h"
#include "storage/base/ids.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/codec/profile_codec.h"
#include "storage/codec/wire.h"
#include "storage/model/limits.h"
#include "storage/postgres/connection.h"

namespace cadenza::load {
namespace {

using postgres::ArrayParam;
using postgres::Connection;
using postgres::OnLoss;
using postgres::Params;
using postgres::Statement;
using Element = ArrayParam::Element;

constexpr absl::Duration kLimit = absl::Hours(1);
constexpr int kConnections = 2;
constexpr int64_t kUsersAtOnce = 5000;

const Statement kInsertProfiles = {"seed_profiles", R"sql(
INSERT INTO profiles (shard, workspace, user_key, version, state)
SELECT w.shard, w.workspace, w.user_key, 1, w.state
FROM unnest($1::smallint[], $2::text[], $3::text[], $4::bytea[]) AS w(shard, workspace, user_key, state)
)sql"};

// Of the session: it ends with the connection.
constexpr char kMakeUsers[] =
    "CREATE TEMP TABLE seed_users (position bigint, shard smallint, workspace text, user_key text)";
const Statement kInsertUsers = {"seed_users", R"sql(
INSERT INTO seed_users (position, shard, workspace, user_key)
SELECT $4::bigint + w.position - 1, w.shard, w.workspace, w.user_key
FROM unnest($1::smallint[], $2::text[], $3::text[]) WITH ORDINALITY AS w(shard, workspace, user_key, position)
)sql"};
constexpr char kIndexUsers[] = "CREATE UNIQUE INDEX ON seed_users (position); ANALYZE seed_users";

// A big table is filled several times faster without its indexes. They are then built as full as inserts would have
// left them: to 70 % where entries come at random (nbtree fills a new index to 90 %, and every page would soon split),
// to the 90 % of a growing right edge where ids ascend. What is found in the catalogs before is put back: each index by
// its own definition, the partition by its own bounds.
constexpr char kFunctions[] = R"sql(
CREATE SCHEMA seed;
CREATE TABLE seed.partitions (name text, bounds text);
CREATE TABLE seed.indexes (partition_name text, definition text);

CREATE PROCEDURE seed.take_off(partition_name text) LANGUAGE plpgsql AS $$
DECLARE
  definition text;
  index_name text;
BEGIN
  INSERT INTO seed.partitions
    SELECT partition_name, pg_get_expr(c.relpartbound, c.oid) FROM pg_class c WHERE c.oid = to_regclass(partition_name);
  -- The same truth as the bounds, so that ATTACH need not look at the rows.
  EXECUTE (SELECT format('ALTER TABLE %I ADD CONSTRAINT seed_bounds CHECK (%s)', partition_name,
                         pg_get_partition_constraintdef(to_regclass(partition_name))));
  EXECUTE format('ALTER TABLE events DETACH PARTITION %I', partition_name);
  FOR index_name, definition IN
    SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
    WHERE i.indrelid = to_regclass(partition_name)
  LOOP
    INSERT INTO seed.indexes VALUES (partition_name, definition);
    EXECUTE 'DROP INDEX ' || index_name;
  END LOOP;
END $$;

-- Each id a UUIDv7 of its row's time. OFFSET 0 keeps md5 from being computed once for each of its uses: that and times as
-- plain numbers made it 2.5 times as fast.
CREATE PROCEDURE seed.fill(partition_name text, rows bigint, users bigint, first bigint) LANGUAGE plpgsql AS $$
DECLARE
  yesterday bigint := (extract(epoch FROM now()) * 1000000)::bigint - 86400000000;
BEGIN
  EXECUTE format($insert$
    INSERT INTO %I (received_day, shard, workspace, user_key, user_seq, named_shard, named_key, event_id, digest, kind,
                    name, event_time, receive_time, journal, journal_seq, body)
    SELECT %L::date, u.shard, u.workspace, u.user_key, 1000000000 + n / $2, u.shard, u.user_key,
           (lpad(to_hex(t / 1000), 12, '0') || '7' || lpad(to_hex(t %% 1000), 3, '0') || '8' || right(bits, 15))::uuid::text,
           decode(bits, 'hex'), 1, 'order_placed', t, t + 1000, 0, n / 500, convert_to(repeat(bits, 7), 'UTF8')
    FROM (SELECT n, $4 + n AS t, md5(n::text) AS bits FROM generate_series($3, $3 + $1 - 1) AS n OFFSET 0) AS made
    -- A stride that is prime to any number of users: neighbours in time are not neighbours among users.
    JOIN seed_users u ON u.position = n * 7368787 %% $2
  $insert$, partition_name, right(partition_name, 8)) USING rows, users, first, yesterday;
END $$;

CREATE PROCEDURE seed.build_indexes(wanted text) LANGUAGE plpgsql AS $$
DECLARE
  definition text;
  index_name regclass;
BEGIN
  FOR definition IN SELECT i.definition FROM seed.indexes i WHERE i.partition_name = wanted LOOP
    IF definition NOT LIKE '%USING btree (event_id%' AND definition NOT LIKE '% WITH (%' THEN
      EXECUTE definition || ' WITH (fillfactor = 70)';
      SELECT max(i.indexrelid)::regclass INTO index_name FROM pg_index i WHERE i.indrelid = to_regclass(wanted);
      EXECUTE format('ALTER INDEX %s RESET (fillfactor)', index_name);
    ELSE
      EXECUTE definition;
    END IF;
  END LOOP;
END $$;

CREATE PROCEDURE seed.put_back(partition_name text) LANGUAGE plpgsql AS $$
DECLARE
  bounds text := (SELECT p.bounds FROM seed.partitions p WHERE p.name = partition_name);
BEGIN
  EXECUTE format('ALTER TABLE events ATTACH PARTITION %I %s', partition_name, bounds);
  EXECUTE format('ALTER TABLE %I DROP CONSTRAINT seed_bounds', partition_name);
END $$;
)sql";

const Statement kPartitions = {"seed_partitions", R"sql(
SELECT c.relname::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'events'::regclass
  AND c.relname IN ('events_' || to_char((now() AT TIME ZONE 'UTC')::date, 'YYYYMMDD'),
                    'events_' || to_char((now() AT TIME ZONE 'UTC')::date - 1, 'YYYYMMDD'))
ORDER BY c.relname
)sql"};
const Statement kTakeOff = {"seed_take_off", "CALL seed.take_off($1::text)"};
const Statement kFill = {"seed_fill", "CALL seed.fill($1::text, $2::bigint, $3::bigint, $4::bigint)"};
const Statement kBuildIndexes = {"seed_build_indexes", "CALL seed.build_indexes($1::text)"};
const Statement kPutBack = {"seed_put_back", "CALL seed.put_back($1::text)"};

postgres::Deadline NewDeadline() { return postgres::DeadlineAfter(kLimit); }

absl::StatusOr<std::unique_ptr<Connection>> Open(const std::string& connection_string) {
  return Connection::Open(connection_string, NewDeadline());
}

absl::Status Call(Connection& connection, const Statement& statement, const Params& params) {
  return connection.Run(statement, params, NewDeadline(), OnLoss::kMayHaveChanged).status();
}

absl::Status Script(Connection& connection, const char* sql) {
  return connection.Script(sql, NewDeadline(), OnLoss::kMayHaveChanged);
}

// All parts at the same time, each in a thread of its own; the first error.
absl::Status InParallel(int parts, const std::function<absl::Status(int)>& part) {
  std::vector<absl::Status> statuses(static_cast<size_t>(parts));
  std::vector<std::thread> threads;
  for (int i = 0; i < parts; ++i) threads.emplace_back([&, i] { statuses[static_cast<size_t>(i)] = part(i); });
  for (std::thread& thread : threads) thread.join();
  for (const absl::Status& status : statuses) CADENZA_RETURN_IF_ERROR(status);
  return absl::OkStatus();
}

UserKey KeyOf(const Workload& workload, int64_t user) {
  return UserKey::User(workload.options().workspace, Workload::UserId(user));
}

// The state of a user who has sent nothing but the first input.
absl::StatusOr<std::string> StateOf(const Workload& workload, int64_t user, absl::Time made, v1::Input* scratch) {
  workload.FillAttributes(user, made, scratch);
  CADENZA_ASSIGN_OR_RETURN(Input input, FromProto(workload.options().workspace, *scratch));
  CADENZA_RETURN_IF_ERROR(ingest::Admit(made, /*import=*/false, &input));
  Profile profile;
  profile.key = input.user;
  apply::Applied applied;
  CADENZA_RETURN_IF_ERROR(apply::ApplyInput(input, {.session_gap = limits::kSessionGapDefault}, &profile, &applied));
  return EncodeProfile(profile);
}

absl::Status InsertProfiles(Connection& connection, const Workload& workload, absl::Time made, int64_t first,
                            int64_t end) {
  postgres::KeyColumns keys;
  ArrayParam states(Element::kBytea);
  v1::Input scratch;
  for (int64_t user = first; user < end; ++user) {
    CADENZA_ASSIGN_OR_RETURN(const std::string state, StateOf(workload, user, made, &scratch));
    keys.Add(KeyOf(workload, user));
    states.AddBytes(state);
  }
  Params params;
  std::move(keys).MoveTo(&params);
  params.Array(std::move(states));
  return Call(connection, kInsertProfiles, params);
}

absl::Status LoadUsers(Connection& connection, const Workload& workload) {
  CADENZA_RETURN_IF_ERROR(Script(connection, kMakeUsers));
  const int64_t users = workload.options().users;
  for (int64_t first = 0; first < users; first += kUsersAtOnce) {
    postgres::KeyColumns keys;
    for (int64_t user = first; user < std::min(users, first + kUsersAtOnce); ++user) keys.Add(KeyOf(workload, user));
    Params params;
    std::move(keys).MoveTo(&params);
    CADENZA_RETURN_IF_ERROR(Call(connection, kInsertUsers, params.Int(first)));
  }
  return Script(connection, kIndexUsers);
}

absl::Status FillPartition(const std::string& connection_string, const Workload& workload, const std::string& partition,
                           int64_t rows, int64_t first) {
  CADENZA_ASSIGN_OR_RETURN(const auto connection, Open(connection_string));
  // Durability is not measured here, and a sort of all keys in memory is the quick one.
  CADENZA_RETURN_IF_ERROR(Script(*connection,
                                 "SET synchronous_commit = off; SET maintenance_work_mem = '1GB'; SET work_mem = "
                                 "'256MB'; SET max_parallel_maintenance_workers = 0"));
  CADENZA_RETURN_IF_ERROR(LoadUsers(*connection, workload));
  Params fill;
  fill.Text(partition).Int(rows).Int(workload.options().users).Int(first);
  CADENZA_RETURN_IF_ERROR(Call(*connection, kFill, fill));
  Params wanted;
  wanted.Text(partition);
  return Call(*connection, kBuildIndexes, wanted);
}

}  // namespace

absl::Status SeedProfiles(const std::string& connection_string, const Workload& workload, absl::Time made) {
  const int64_t users = workload.options().users;
  return InParallel(kConnections, [&](int part) -> absl::Status {
    CADENZA_ASSIGN_OR_RETURN(const auto connection, Open(connection_string));
    CADENZA_RETURN_IF_ERROR(Script(*connection, "SET synchronous_commit = off"));
    for (int64_t first = part * kUsersAtOnce; first < users; first += kConnections * kUsersAtOnce) {
      CADENZA_RETURN_IF_ERROR(
          InsertProfiles(*connection, workload, made, first, std::min(users, first + kUsersAtOnce)));
    }
    return absl::OkStatus();
  });
}

absl::Status SeedEvents(const std::string& connection_string, const Workload& workload, int64_t first, int64_t rows) {
  CADENZA_ASSIGN_OR_RETURN(const auto connection, Open(connection_string));
  CADENZA_RETURN_IF_ERROR(Script(*connection, kFunctions));
  std::vector<std::string> partitions;
  {
    CADENZA_ASSIGN_OR_RETURN(const auto found,
                             connection->Run(kPartitions, {}, NewDeadline(), OnLoss::kNothingChanged));
    for (int i = 0; i < found.size(); ++i) partitions.push_back(found.String(i, 0));
  }
  if (partitions.empty()) return absl::FailedPreconditionError("there are no partitions for yesterday and today");
  const auto parts = static_cast<int64_t>(partitions.size());
  for (const std::string& partition : partitions)
    CADENZA_RETURN_IF_ERROR(Call(*connection, kTakeOff, Params().Text(partition)));
  CADENZA_RETURN_IF_ERROR(InParallel(static_cast<int>(parts), [&](int part) {
    const int64_t skipped = rows * part / parts;
    return FillPartition(connection_string, workload, partitions[static_cast<size_t>(part)],
                         rows * (part + 1) / parts - skipped, first + skipped);
  }));
  for (const std::string& partition : partitions)
    CADENZA_RETURN_IF_ERROR(Call(*connection, kPutBack, Params().Text(partition)));
  return Script(*connection, "DROP SCHEMA seed CASCADE");
}

}  // namespace cadenza::load
