#include "server/control/tally.h"

#include <gtest/gtest.h>

#include <thread>

namespace cadenza {
namespace {

TEST(TallyTest, WaitsForAllAndCountsTheRejected) {
  Tally tally(3);
  Verdict rejected;
  rejected.kind = Verdict::Kind::kRejected;
  std::thread lane([&] {
    tally.OnSettled({{0, UserKey(), {}}, {1, UserKey(), rejected}});
    tally.OnSettled({{2, UserKey(), {}}});
  });
  EXPECT_TRUE(tally.Await([] { return false; }));
  lane.join();
  EXPECT_EQ(tally.rejected(), 1u);
}

TEST(TallyTest, GivesUpWhenStopped) {
  Tally tally(2);
  tally.OnSettled({{0, UserKey(), {}}});
  EXPECT_FALSE(tally.Await([] { return true; }));
}

}  // namespace
}  // namespace cadenza
