#include "server/rpc/stream_registry.h"

#include <gtest/gtest.h>

#include "absl/time/clock.h"

namespace cadenza::rpc {
namespace {

struct Recorder : Drainable {
  void Drain(absl::Time) override { ++drained; }
  void Terminate(const absl::Status& status) override { ended = status; }
  int drained = 0;
  absl::Status ended;
};

TEST(StreamRegistryTest, TellsOpenStreamsAndRefusesNewOnes) {
  StreamRegistry registry;
  auto one = std::make_shared<Recorder>();
  auto two = std::make_shared<Recorder>();
  EXPECT_TRUE(registry.Add(one));
  EXPECT_TRUE(registry.Add(two));
  registry.Remove(two.get());
  registry.Drain(absl::Now());
  EXPECT_EQ(one->drained, 1);
  EXPECT_EQ(two->drained, 0);
  EXPECT_FALSE(registry.Add(two));
  registry.Terminate(absl::UnavailableError("bye"));
  EXPECT_EQ(one->ended.code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(two->ended.ok());
}

TEST(StreamRegistryTest, AwaitsTheLast) {
  StreamRegistry registry;
  auto one = std::make_shared<Recorder>();
  registry.Add(one);
  EXPECT_FALSE(registry.AwaitEmpty(absl::Now()));
  registry.Remove(one.get());
  EXPECT_TRUE(registry.AwaitEmpty(absl::Now()));
  registry.Remove(one.get());
}

}  // namespace
}  // namespace cadenza::rpc
