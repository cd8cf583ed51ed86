#include "server/rules/cel/zones.h"

#include "gtest/gtest.h"

namespace cadenza::cel {
namespace {

TEST(ZonesTest, KnowsNamesAndOffsets) {
  const absl::Time time = absl::FromCivil(absl::CivilSecond(2009, 2, 13, 12, 0, 0), absl::UTCTimeZone());
  const std::vector<std::pair<std::string, int>> cases = {
      {"UTC", 0},
      {"Asia/Kathmandu", 5 * 60 + 45},
      {"US/Central", -6 * 60},
      {"America/Argentina/Ushuaia", -3 * 60},
      {"02:00", 2 * 60},
      {"+02:00", 2 * 60},
      {"-09:30", -(9 * 60 + 30)},
      {"-00:00", 0},
  };
  for (const auto& [name, minutes] : cases) {
    const std::optional<absl::TimeZone> zone = FindTimeZone(name);
    ASSERT_TRUE(zone.has_value()) << name;
    EXPECT_EQ(zone->At(time).offset, minutes * 60) << name;
  }
}

TEST(ZonesTest, OpensNothingElse) {
  for (const std::string_view name :
       {"", "Mars/Olympus", "/etc/passwd", "../../../etc/passwd", "Europe/../UTC", "file:/etc/passwd", "Europe", ".",
        "24:00", "01:60", "1:00", "+1", "UTC ", "libc:localtime", "localtime\n"}) {
    EXPECT_FALSE(FindTimeZone(name).has_value()) << name;
  }
}

}  // namespace
}  // namespace cadenza::cel
