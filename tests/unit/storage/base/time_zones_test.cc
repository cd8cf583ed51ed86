#include "storage/base/time_zones.h"

#include "gtest/gtest.h"

namespace cadenza {
namespace {

TEST(TimeZones, FindsTheOnesOfTheDatabase) {
  const std::optional<absl::TimeZone> zone = FindTimeZone("Asia/Kathmandu");
  ASSERT_TRUE(zone.has_value());
  EXPECT_EQ(zone->At(absl::FromUnixSeconds(1'700'000'000)).offset, (5 * 60 + 45) * 60);
  EXPECT_TRUE(FindTimeZone("UTC").has_value());
}

TEST(TimeZones, RefusesAllOthers) {
  for (const char* name :
       {"", "Mars/Olympus", "../../../etc/passwd", "/etc/localtime", "posix/UTC", "+02:00", "Asia"}) {
    EXPECT_FALSE(FindTimeZone(name).has_value()) << name;
  }
}

}  // namespace
}  // namespace cadenza
