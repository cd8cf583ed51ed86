#include "server/rules/schedule/civil_time.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/suite.h"

namespace cadenza::schedule {
namespace {

using testing::At;
using testing::ReadSuite;
using testing::Text;
using testing::Zone;

using ::testing::HasSubstr;

TEST(CivilTimeTest, FindsZonesAndNamesTheUnknown) {
  EXPECT_TRUE(FindZone("Europe/Berlin").ok());
  EXPECT_TRUE(FindZone("+05:45").ok());
  const absl::StatusOr<absl::TimeZone> unknown = FindZone("Europe/Atlantis");
  EXPECT_EQ(unknown.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(unknown.status().message()), HasSubstr("no time zone 'Europe/Atlantis'"));
  EXPECT_FALSE(FindZone("").ok());
}

TEST(CivilTimeTest, ReadsTimesOfDay) {
  EXPECT_EQ(ParseTimeOfDay("00:00")->minutes, 0);
  EXPECT_EQ(ParseTimeOfDay("18:30")->minutes, 18 * 60 + 30);
  EXPECT_EQ(TimeText(*ParseTimeOfDay("18:30")), "18:30");
  EXPECT_EQ(TimeText(*ParseTimeOfDay("24:00", /*end_of_range=*/true)), "24:00");
  for (const char* text : {"", "24:00", "1:00", "01:60", "25:00", "0100", "01.00", "-1:00", " 1:00", "01:00 "}) {
    const absl::StatusOr<TimeOfDay> time = ParseTimeOfDay(text);
    EXPECT_EQ(time.status().code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(time.status().message()), HasSubstr("'" + std::string(text) + "' is not a time of day"));
  }
  EXPECT_FALSE(ParseTimeOfDay("24:01", /*end_of_range=*/true).ok());
}

struct Case {
  const char* zone;
  const char* after;
  const char* time;
  const char* expect;
};

TEST(CivilTimeTest, NextTimeOfDay) {
  const Case cases[] = {
      {"UTC", "2024-01-31T17:59:59Z", "18:00", "2024-01-31T18:00:00Z"},
      {"UTC", "2024-01-31T18:00:00Z", "18:00", "2024-02-01T18:00:00Z"},
      {"Asia/Tokyo", "2024-01-31T18:00:00Z", "00:00", "2024-02-01T15:00:00Z"},
      {"America/New_York", "2024-01-31T18:00:00Z", "23:59", "2024-02-01T04:59:00Z"},
      // A gap: 02:00 becomes 03:00.
      {"America/New_York", "2024-03-10T06:00:00Z", "02:30", "2024-03-10T07:00:00Z"},
      {"America/New_York", "2024-03-10T07:00:00Z", "02:30", "2024-03-11T06:30:00Z"},
      // An overlap: 02:00 becomes 01:00, and 01:30 comes twice.
      {"America/New_York", "2024-11-03T04:00:00Z", "01:30", "2024-11-03T05:30:00Z"},
      {"America/New_York", "2024-11-03T05:30:00Z", "01:30", "2024-11-04T06:30:00Z"},
      {"America/New_York", "2024-11-03T06:10:00Z", "01:30", "2024-11-04T06:30:00Z"},
      // Samoa had no 30 December.
      {"Pacific/Apia", "2011-12-30T05:00:00Z", "18:00", "2011-12-31T04:00:00Z"},
      {"Pacific/Apia", "2011-12-30T04:00:00Z", "18:00", "2011-12-31T04:00:00Z"},
      {"Pacific/Apia", "2011-12-30T03:59:00Z", "18:00", "2011-12-30T04:00:00Z"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Text(NextTimeOfDay(*ParseTimeOfDay(c.time), Zone(c.zone), At(c.after))), c.expect)
        << c.zone << " " << c.time << " after " << c.after;
  }
  EXPECT_EQ(NextTimeOfDay({0}, absl::UTCTimeZone(), absl::InfiniteFuture()), absl::InfiniteFuture());
}

TEST(CivilTimeTest, NextWeekday) {
  const absl::TimeZone berlin = Zone("Europe/Berlin");
  const absl::Time wednesday = At("2024-05-15T12:00:00Z");  // 14:00 in Berlin
  EXPECT_EQ(Text(NextWeekday(absl::Weekday::wednesday, {14 * 60 + 1}, berlin, wednesday)), "2024-05-15T12:01:00Z");
  EXPECT_EQ(Text(NextWeekday(absl::Weekday::wednesday, {14 * 60}, berlin, wednesday)), "2024-05-22T12:00:00Z");
  EXPECT_EQ(Text(NextWeekday(absl::Weekday::tuesday, {9 * 60}, berlin, wednesday)), "2024-05-21T07:00:00Z");
  // The weekday is the user's: it is Thursday in Auckland while it is Wednesday in Berlin.
  EXPECT_EQ(Text(NextWeekday(absl::Weekday::thursday, {60}, Zone("Pacific/Auckland"), wednesday)),
            "2024-05-15T13:00:00Z");
  // The Friday that Samoa left out.
  EXPECT_EQ(Text(NextWeekday(absl::Weekday::friday, {0}, Zone("Pacific/Apia"), At("2011-12-29T09:00:00Z"))),
            "2012-01-05T10:00:00Z");
}

TEST(CivilTimeTest, NextOffsetChange) {
  EXPECT_EQ(NextOffsetChange(absl::UTCTimeZone(), At("2024-01-01T00:00:00Z")), absl::InfiniteFuture());
  EXPECT_EQ(Text(NextOffsetChange(Zone("Europe/Berlin"), At("2024-01-01T00:00:00Z"))), "2024-03-31T01:00:00Z");
  EXPECT_EQ(Text(NextOffsetChange(Zone("Europe/Berlin"), At("2024-03-31T01:00:00Z"))), "2024-10-27T01:00:00Z");
  EXPECT_EQ(Text(NextOffsetChange(Zone("Pacific/Apia"), At("2011-12-29T00:00:00Z"))), "2011-12-30T10:00:00Z");
  EXPECT_EQ(Text(NextOffsetChange(Zone("Europe/Berlin"), At("2090-01-01T00:00:00Z"))), "2090-03-26T01:00:00Z");
}

// The hours around one change of a zone's clock.
void Check(const absl::TimeZone& zone, absl::Time at, absl::Duration before, absl::Duration after) {
  EXPECT_EQ(NextOffsetChange(zone, at - absl::Seconds(1)), at);
  EXPECT_EQ(NextOffsetChange(zone, at - absl::Hours(12)), at);
  EXPECT_GT(NextOffsetChange(zone, at), at);
  const absl::TimeZone utc = absl::UTCTimeZone();
  const absl::CivilSecond old_wall = absl::ToCivilSecond(at + before, utc);
  const absl::CivilSecond new_wall = absl::ToCivilSecond(at + after, utc);
  // Outside of what is skipped or repeated, a wall time is one moment.
  const absl::CivilSecond first = std::min(old_wall, new_wall);
  const absl::CivilSecond past = std::max(old_wall, new_wall);
  EXPECT_EQ(DueAt(first - 1, zone), absl::FromCivil(first - 1, utc) - before);
  EXPECT_EQ(DueAt(past, zone), absl::FromCivil(past, utc) - after);
  for (absl::CivilSecond wall = first; wall < past; wall += 600) {
    const bool skipped = before < after;
    const absl::Time expect = skipped ? at : absl::FromCivil(wall, utc) - before;
    EXPECT_EQ(DueAt(wall, zone), expect) << wall;
    const TimeOfDay time{wall.hour() * 60 + wall.minute()};
    const absl::Time due = NextTimeOfDay(time, zone, expect - absl::Seconds(1));
    EXPECT_EQ(due, expect) << wall;
    const absl::Time next = NextTimeOfDay(time, zone, due);
    EXPECT_EQ(zone.At(next).cs, absl::CivilSecond(absl::CivilDay(wall) + 1) + time.minutes * 60) << wall;
  }
}

TEST(CivilTimeTest, TransitionsOfTheSuite) {
  const std::optional<nlohmann::json> suite = ReadSuite("tz.json");
  if (!suite.has_value()) GTEST_SKIP() << "no ../shared/suites/tz.json";
  for (const auto& c : *suite) {
    SCOPED_TRACE(c.dump());
    const absl::StatusOr<absl::TimeZone> zone = FindZone(c["zone"].get<std::string>());
    ASSERT_TRUE(zone.ok()) << zone.status();
    const absl::Duration before = absl::Seconds(c["before"].get<int>());
    const absl::Duration after = absl::Seconds(c["after"].get<int>());
    ASSERT_EQ(c["kind"], before < after ? "gap" : "overlap");
    Check(*zone, At(c["utc"].get<std::string>()), before, after);
  }
  EXPECT_GE(suite->size(), 415u);
}

}  // namespace
}  // namespace cadenza::schedule
