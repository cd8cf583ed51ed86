#include "server/rules/schedule/local_time.h"

#include <string_view>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cadenza::schedule {
namespace {

TEST(LocalTimeTest, ReadsOneForm) {
  EXPECT_EQ(ParseLocalTime("2026-12-24T18:00"), absl::CivilSecond(2026, 12, 24, 18, 0, 0));
  EXPECT_EQ(ParseLocalTime("2028-02-29T23:59"), absl::CivilSecond(2028, 2, 29, 23, 59, 0));
  EXPECT_EQ(ParseLocalTime("1970-01-01T00:00"), absl::CivilSecond(1970, 1, 1));
}

TEST(LocalTimeTest, RefusesTheRest) {
  for (const std::string_view text :
       {"", "2026-12-24", "2026-12-24 18:00", "2026-12-24T18:00:00", "2026-12-24T18:00Z", "2026-2-24T18:00",
        "2027-02-29T10:00", "2026-13-01T10:00", "2026-00-01T10:00", "2026-01-00T10:00", "2026-01-32T10:00",
        "2026-01-01T24:00", "2026-01-01T10:60", "1969-12-31T23:59", "9999-01-01T00:00", "+026-01-01T10:00"}) {
    EXPECT_FALSE(ParseLocalTime(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace cadenza::schedule
