#include "storage/base/clock.h"

#include "absl/time/clock.h"
#include "gtest/gtest.h"

namespace cadenza {
namespace {

TEST(SystemClockTest, TellsTheTimeToTheMicrosecond) {
  const absl::Time before = absl::Now() - absl::Microseconds(1);
  const absl::Time now = Clock::System().Now();
  EXPECT_GE(now, before);
  EXPECT_LE(now, absl::Now());
  EXPECT_EQ(now, absl::FromUnixMicros(absl::ToUnixMicros(now)));
}

TEST(ManualClockTest, StandsStillUntilTold) {
  ManualClock clock(absl::UnixEpoch());
  EXPECT_EQ(clock.Now(), absl::UnixEpoch());
  clock.Advance(absl::Seconds(5));
  EXPECT_EQ(clock.Now(), absl::FromUnixSeconds(5));
  clock.Set(absl::FromUnixSeconds(2));
  EXPECT_EQ(clock.Now(), absl::FromUnixSeconds(2));
}

}  // namespace
}  // namespace cadenza
