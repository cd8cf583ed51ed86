#include "server/rules/schedule/occurrences.h"

#include <random>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/rules/schedule/local_time.h"
#include "tests/support/seed.h"
#include "tests/support/suite.h"

namespace cadenza::schedule {
namespace {

using testing::At;
using ::testing::HasSubstr;
using testing::SeedLine;
using testing::TestSeed;
using testing::Zone;
using Kind = Schedule::Kind;

Schedule Of(Kind kind, std::string expression, std::string zone = "") {
  Schedule schedule;
  schedule.kind = kind;
  schedule.expression = std::move(expression);
  schedule.time_zone = std::move(zone);
  return schedule;
}

Schedule Once(absl::Time at) {
  Schedule schedule;
  schedule.kind = Kind::kAt;
  schedule.at = at;
  return schedule;
}

TEST(OccurrencesTest, NextAndNewest) {
  struct Case {
    Schedule schedule;
    const char* after;
    const char* now;
    const char* next;    // "" = none
    const char* newest;  // in (after, now]
    const char* local = "";
  };
  const Case cases[] = {
      {Once(At("2026-12-24T18:00:00Z")), "2026-12-24T17:00:00Z", "2026-12-24T17:59:59Z", "2026-12-24T18:00:00Z", ""},
      {Once(At("2026-12-24T18:00:00Z")), "2026-12-24T17:00:00Z", "2026-12-24T18:00:00Z", "2026-12-24T18:00:00Z",
       "2026-12-24T18:00:00Z"},
      {Once(At("2026-12-24T18:00:00Z")), "2026-12-24T18:00:00Z", "2027-12-24T18:00:00Z", "", ""},
      {Of(Kind::kCron, "0 9 * * *", "Europe/Berlin"), "2026-06-01T07:00:00Z", "2026-06-02T06:59:59Z",
       "2026-06-02T07:00:00Z", ""},
      {Of(Kind::kCron, "0 9 * * *", "Europe/Berlin"), "2026-06-01T07:00:00Z", "2026-12-02T08:30:00Z",
       "2026-06-02T07:00:00Z", "2026-12-02T08:00:00Z"},
      {Of(Kind::kCron, "* * * * *"), "2026-06-01T07:00:00Z", "2036-06-02T06:59:59Z", "2026-06-01T07:01:00Z",
       "2036-06-02T06:59:00Z"},
      {Of(Kind::kCron, "* * 1 1 *"), "2026-06-01T07:00:00Z", "2036-06-02T06:59:59Z", "2027-01-01T00:00:00Z",
       "2036-01-01T23:59:00Z"},
      {Of(Kind::kCron, "0 0 29 2 *"), "2026-06-01T07:00:00Z", "2028-02-28T23:59:59Z", "2028-02-29T00:00:00Z", ""},
      // UTC+14 shows it first.
      {Of(Kind::kLocalAt, "2026-12-24T18:00"), "2026-12-01T00:00:00Z", "2026-12-24T04:00:00Z", "2026-12-24T04:00:00Z",
       "2026-12-24T04:00:00Z", "2026-12-24T18:00"},
      {Of(Kind::kLocalAt, "2026-12-24T18:00"), "2026-12-01T00:00:00Z", "2026-12-24T03:59:59Z", "2026-12-24T04:00:00Z",
       "", "2026-12-24T18:00"},
      {Of(Kind::kLocalAt, "2026-12-24T18:00"), "2026-12-24T04:00:00Z", "2026-12-25T04:00:00Z", "", ""},
      {Of(Kind::kLocalCron, "30 9 * * mon"), "2026-06-01T00:00:00Z", "2026-06-08T00:00:00Z", "2026-06-07T19:30:00Z",
       "2026-06-07T19:30:00Z", "2026-06-08T09:30"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.schedule.expression + " after " + c.after + " until " + c.now);
    const auto occurrences = Occurrences::Parse(c.schedule);
    ASSERT_TRUE(occurrences.ok()) << occurrences.status();
    const std::optional<Occurrence> next = occurrences->Next(At(c.after));
    const std::optional<Occurrence> newest = occurrences->Newest(At(c.after), At(c.now));
    ASSERT_EQ(next.has_value(), *c.next != '\0');
    ASSERT_EQ(newest.has_value(), *c.newest != '\0');
    if (next.has_value()) {
      EXPECT_EQ(*next, (Occurrence{At(c.next), c.local}));
    }
    if (newest.has_value()) {
      EXPECT_EQ(*newest, (Occurrence{At(c.newest), c.local}));
    }
  }
}

TEST(OccurrencesTest, RefusesWhatIsNoSchedule) {
  EXPECT_THAT(std::string(Occurrences::Parse(Schedule()).status().message()), HasSubstr("set at, cron"));
  EXPECT_FALSE(Occurrences::Parse(Of(Kind::kCron, "61 * * * *")).ok());
  EXPECT_FALSE(Occurrences::Parse(Of(Kind::kCron, "0 * * * *", "Mars/Base")).ok());
  EXPECT_FALSE(Occurrences::Parse(Of(Kind::kLocalCron, "")).ok());
  for (const char* text : {"", "2026-12-24", "2026-12-24T18:00:00", "2026-12-24T18:00Z", " 2026-12-24T18:00",
                           "2026-12-24T24:00", "2026-02-30T18:00", "2026-12-24 18:00", "2026-1-2T18:00"}) {
    EXPECT_FALSE(Occurrences::Parse(Of(Kind::kLocalAt, text)).ok()) << text;
  }
}

TEST(OccurrencesTest, MoreThanOnceAnHour) {
  for (const auto& [expression, more] :
       {std::pair{"0 9 * * *", false}, std::pair{"59 * * * *", false}, std::pair{"0,59 9 1 1 *", true},
        std::pair{"58-59 0,23 29 2 *", true}, std::pair{"* * * * *", true}, std::pair{"@hourly", false}}) {
    EXPECT_EQ(IsMoreThanHourly(*Cron::Parse(expression)), more) << expression;
  }
}

// The newest is what one finds by going through all.
TEST(OccurrencesTest, NewestIsTheLastOfAll) {
  const uint64_t seed = TestSeed();
  SCOPED_TRACE(SeedLine(seed));
  std::mt19937_64 random(seed);
  const auto below = [&random](int64_t bound) { return static_cast<int64_t>(random() % static_cast<uint64_t>(bound)); };
  const std::pair<const char*, absl::Duration> expressions[] = {
      {"* * * * *", absl::Hours(30)},          {"*/7 9-17 * * *", absl::Hours(24 * 9)},
      {"30 2 * * *", absl::Hours(24 * 400)},   {"0 0 1 * *", absl::Hours(24 * 900)},
      {"15 * 13 * fri", absl::Hours(24 * 60)}, {"0 12 29 2 *", absl::Hours(24 * 4000)}};
  const char* zones[] = {"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "+05:30"};
  for (int round = 0; round < 400; ++round) {
    const auto& [expression, span] = expressions[below(6)];
    const bool local = below(4) == 0;
    const Schedule schedule = Of(local ? Kind::kLocalCron : Kind::kCron, expression, local ? "" : zones[below(5)]);
    const auto occurrences = Occurrences::Parse(schedule);
    ASSERT_TRUE(occurrences.ok()) << occurrences.status();
    const absl::Time after = absl::FromUnixSeconds(1'700'000'000 + below(200'000'000));
    const absl::Time now = after + absl::Seconds(below(absl::ToInt64Seconds(span)));
    std::optional<Occurrence> last;
    for (auto next = occurrences->Next(after); next.has_value() && next->due_time <= now;
         next = occurrences->Next(next->due_time)) {
      ASSERT_TRUE(!last.has_value() || next->due_time > last->due_time);
      last = next;
    }
    EXPECT_EQ(occurrences->Newest(after, now), last)
        << expression << " in " << schedule.time_zone << " after " << after << " until " << now;
    if (last.has_value() && local) {
      EXPECT_EQ(absl::FromCivil(ParseLocalTime(last->local_time).value(), absl::FixedTimeZone(14 * 60 * 60)),
                last->due_time);
    }
  }
}

}  // namespace
}  // namespace cadenza::schedule
