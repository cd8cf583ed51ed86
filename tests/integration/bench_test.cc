// The benchmark itself, on a small scale: every kind of scenario runs to its end and reports what it promises. No
// figure is judged: speed is measured, never asserted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "storage/base/text.h"
#include "tests/support/postgres_server.h"
#include "tests/support/redis_server.h"
#include "tests/support/server_process.h"

namespace cadenza::testing {
namespace {

using nlohmann::json;
using ::testing::Contains;
using ::testing::IsSupersetOf;

class BenchTest : public ::testing::Test {
 protected:
  void SetUp() override {
    out_ = std::filesystem::path(::testing::TempDir()) / StrCat("cadenza-bench-", getpid());
    std::filesystem::create_directories(out_);
  }
  void TearDown() override { std::filesystem::remove_all(out_); }

  json Run(const std::string& only) {
    const std::unique_ptr<RedisServer> redis = RedisServer::Create();
    const Finished finished =
        RunProgram({"/usr/bin/timeout", "240", ProgramPath("cadenza-bench"), "run", "--postgres",
                    PostgresServer::Shared().ConnectionString(), "--redis", StrCat("unix://", redis->unix_path()),
                    "--out", out_.string(), "--only", only, "--rounds", "1", "--scale", "0.005"});
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    std::ifstream file(out_ / "bench.json");
    json report = json::parse(file, nullptr, /*allow_exceptions=*/false);
    EXPECT_FALSE(report.is_discarded());
    return report;
  }

  static std::vector<std::string> Ids(const json& list) {
    std::vector<std::string> ids;
    for (const json& entry : list) ids.push_back(entry.at("id"));
    return ids;
  }

  std::filesystem::path out_;
};

TEST_F(BenchTest, ReportsIngestBesideItsCeilings) {
  const json report = Run("ingest");
  EXPECT_THAT(Ids(report.at("measurements")), IsSupersetOf({"ingest-100", "ingest-1"}));
  EXPECT_THAT(Ids(report.at("curves")), IsSupersetOf({"load-100", "load-1"}));
  for (const json& measurement : report.at("measurements")) {
    EXPECT_GT(measurement.at("events_per_s").at("median").get<double>(), 0) << measurement;
    EXPECT_FALSE(measurement.at("ceilings").empty()) << measurement;
  }
  EXPECT_EQ(report.at("goals").size(), 2u);
}

TEST_F(BenchTest, MeasuresMessagesFromTheirEventsOn) {
  const json report = Run("messages,growth-streams");
  EXPECT_THAT(Ids(report.at("measurements")), IsSupersetOf({"commit-floor", "message-1k-1", "message-20k-1"}));
  for (const json& measurement : report.at("measurements")) {
    if (!measurement.contains("latency")) continue;  // a floor
    EXPECT_GT(measurement.at("latency").at("p50_ms").at("median").get<double>(), 0) << measurement;
  }
  EXPECT_THAT(Ids(report.at("curves")), Contains("growth-streams"));
}

TEST(BenchListTest, NamesItsScenarios) {
  const Finished finished = RunProgram({ProgramPath("cadenza-bench"), "list"});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_THAT(finished.out, ::testing::AllOf(::testing::HasSubstr("ingest  "), ::testing::HasSubstr("growth-table  ")));
}

}  // namespace
}  // namespace cadenza::testing
