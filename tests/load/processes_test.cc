#include "clients/load/processes.h"

#include <signal.h>

#include "clients/load/cpu_meter.h"
#include "clients/load/scrape.h"
#include "gtest/gtest.h"

namespace cadenza::load {
namespace {

TEST(ProcessesTest, AServerServesIsMeasuredAndStops) {
  auto server = Process::StartServer({"--store", "memory", "--log-level", "error"});
  ASSERT_TRUE(server.ok()) << server.status();
  Process& process = **server;
  EXPECT_TRUE(process.target().starts_with("127.0.0.1:"));
  EXPECT_GT(process.start_time(), absl::ZeroDuration());
  const auto metrics = ScrapeMetrics(process.metrics_target());
  ASSERT_TRUE(metrics.ok()) << metrics.status();
  EXPECT_FALSE(metrics->empty());
  EXPECT_GT(*ResidentBytes(process.pid()), 1 << 20);
  const auto times = CpuMeter({.server = process.pid(), .postmaster = 0, .redis = 0}).Sample();
  ASSERT_TRUE(times.ok()) << times.status();
  EXPECT_GT(times->server, absl::ZeroDuration());
  const absl::Status stopped = process.Stop();
  EXPECT_TRUE(stopped.ok()) << stopped;
  EXPECT_EQ(process.pid(), -1);
  EXPECT_TRUE(process.Stop().ok());
}

TEST(ProcessesTest, AKilledServerIsGone) {
  auto server = Process::StartServer({"--store", "memory", "--log-level", "error"});
  ASSERT_TRUE(server.ok()) << server.status();
  const pid_t pid = (*server)->pid();
  (*server)->Kill();
  EXPECT_NE(kill(pid, 0), 0);
  EXPECT_EQ((*server)->pid(), -1);
}

TEST(ProcessesTest, SaysThatTheServerRefusesItsFlags) {
  const auto server = Process::StartServer({"--no-such-flag"});
  EXPECT_EQ(server.status().code(), absl::StatusCode::kFailedPrecondition) << server.status();
}

}  // namespace
}  // namespace cadenza::load
