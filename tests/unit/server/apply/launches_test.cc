#include "server/apply/launches.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/model/limits.h"

namespace cadenza::apply {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

absl::Time Hour(int64_t hour) { return absl::FromUnixSeconds(1'700'000'000) + absl::Hours(hour); }

TEST(LaunchesTest, EachIsRememberedOnceInTheOrderOfTheirTimes) {
  std::vector<LaunchMark> launches;
  EXPECT_EQ(FindLaunch(launches, Hour(0)), nullptr);
  MarkLaunch({Hour(2), true}, &launches);
  MarkLaunch({Hour(1), false}, &launches);
  MarkLaunch({Hour(2), false}, &launches);
  EXPECT_THAT(launches, ElementsAre(LaunchMark{Hour(1), false}, LaunchMark{Hour(2), false}));
  ASSERT_NE(FindLaunch(launches, Hour(1)), nullptr);
  EXPECT_EQ(FindLaunch(launches, Hour(1))->due_time, Hour(1));
  EXPECT_EQ(FindLaunch(launches, Hour(3)), nullptr);
}

TEST(LaunchesTest, WhatNoLaunchCanAskForIsForgottenUnlessItWaits) {
  std::vector<LaunchMark> launches;
  MarkLaunch({Hour(0), false}, &launches);
  MarkLaunch({Hour(1), true}, &launches);
  MarkLaunch({Hour(72 + 24), false}, &launches);
  EXPECT_THAT(launches, SizeIs(3));
  MarkLaunch({Hour(72 + 26), false}, &launches);
  EXPECT_THAT(launches,
              ElementsAre(LaunchMark{Hour(1), true}, LaunchMark{Hour(96), false}, LaunchMark{Hour(98), false}));
}

TEST(LaunchesTest, TheyAreBounded) {
  std::vector<LaunchMark> launches;
  for (int i = 0; i < 100; ++i) MarkLaunch({Hour(i), true}, &launches);
  EXPECT_THAT(launches, SizeIs(limits::kLaunchMarks));
  EXPECT_EQ(launches.back().due_time, Hour(99));
}

TEST(LaunchesTest, WhatOneOfTwoIsThroughWithNoLongerWaits) {
  const std::vector<LaunchMark> anonymous = {{Hour(1), true}, {Hour(2), false}, {Hour(3), true}, {Hour(4), true}};
  std::vector<LaunchMark> known = {{Hour(1), false}, {Hour(2), true}, {Hour(3), true}, {Hour(5), false}};
  MergeLaunches(anonymous, &known);
  EXPECT_THAT(known, ElementsAre(LaunchMark{Hour(1), false}, LaunchMark{Hour(2), false}, LaunchMark{Hour(3), true},
                                 LaunchMark{Hour(4), true}, LaunchMark{Hour(5), false}));
  std::vector<LaunchMark> none;
  MergeLaunches({}, &none);
  EXPECT_THAT(none, IsEmpty());
}

}  // namespace
}  // namespace cadenza::apply
