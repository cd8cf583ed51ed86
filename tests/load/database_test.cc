#include "clients/load/database.h"

#include <signal.h>
#include <unistd.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/postgres_server.h"
#include "tests/support/redis_server.h"

namespace cadenza::load {
namespace {

using cadenza::testing::PostgresServer;
using cadenza::testing::RedisServer;
using cadenza::testing::RunSql;
using ::testing::Contains;
using ::testing::Key;
using ::testing::Pair;

std::unique_ptr<PostgresAdmin> Admin() {
  auto admin = PostgresAdmin::Connect(PostgresServer::Shared().ConnectionString());
  EXPECT_TRUE(admin.ok()) << admin.status();
  return *std::move(admin);
}

TEST(PostgresAdminTest, AFreshDatabaseIsMigratedAndEmpty) {
  const auto admin = Admin();
  auto database = admin->MakeFresh("bench_fresh");
  ASSERT_TRUE(database.ok()) << database.status();
  ASSERT_TRUE(RunSql(*database, "CREATE TABLE mine (x int)").ok());
  database = admin->MakeFresh("bench_fresh");
  ASSERT_TRUE(database.ok()) << database.status();
  EXPECT_EQ(*RunSql(*database, "SELECT (to_regclass('mine') IS NULL AND to_regclass('profiles') IS NOT NULL)::text"),
            "true");
  ASSERT_TRUE(admin->Settle("bench_fresh").ok());
  ASSERT_TRUE(admin->Drop("bench_fresh").ok());
  EXPECT_FALSE(RunSql(*database, "SELECT 1").ok());
  EXPECT_TRUE(admin->Drop("bench_fresh").ok());
}

TEST(PostgresAdminTest, RefusesNamesThatAreNone) {
  const auto admin = Admin();
  for (const char* name : {"", "a b", "x\"; DROP DATABASE postgres; --", "a-b"})
    EXPECT_EQ(admin->MakeFresh(name).status().code(), absl::StatusCode::kInvalidArgument) << name;
}

TEST(PostgresAdminTest, DescribesTheServer) {
  const auto admin = Admin();
  const auto pid = admin->PostmasterPid();
  ASSERT_TRUE(pid.ok()) << pid.status();
  EXPECT_EQ(kill(*pid, 0), 0);
  const auto settings = admin->Settings();
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_THAT(*settings, Contains(Pair("synchronous_commit", "on")));
  EXPECT_THAT(*settings, Contains(Key("fsync")));
  EXPECT_THAT(*admin->Version(), ::testing::MatchesRegex("[0-9]+\\.[0-9]+"));
  EXPECT_TRUE(admin->DataDirectory()->starts_with("/"));
}

TEST(PostgresAdminTest, MeasuresWhatIsWritten) {
  const auto admin = Admin();
  const auto database = admin->MakeFresh("bench_written");
  ASSERT_TRUE(database.ok()) << database.status();
  const int64_t wal_before = *admin->WalBytes();
  const auto bytes_before = *admin->TableBytes("bench_written");
  ASSERT_TRUE(
      RunSql(*database, "INSERT INTO journals (process) SELECT repeat('x', 1000) FROM generate_series(1, 1000)").ok());
  EXPECT_GE(*admin->WalBytes() - wal_before, 1'000'000);
  const auto bytes = *admin->TableBytes("bench_written");
  EXPECT_GE(bytes.at("journals") - bytes_before.at("journals"), 1'000'000);
  // The partitions of events count for events.
  EXPECT_GT(bytes.at("events"), 0);
  for (const auto& [name, size] : bytes) EXPECT_FALSE(name.starts_with("events_")) << name;
}

TEST(DescribeRedisTest, KnowsProcessAndVersionAndEmptiesIt) {
  const auto redis = RedisServer::Create();
  const auto described = DescribeRedis(redis->url());
  ASSERT_TRUE(described.ok()) << described.status();
  EXPECT_EQ(kill(described->pid, 0), 0);
  EXPECT_THAT(described->version, ::testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
  EXPECT_TRUE(FlushRedis(redis->url()).ok());
  EXPECT_FALSE(DescribeRedis("unix:///nowhere.sock").ok());
}

}  // namespace
}  // namespace cadenza::load
