// Migrations, and what CheckReady refuses to serve from.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "storage/base/text.h"
#include "storage/postgres/migrator.h"
#include "storage/postgres/postgres_store.h"
#include "tests/support/postgres_server.h"

namespace cadenza::testing {
namespace {

using postgres::Migration;
using postgres::MigrationState;
using postgres::Migrator;
using ::testing::HasSubstr;

std::string NewDatabase() {
  PostgresServer& server = PostgresServer::Shared();
  return server.ConnectionString(server.CreateDatabase().value());
}

std::vector<Migration> Known() { return postgres::EmbeddedMigrations().value(); }

std::unique_ptr<Store> StoreOn(const std::string& database, bool allow_unsafe = false) {
  postgres::Options options;
  options.connection_string = database;
  options.allow_unsafe_durability = allow_unsafe;
  return postgres::MakePostgresStore(options);
}

// Everything that a schema is, in one text.
std::string Fingerprint(const std::string& database) {
  return RunSql(database,
                "SELECT string_agg(line, E'\\n' ORDER BY line) FROM ("
                "  SELECT format('%s %s', relkind, relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
                "  UNION ALL SELECT 'function ' || proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
                "  UNION ALL SELECT format('%s.%s %s', attrelid::regclass, attname, format_type(atttypid, atttypmod))"
                "    FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid"
                "    WHERE relnamespace = 'public'::regnamespace AND attnum > 0) AS all_of_it(line)")
      .value();
}

TEST(MigratorTest, UpDownUpGivesTheSameSchema) {
  const std::string database = NewDatabase();
  Migrator migrator(database, Known());
  auto up = migrator.Up();
  ASSERT_TRUE(up.ok()) << up.status();
  EXPECT_EQ(up->size(), Known().size());
  const std::string first = Fingerprint(database);
  EXPECT_THAT(first, HasSubstr("profiles"));

  auto down = migrator.Down(static_cast<int>(Known().size()));
  ASSERT_TRUE(down.ok()) << down.status();
  EXPECT_EQ(down->size(), Known().size());
  EXPECT_EQ(RunSql(database,
                   "SELECT string_agg(relname, ',') FROM pg_class WHERE relnamespace = 'public'::regnamespace AND "
                   "relname NOT LIKE 'schema_migrations%'")
                .value(),
            "");
  EXPECT_EQ(RunSql(database, "SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace").value(), "0");

  ASSERT_TRUE(migrator.Up().ok());
  EXPECT_EQ(Fingerprint(database), first);
  EXPECT_TRUE(migrator.Up()->empty());
}

TEST(MigratorTest, TheFilesAreThoseOfTheProgram) {
  auto files = postgres::ReadMigrations("migrations");
  ASSERT_TRUE(files.ok()) << files.status();
  ASSERT_EQ(files->size(), Known().size());
  for (size_t i = 0; i < files->size(); ++i) EXPECT_EQ((*files)[i].checksum, Known()[i].checksum);
}

TEST(MigratorTest, VerifyFindsAChangedFile) {
  const std::string database = NewDatabase();
  ASSERT_TRUE(Migrator(database, Known()).Up().ok());
  EXPECT_EQ(Migrator(database, Known()).Verify(), absl::OkStatus());
  std::vector<Migration> changed = Known();
  changed[0].up_sql += "-- one more line\n";
  changed[0].checksum = std::string(64, '0');
  Migrator migrator(database, changed);
  EXPECT_TRUE(absl::IsFailedPrecondition(migrator.Verify()));
  EXPECT_THAT(std::string(migrator.Verify().message()), HasSubstr("migration 1"));
  EXPECT_EQ(migrator.Status().value()[0].kind, MigrationState::Kind::kChanged);
  EXPECT_TRUE(absl::IsFailedPrecondition(migrator.Up().status()));
}

TEST(MigratorTest, StopsAtTheTargetAndRollsBackWhatFails) {
  const std::string database = NewDatabase();
  const std::vector<Migration> three = {
      {1, "one", "CREATE TABLE one (id int)", "DROP TABLE one", "sum1"},
      {2, "two", "CREATE TABLE two (id int); INSERT INTO two VALUES (2)", "DROP TABLE two", "sum2"},
      {3, "three", "CREATE TABLE three (id int); SELECT 1 / 0", "DROP TABLE three", "sum3"}};
  Migrator migrator(database, three);
  EXPECT_TRUE(absl::IsInvalidArgument(migrator.Up(4).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(migrator.Down(0).status()));
  ASSERT_EQ(migrator.Up(1)->size(), 1u);
  const absl::Status failed = migrator.Up().status();
  EXPECT_EQ(failed.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(failed.message()), HasSubstr("migration 3 (three) up: "));
  EXPECT_THAT(std::string(failed.message()), HasSubstr("division by zero"));
  EXPECT_EQ(RunSql(database, "SELECT to_regclass('two')::text || coalesce(to_regclass('three')::text, '')").value(),
            "two");
  auto states = migrator.Status();
  ASSERT_TRUE(states.ok() && states->size() == 3);
  EXPECT_EQ((*states)[1].kind, MigrationState::Kind::kApplied);
  EXPECT_GT((*states)[1].applied_time, absl::Now() - absl::Minutes(10));
  EXPECT_EQ((*states)[2].kind, MigrationState::Kind::kPending);
  EXPECT_EQ(migrator.Down(1)->at(0).version, 2);
  EXPECT_EQ(migrator.Down(5)->size(), 1u);
}

TEST(MigratorTest, TwoAtOnceRunEachMigrationOnce) {
  const std::string database = NewDatabase();
  std::vector<std::thread> threads;
  std::atomic<size_t> steps{0};
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      auto up = Migrator(database, Known()).Up();
      EXPECT_TRUE(up.ok()) << up.status();
      if (up.ok()) steps += up->size();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(steps, Known().size());
}

TEST(CheckReadyTest, SaysWhichCommandMakesTheSchema) {
  const std::string database = NewDatabase();
  const absl::Status empty = StoreOn(database)->CheckReady();
  EXPECT_TRUE(absl::IsFailedPrecondition(empty));
  EXPECT_THAT(std::string(empty.message()), HasSubstr("cadenza migrate up --database"));
  ASSERT_TRUE(Migrator(database, Known()).Up().ok());
  EXPECT_EQ(StoreOn(database)->CheckReady(), absl::OkStatus());
  EXPECT_THAT(StoreOn(database)->Describe(), HasSubstr(StrCat("schema ", Known().size())));
}

TEST(CheckReadyTest, RefusesASchemaThatItDoesNotKnow) {
  const std::string database = PostgresServer::Shared().CreateMigratedDatabase().value();
  ASSERT_TRUE(RunSql(database, "INSERT INTO schema_migrations VALUES (999, 'later', 'sum')").ok());
  const absl::Status newer = StoreOn(database)->CheckReady();
  EXPECT_TRUE(absl::IsFailedPrecondition(newer));
  EXPECT_THAT(std::string(newer.message()), HasSubstr("999"));
  ASSERT_TRUE(RunSql(database,
                     "DELETE FROM schema_migrations WHERE version = 999;"
                     "UPDATE schema_migrations SET checksum = 'other' WHERE version = 1")
                  .ok());
  EXPECT_THAT(std::string(StoreOn(database)->CheckReady().message()), HasSubstr("migrate verify"));
}

TEST(CheckReadyTest, RefusesAnotherNumberOfShards) {
  const std::string database = PostgresServer::Shared().CreateMigratedDatabase().value();
  ASSERT_TRUE(RunSql(database, "UPDATE store_settings SET shards = 7").ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(StoreOn(database)->CheckReady()));
}

TEST(CheckReadyTest, RefusesAServerThatCouldLoseWhatWasAcked) {
  for (const std::string setting : {"fsync", "full_page_writes", "synchronous_commit"}) {
    PostgresServer::Options options;
    options.settings = {setting + "=off"};
    auto server = PostgresServer::Create(options);
    ASSERT_TRUE(server.ok()) << server.status();
    const std::string database = (*server)->CreateMigratedDatabase().value();
    const absl::Status status = StoreOn(database)->CheckReady();
    EXPECT_TRUE(absl::IsFailedPrecondition(status)) << setting;
    EXPECT_THAT(std::string(status.message()), HasSubstr(setting));
    EXPECT_EQ(StoreOn(database, /*allow_unsafe=*/true)->CheckReady(), absl::OkStatus());
  }
}

TEST(CheckReadyTest, SaysThatNobodyAnswers) {
  EXPECT_TRUE(absl::IsUnavailable(StoreOn("host=/nonexistent user=postgres")->CheckReady()));
  EXPECT_TRUE(absl::IsUnavailable(StoreOn("no such = setting")->CheckReady()));
}

}  // namespace
}  // namespace cadenza::testing
