#include "clients/load/processes.h"

#include <unistd.h>

#include "gtest/gtest.h"

namespace cadenza::load {
namespace {

TEST(ProcessesTest, ReadsTheBanner) {
  const auto server = ParseBanner(
      "cadenza-server listening on 127.0.0.1:7233, metrics on 127.0.0.1:9464, store postgres behind redis\n");
  ASSERT_TRUE(server.has_value());
  EXPECT_EQ(server->target, "127.0.0.1:7233");
  EXPECT_EQ(server->metrics_target, "127.0.0.1:9464");
  const auto bare = ParseBanner("cadenza-bench ack-server listening on [::1]:7233");
  ASSERT_TRUE(bare.has_value());
  EXPECT_EQ(bare->target, "[::1]:7233");
  EXPECT_EQ(bare->metrics_target, "");
}

TEST(ProcessesTest, OtherLinesAreNoBanner) {
  for (const char* line :
       {"", "starting", "metrics on 127.0.0.1:9464", "listening on", "listening on , metrics on x:1"})
    EXPECT_FALSE(ParseBanner(line).has_value()) << line;
}

TEST(ProcessesTest, ProgramsLieBesideThisOne) {
  EXPECT_EQ(access(ProgramPath("test_unit_clients_load").c_str(), X_OK), 0);
}

TEST(ProcessesTest, SaysThatAProgramDidNotStart) {
  const auto process = Process::Start("no-such-program", {});
  EXPECT_EQ(process.status().code(), absl::StatusCode::kFailedPrecondition) << process.status();
}

TEST(ProcessesTest, KnowsResidentMemory) {
  const auto bytes = ResidentBytes(getpid());
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  EXPECT_GT(*bytes, 1 << 20);
  EXPECT_EQ(ResidentBytes(-1).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace cadenza::load
