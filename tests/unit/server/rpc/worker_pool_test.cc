#include "server/rpc/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>

#include "absl/synchronization/notification.h"

namespace cadenza::rpc {
namespace {

TEST(WorkerPoolTest, RunsWhatItTookAlsoWhenStopped) {
  std::atomic<int> ran{0};
  WorkerPool pool(2, 100);
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(pool.Submit([&] { ++ran; }));
  pool.Stop();
  EXPECT_EQ(ran, 50);
  EXPECT_FALSE(pool.Submit([&] { ++ran; }));
  EXPECT_EQ(ran, 50);
}

TEST(WorkerPoolTest, AFullQueueRefuses) {
  WorkerPool pool(1, 1);
  absl::Notification begun;
  absl::Notification go;
  ASSERT_TRUE(pool.Submit([&] {
    begun.Notify();
    go.WaitForNotification();
  }));
  begun.WaitForNotification();
  EXPECT_TRUE(pool.Submit([] {}));
  EXPECT_FALSE(pool.Submit([] {}));
  go.Notify();
}

}  // namespace
}  // namespace cadenza::rpc
