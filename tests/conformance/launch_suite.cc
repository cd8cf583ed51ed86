// Launches: what LaunchStore promises.
#include "tests/conformance/launch_suite.h"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

namespace cadenza::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_P(LaunchSuite, ALaunchComesBackAsItWasBegun) {
  Launch launch = At(absl::ZeroDuration());
  launch.local_time = "2026-12-24T18:00";
  EXPECT_TRUE(Begin(launch));
  EXPECT_THAT(List(), ElementsAre(launch));
  EXPECT_THAT(List(100, "other"), IsEmpty());
  EXPECT_EQ(*launches().LastLaunch(workspace_, "sale"), launch.due_time);
  EXPECT_EQ(*launches().LastLaunch(workspace_, "other"), std::nullopt);
  EXPECT_EQ(*launches().LastLaunch(workspace_ + "-other", "sale"), std::nullopt);
}

TEST_P(LaunchSuite, IsBegunOnceAndNeverBeforeOneThatIsThere) {
  EXPECT_TRUE(Begin(At(absl::Hours(1))));
  Launch again = At(absl::Hours(1));
  again.begin_time += absl::Hours(1);
  EXPECT_FALSE(Begin(again));
  EXPECT_FALSE(Begin(At(absl::ZeroDuration()))) << "a later one is there";
  EXPECT_TRUE(Begin(At(absl::Hours(2))));
  EXPECT_TRUE(Begin(At(absl::ZeroDuration(), "other"))) << "of another campaign";
  EXPECT_THAT(List(), ElementsAre(At(absl::Hours(2)), At(absl::Hours(1))));
  EXPECT_THAT(List(1), ElementsAre(At(absl::Hours(2))));
  EXPECT_THAT(launches().ListLaunches(workspace_, "sale", At(absl::Hours(2)).due_time, 100).value(),
              ElementsAre(At(absl::Hours(1))));
}

TEST_P(LaunchSuite, IsBegunByOneOfManyAtOnce) {
  std::atomic<int> begun = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int hour = 0; hour < 20; ++hour) begun += Begin(At(absl::Hours(hour))) ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(static_cast<size_t>(begun), List().size());
  EXPECT_EQ(List(1)[0], At(absl::Hours(19)));
}

TEST_P(LaunchSuite, IsHeldByOneAndGoesOnWhereItWas) {
  ASSERT_TRUE(Begin(At(absl::ZeroDuration())));
  std::optional<Launch> held = Claim("first");
  ASSERT_TRUE(held.has_value());
  EXPECT_EQ(*held, At(absl::ZeroDuration()));
  EXPECT_FALSE(Claim("second").has_value());
  EXPECT_FALSE(Claim("first").has_value()) << "what it holds already";

  held->cursor = "u:m";
  held->users_launched = 7;
  ASSERT_TRUE(launches().SaveLaunch(*held, "first", absl::ZeroDuration()).ok()) << "and lets go of it at once";
  std::optional<Launch> taken;
  for (int tries = 0; tries < 1000 && !taken.has_value(); ++tries) taken = Claim("second");
  ASSERT_TRUE(taken.has_value());
  EXPECT_EQ(*taken, *held);
  EXPECT_TRUE(absl::IsAborted(launches().SaveLaunch(*held, "first", absl::Minutes(1))));

  taken->users_launched = 20;
  taken->cursor = std::string(Launch::kCursorEnd);
  taken->done = true;
  taken->end_time = taken->begin_time + absl::Microseconds(61'000'001);
  ASSERT_TRUE(launches().SaveLaunch(*taken, "second", absl::ZeroDuration()).ok());
  EXPECT_THAT(List(), ElementsAre(*taken));
  EXPECT_FALSE(Claim("third").has_value());
  EXPECT_TRUE(absl::IsAborted(launches().SaveLaunch(*taken, "second", absl::Minutes(1))));
}

TEST_P(LaunchSuite, TheLongestDueIsClaimedFirst) {
  ASSERT_TRUE(Begin(At(absl::Hours(2), "b")));
  ASSERT_TRUE(Begin(At(absl::Hours(1), "c")));
  ASSERT_TRUE(Begin(At(absl::Hours(3), "a")));
  for (const char* id : {"c", "b", "a"}) {
    std::optional<Launch> held = Claim("p");
    ASSERT_TRUE(held.has_value());
    EXPECT_EQ(held->campaign_id, id);
  }
  EXPECT_FALSE(Claim("p").has_value());
}

TEST_P(LaunchSuite, OldOnesAreForgottenOnceTheyAreDone) {
  ASSERT_TRUE(Begin(At(absl::ZeroDuration())));
  ASSERT_TRUE(Begin(At(absl::Hours(1))));
  for (const bool done : {true, false}) {
    std::optional<Launch> held = Claim("p");
    ASSERT_TRUE(held.has_value());
    held->done = done;
    ASSERT_TRUE(launches().SaveLaunch(*held, "p", absl::Minutes(1)).ok());
  }
  ASSERT_TRUE(Begin(At(LaunchStore::kKept)));
  EXPECT_EQ(List().size(), 3u) << "not yet over";
  ASSERT_TRUE(Begin(At(LaunchStore::kKept + absl::Hours(2))));
  EXPECT_THAT(List(), ElementsAre(At(LaunchStore::kKept + absl::Hours(2)), At(LaunchStore::kKept), At(absl::Hours(1))))
      << "what is under way stays";
}

}  // namespace
}  // namespace cadenza::testing
