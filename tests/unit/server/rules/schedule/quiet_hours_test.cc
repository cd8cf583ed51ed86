#include "server/rules/schedule/quiet_hours.h"

#include <random>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/rules/schedule/civil_time.h"
#include "tests/support/seed.h"
#include "tests/support/suite.h"

namespace cadenza::schedule {
namespace {

using testing::At;
using testing::ReadSuite;
using testing::Text;
using testing::Zone;

using ::testing::HasSubstr;

QuietWindow Window(const char* start, const char* end) {
  return {*ParseTimeOfDay(start), *ParseTimeOfDay(end, /*end_of_range=*/true)};
}

std::bitset<7> On(absl::Weekday weekday) { return std::bitset<7>().set(static_cast<size_t>(weekday)); }

TEST(QuietHoursTest, NothingIsQuietWithoutWindows) {
  const QuietHours none;
  EXPECT_TRUE(none.empty());
  EXPECT_FALSE(none.IsQuiet(At("2024-05-15T00:00:00Z"), absl::UTCTimeZone()));
  EXPECT_EQ(none.End(At("2024-05-15T00:00:00Z"), absl::UTCTimeZone()), At("2024-05-15T00:00:00Z"));
}

struct Case {
  const char* zone;
  const char* time;
  const char* end;  // the time itself: not quiet
};

TEST(QuietHoursTest, ANightInTheZone) {
  const QuietHours night = *QuietHours::Make({Window("22:00", "08:00")});
  const Case cases[] = {
      {"UTC", "2024-05-15T21:59:59.999Z", "2024-05-15T21:59:59.999Z"},
      {"UTC", "2024-05-15T22:00:00Z", "2024-05-16T08:00:00Z"},
      {"UTC", "2024-05-15T23:59:59.5Z", "2024-05-16T08:00:00Z"},
      {"UTC", "2024-05-16T07:59:59.999999Z", "2024-05-16T08:00:00Z"},
      {"UTC", "2024-05-16T08:00:00Z", "2024-05-16T08:00:00Z"},
      {"Europe/Berlin", "2024-05-15T20:00:00Z", "2024-05-16T06:00:00Z"},
      {"Asia/Kathmandu", "2024-05-15T16:15:00Z", "2024-05-16T02:15:00Z"},
      // The night is an hour shorter, an hour longer, or without its end.
      {"America/New_York", "2024-03-10T03:00:00Z", "2024-03-10T12:00:00Z"},
      {"America/New_York", "2024-11-03T02:00:00Z", "2024-11-03T13:00:00Z"},
      {"Pacific/Apia", "2011-12-30T08:00:00Z", "2011-12-30T18:00:00Z"},
  };
  for (const Case& c : cases) {
    const absl::TimeZone zone = Zone(c.zone);
    EXPECT_EQ(Text(night.End(At(c.time), zone)), c.end) << c.zone << " " << c.time;
    EXPECT_EQ(night.IsQuiet(At(c.time), zone), std::string(c.time) != c.end) << c.zone << " " << c.time;
  }
}

TEST(QuietHoursTest, WhereTheClockIsMovedTheWallDecides) {
  const absl::TimeZone new_york = Zone("America/New_York");
  // 02:00 (07:00 UTC) becomes 03:00: what is left out ends early, by the wall.
  const QuietHours half = *QuietHours::Make({Window("01:30", "02:30")});
  EXPECT_EQ(Text(half.End(At("2024-03-10T06:45:00Z"), new_york)), "2024-03-10T07:00:00Z");
  // 02:00 (06:00 UTC) becomes 01:00: 01:00 to 01:30 is quiet twice.
  const QuietHours early = *QuietHours::Make({Window("01:00", "01:30")});
  EXPECT_EQ(Text(early.End(At("2024-11-03T05:10:00Z"), new_york)), "2024-11-03T05:30:00Z");
  EXPECT_EQ(Text(early.End(At("2024-11-03T05:45:00Z"), new_york)), "2024-11-03T05:45:00Z");
  EXPECT_EQ(Text(early.End(At("2024-11-03T06:10:00Z"), new_york)), "2024-11-03T06:30:00Z");
  // 01:30 to 02:30 goes back into what is not quiet.
  EXPECT_EQ(Text(half.End(At("2024-11-03T05:40:00Z"), new_york)), "2024-11-03T06:00:00Z");
}

TEST(QuietHoursTest, Weekdays) {
  QuietWindow friday = Window("22:00", "08:00");
  friday.weekdays = On(absl::Weekday::friday);
  QuietWindow sunday = Window("00:00", "24:00");
  sunday.weekdays = On(absl::Weekday::sunday);
  const QuietHours quiet = *QuietHours::Make({friday, sunday});
  const absl::TimeZone utc = absl::UTCTimeZone();
  EXPECT_FALSE(quiet.IsQuiet(At("2024-05-16T23:00:00Z"), utc));  // Thursday
  EXPECT_EQ(Text(quiet.End(At("2024-05-17T23:00:00Z"), utc)), "2024-05-18T08:00:00Z");
  EXPECT_EQ(Text(quiet.End(At("2024-05-18T05:00:00Z"), utc)), "2024-05-18T08:00:00Z");
  EXPECT_FALSE(quiet.IsQuiet(At("2024-05-18T23:59:59Z"), utc));  // Saturday
  EXPECT_EQ(Text(quiet.End(At("2024-05-19T05:00:00Z"), utc)), "2024-05-20T00:00:00Z");
  // A night that begins on Sunday ends on Monday; windows that touch are one.
  QuietWindow night = Window("22:00", "06:00");
  night.weekdays = On(absl::Weekday::sunday);
  const QuietHours joined = *QuietHours::Make({night, sunday, Window("05:00", "07:00")});
  EXPECT_EQ(Text(joined.End(At("2024-05-19T01:00:00Z"), utc)), "2024-05-20T07:00:00Z");
}

TEST(QuietHoursTest, AWindowThatEndsWhereTheClockIsPutBackIsQuietAgain) {
  const QuietHours quiet = *QuietHours::Make({Window("22:00", "01:00")});
  const absl::TimeZone havana = Zone("America/Havana");  // 01:00 becomes 00:00 at 05:00Z
  EXPECT_EQ(Text(quiet.End(At("2008-10-26T04:30:00Z"), havana)), "2008-10-26T06:00:00Z");
}

TEST(QuietHoursTest, RefusesWhatMakesNoSense) {
  const std::pair<std::vector<QuietWindow>, const char*> cases[] = {
      {{Window("22:00", "08:00"), Window("08:00", "08:00")}, "windows[1]: starts and ends at 08:00"},
      {{{{0}, {60}, {}}}, "windows[0]: has no weekday"},
      {{Window("08:00", "20:00"), Window("20:00", "08:00")}, "leave no time"},
      {{Window("00:00", "24:00")}, "leave no time"},
      {std::vector<QuietWindow>(17, Window("22:00", "08:00")), "there are 17; at most 16"},
  };
  for (const auto& [windows, message] : cases) {
    const absl::StatusOr<QuietHours> quiet = QuietHours::Make(windows);
    EXPECT_EQ(quiet.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(quiet.status().message()), HasSubstr(message));
  }
}

// By the definition: whether a moment is quiet is read from the wall, and the end is where quiet ends, second by
// second.
void CheckAgainstTheWall(const std::vector<QuietWindow>& windows, absl::TimeZone zone, absl::Time time) {
  const QuietHours quiet = *QuietHours::Make(windows);
  auto by_the_wall = [&](absl::Time at) {
    const absl::CivilSecond wall = zone.At(at).cs;
    const int weekday = static_cast<int>(absl::GetWeekday(wall));
    const int minutes = wall.hour() * 60 + wall.minute();
    for (const QuietWindow& w : windows) {
      const bool crosses = w.end < w.start;
      if (w.weekdays[weekday] && minutes >= w.start.minutes && (crosses || minutes < w.end.minutes)) return true;
      if (crosses && w.weekdays[(weekday + 6) % 7] && minutes < w.end.minutes) return true;
    }
    return false;
  };
  EXPECT_EQ(quiet.IsQuiet(time, zone), by_the_wall(time));
  const absl::Time end = quiet.End(time, zone);
  EXPECT_FALSE(by_the_wall(end));
  for (absl::Time at = time; at < end; at += absl::Minutes(1)) ASSERT_TRUE(by_the_wall(at)) << Text(at);
  if (end > time) {
    ASSERT_TRUE(by_the_wall(end - absl::Nanoseconds(1)));
  }
}

TEST(QuietHoursTest, RandomWindowsAroundTheTransitionsOfTheSuite) {
  const std::optional<nlohmann::json> suite = ReadSuite("tz.json");
  if (!suite.has_value()) GTEST_SKIP() << "no ../shared/suites/tz.json";
  const uint64_t seed = testing::TestSeed();
  SCOPED_TRACE(testing::SeedLine(seed));
  std::mt19937_64 random(seed);
  for (const auto& c : *suite) {
    const absl::TimeZone zone = Zone(c["zone"].get<std::string>());
    const absl::Time change = At(c["utc"].get<std::string>());
    SCOPED_TRACE(c.dump());
    // One window right at the change, one anywhere.
    const int wall = zone.At(change - absl::Seconds(1)).cs.hour() * 60;
    std::vector<QuietWindow> windows(2);
    windows[0].start.minutes = static_cast<int>((wall + 1440 + random() % 180 - 120) % 1440);
    windows[1].start.minutes = static_cast<int>(random() % 1440);
    for (QuietWindow& w : windows) w.end.minutes = static_cast<int>((w.start.minutes + 1 + random() % 600) % 1440);
    windows[1].weekdays = std::bitset<7>(1 + random() % 127);
    const absl::Time time = change + absl::Seconds(static_cast<int64_t>(random() % 10800) - 7200);
    CheckAgainstTheWall(windows, zone, time);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace cadenza::schedule
