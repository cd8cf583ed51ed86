#include "clients/load/seed.h"

#include "clients/load/database.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/base/text.h"
#include "storage/codec/profile_codec.h"
#include "storage/postgres/postgres_store.h"
#include "tests/support/postgres_server.h"

namespace cadenza::load {
namespace {

using cadenza::testing::PostgresServer;
using cadenza::testing::RunSql;

std::string Fresh(const std::string& name) {
  auto admin = PostgresAdmin::Connect(PostgresServer::Shared().ConnectionString());
  EXPECT_TRUE(admin.ok()) << admin.status();
  auto database = (*admin)->MakeFresh(name);
  EXPECT_TRUE(database.ok()) << database.status();
  return *database;
}

std::string Ask(const std::string& database, const std::string& sql) {
  const auto answer = RunSql(database, sql);
  EXPECT_TRUE(answer.ok()) << sql << ": " << answer.status();
  return answer.value_or("");
}

// All that a seed could have left otherwise: tables, indexes with their settings, bounds, constraints, functions.
std::string SchemaOf(const std::string& database) {
  return Ask(database, R"sql(
    SELECT string_agg(line, E'\n' ORDER BY line COLLATE "C") FROM (
      SELECT format('%s %s %s %s %s', c.relkind, c.relname, c.reloptions, pg_get_expr(c.relpartbound, c.oid),
                    CASE WHEN c.relkind IN ('i', 'I') THEN pg_get_indexdef(c.oid) END) AS line
      FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
      UNION ALL SELECT format('inherits %s %s', i.inhrelid::regclass, i.inhparent::regclass) FROM pg_inherits i
      UNION ALL SELECT format('constraint %s %s %s', k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid))
      FROM pg_constraint k WHERE k.connamespace = 'public'::regnamespace
      UNION ALL SELECT format('schema %s', n.nspname) FROM pg_namespace n WHERE n.nspname !~ '^pg_'
      UNION ALL SELECT format('function %s', p.oid::regprocedure) FROM pg_proc p
      WHERE p.pronamespace = 'public'::regnamespace) AS lines)sql");
}

TEST(SeedTest, ProfilesAreThoseThatTheServerWouldRead) {
  const std::string database = Fresh("seed_profiles");
  WorkloadOptions options;
  options.users = 12'345;
  const Workload workload(options);
  ASSERT_TRUE(SeedProfiles(database, workload, absl::Now()).ok());
  EXPECT_EQ(Ask(database, "SELECT count(*)::text FROM profiles"), "12345");
  EXPECT_EQ(Ask(database, "SELECT count(*)::text FROM profiles WHERE version <> 1 OR merged_into <> ''"), "0");

  const auto store = postgres::MakePostgresStore({.connection_string = database, .process_name = "seed_test"});
  for (const int64_t user : {int64_t{0}, int64_t{4999}, int64_t{5000}, int64_t{12'344}}) {
    const UserKey key = UserKey::User("bench", Workload::UserId(user));
    const auto loaded = store->Load({.keys = {key}, .events = {}, .fresh = true});
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    ASSERT_TRUE(loaded->rows.at(0).has_value()) << user;
    const auto profile = DecodeProfile(key, loaded->rows[0]->version, loaded->rows[0]->state);
    ASSERT_TRUE(profile.ok()) << profile.status();
    ASSERT_NE(profile->attributes.Find("email"), nullptr);
    EXPECT_EQ(*profile->attributes.Find("email"), Value::String(StrCat(Workload::UserId(user), "@example.com")));
  }
}

TEST(SeedTest, EventsFillTwoPartitionsAndLeaveTheSchemaAlone) {
  const std::string database = Fresh("seed_events");
  const std::string before = SchemaOf(database);
  ASSERT_THAT(before, ::testing::HasSubstr("USING btree"));
  WorkloadOptions options;
  options.users = 1000;
  const Workload workload(options);
  // In two goes, as a growing table is filled.
  for (const auto& [first, rows] : {std::pair(0, 7'000), std::pair(7'000, 3'001)}) {
    const absl::Status seeded = SeedEvents(database, workload, first, rows);
    ASSERT_TRUE(seeded.ok()) << seeded;
    EXPECT_EQ(SchemaOf(database), before);
  }
  EXPECT_EQ(Ask(database, "SELECT count(*)::text FROM events"), "10001");
  EXPECT_EQ(Ask(database, "SELECT count(DISTINCT tableoid)::text FROM events"), "2");
  // Every row lies where its user's rows are looked for, and no two are one.
  EXPECT_EQ(Ask(database, "SELECT count(DISTINCT (shard, user_key))::text FROM events"), "1000");
  EXPECT_EQ(Ask(database, "SELECT count(DISTINCT (user_key, user_seq))::text FROM events"), "10001");
  EXPECT_EQ(Ask(database, "SELECT count(DISTINCT event_id)::text FROM events"), "10001");
  const UserKey key = UserKey::User("bench", Workload::UserId(17));
  EXPECT_EQ(
      Ask(database, "SELECT shard || ' ' || count(*) FROM events WHERE user_key = 'u:user-0000017' GROUP BY shard"),
      StrCat(ShardOf(key), " 10"));
}

TEST(SeedTest, TheIndexesLookLikeOldOnes) {
  const std::string database = Fresh("seed_fill");
  WorkloadOptions options;
  options.users = 1000;
  ASSERT_TRUE(SeedEvents(database, Workload(options), 0, 40'000).ok());
  ASSERT_TRUE(RunSql(database, "CREATE EXTENSION IF NOT EXISTS pgstattuple").ok());
  // Those whose entries come at random, and those whose entries ascend: two of each, of two partitions.
  EXPECT_EQ(Ask(database, R"sql(
    SELECT string_agg(CASE WHEN density BETWEEN 65 AND 72 THEN 'random' WHEN density BETWEEN 85 AND 92 THEN 'ascending'
                           ELSE definition || density END, ' ' ORDER BY density) FROM (
      SELECT (pgstatindex(i.indexrelid::regclass)).avg_leaf_density AS density, pg_get_indexdef(i.indexrelid) AS definition
      FROM pg_index i WHERE i.indrelid IN (SELECT tableoid FROM events)) AS indexes)sql"),
            "random random ascending ascending");
}

}  // namespace
}  // namespace cadenza::load
