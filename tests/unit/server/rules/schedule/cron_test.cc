#include "server/rules/schedule/cron.h"

#include <random>
#include <string>
#include <utility>
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

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Strings = std::vector<std::string>;

Strings NextOf(const std::string& expression, const std::string& zone, const std::string& after, int count) {
  const absl::StatusOr<Cron> cron = Cron::Parse(expression);
  if (!cron.ok()) return {std::string(cron.status().message())};
  Strings times;
  absl::Time time = At(after);
  for (int i = 0; i < count; ++i) {
    time = cron->Next(time, Zone(zone));
    times.push_back(Text(time));
  }
  return times;
}

TEST(CronTest, TheSuite) {
  const std::optional<nlohmann::json> suite = ReadSuite("cron.json");
  if (!suite.has_value()) GTEST_SKIP() << "no ../shared/suites/cron.json";
  for (const auto& c : *suite) {
    const Strings expect = c["expect"].get<Strings>();
    EXPECT_EQ(NextOf(c["expr"], c["tz"], c["start"], static_cast<int>(expect.size())), expect) << c.dump();
  }
  EXPECT_GE(suite->size(), 992u);
}

TEST(CronTest, TheSuiteOfWhatIsRefused) {
  const std::optional<nlohmann::json> suite = ReadSuite("cron-reject.json");
  if (!suite.has_value()) GTEST_SKIP() << "no ../shared/suites/cron-reject.json";
  for (const auto& c : *suite) {
    const absl::StatusOr<Cron> cron = Cron::Parse(c["expr"].get<std::string>());
    EXPECT_EQ(cron.status().code(), absl::StatusCode::kInvalidArgument) << c.dump();
    EXPECT_THAT(std::string(cron.status().message()), HasSubstr(", column ")) << c.dump();
  }
  EXPECT_GE(suite->size(), 61u);
}

TEST(CronTest, ErrorsNameFieldAndColumn) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "has 0 fields; five are needed"},
      {"* * * *", "has 4 fields; five are needed"},
      {"* * * * * *", "has 6 fields; five are needed"},
      {"60 * * * *", "minute, column 1: '60' is no value from 0 to 59"},
      {"* 24 * * *", "hour, column 3: '24' is no value from 0 to 23"},
      {"  5  99 * * *", "hour, column 6: '99' is no value"},
      {"* * 0 * *", "day of month, column 5: '0' is no value from 1 to 31"},
      {"* * 32 * *", "day of month, column 5: '32'"},
      {"* * * 13 *", "month, column 7: '13' is no value from 1 to 12, and no name from jan to dec"},
      {"* * * * 8", "day of week, column 9: '8' is no value from 0 to 7, and no name from sun to sat"},
      {"* * * * MON-TUR", "day of week, column 13: 'TUR' is no value"},
      {"* * * * monday", "day of week, column 9: 'monday' is no value"},
      {"* * * mon *", "month, column 7: 'mon'"},
      {"* * * * jan", "day of week, column 9: 'jan'"},
      {"1,2,x * * * *", "minute, column 5: 'x'"},
      {"1,, * * * *", "minute, column 3: a value is missing"},
      {"1- * * * *", "minute, column 3: a value is missing"},
      {"- * * * *", "minute, column 1: a value is missing"},
      {"-1 * * * *", "minute, column 1: a value is missing"},
      {"+1 * * * *", "minute, column 1: '+1'"},
      {"1.5 * * * *", "minute, column 1: '1.5'"},
      {"9-5 * * * *", "minute, column 1: '9-5' runs backwards"},
      {"0 0 1 Apr-Feb *", "month, column 7: 'Apr-Feb' runs backwards"},
      {"1-2-3 * * * *", "minute, column 3: '2-3'"},
      {"0 4/6 * * *", "hour, column 3: a step needs * or a range before it"},
      {"*/0 * * * *", "minute, column 3: '0' is no step from 1 to 60"},
      {"*/90 * * * *", "minute, column 3: '90' is no step from 1 to 60"},
      {"*/ * * * *", "minute, column 3: '' is no step"},
      {"*/-5 * * * *", "minute, column 3: '-5' is no step"},
      {"*/5/5 * * * *", "minute, column 3: '5/5' is no step"},
      {"** * * * *", "minute, column 1: '**'"},
      {"*-5 * * * *", "minute, column 1: '*'"},
      {"? * * * *", "minute, column 1: '?'"},
      {"* * L * *", "day of month, column 5: 'L'"},
      {"99999999999999999999 * * * *", "minute, column 1: '99999999999999999999'"},
      {"0 0 30 2 *", "day of month, column 5: no month that is asked for has such a day"},
      {"0 0 31 4,6,9,11 *", "day of month, column 5: no month"},
      {"@reboot", "'@reboot' is none of @yearly"},
      {"@daily 5", "'@daily 5' is none of"},
  };
  for (const auto& [expression, message] : cases) {
    const absl::StatusOr<Cron> cron = Cron::Parse(expression);
    EXPECT_EQ(cron.status().code(), absl::StatusCode::kInvalidArgument) << expression;
    EXPECT_THAT(std::string(cron.status().message()), HasSubstr(message)) << expression;
  }
  EXPECT_THAT(std::string(Cron::Parse(std::string(300, '*')).status().message()), HasSubstr("at most 256"));
}

TEST(CronTest, WordsAndWhitespace) {
  const std::pair<const char*, const char*> cases[] = {
      {"@yearly", "2025-01-01T00:00:00Z"},        {"@annually", "2025-01-01T00:00:00Z"},
      {"@monthly", "2024-06-01T00:00:00Z"},       {"@weekly", "2024-05-19T00:00:00Z"},
      {"@daily", "2024-05-16T00:00:00Z"},         {"@midnight", "2024-05-16T00:00:00Z"},
      {"@hourly", "2024-05-15T13:00:00Z"},        {" @Daily\t", "2024-05-16T00:00:00Z"},
      {"\t5  4 * *\t* ", "2024-05-16T04:05:00Z"}, {"05 04 * * *", "2024-05-16T04:05:00Z"},
  };
  for (const auto& [expression, expect] : cases) {
    EXPECT_THAT(NextOf(expression, "UTC", "2024-05-15T12:30:00Z", 1), ElementsAre(expect)) << expression;
  }
}

TEST(CronTest, InAGap) {
  // In New York, on 10 March, 02:00 (07:00 UTC) becomes 03:00. A fixed time is due right after, once for all of them.
  EXPECT_THAT(NextOf("30 2 * * *", "America/New_York", "2024-03-10T05:00:00Z", 2),
              ElementsAre("2024-03-10T07:00:00Z", "2024-03-11T06:30:00Z"));
  EXPECT_THAT(NextOf("0,15,30 2,3 * * *", "America/New_York", "2024-03-10T05:00:00Z", 3),
              ElementsAre("2024-03-10T07:00:00Z", "2024-03-10T07:15:00Z", "2024-03-10T07:30:00Z"));
  // With a star, what is left out is left out.
  EXPECT_THAT(NextOf("*/30 2 * * *", "America/New_York", "2024-03-10T05:00:00Z", 1),
              ElementsAre("2024-03-11T06:00:00Z"));
  EXPECT_THAT(NextOf("15 * * * *", "America/New_York", "2024-03-10T06:00:00Z", 3),
              ElementsAre("2024-03-10T06:15:00Z", "2024-03-10T07:15:00Z", "2024-03-10T08:15:00Z"));
}

TEST(CronTest, InAnOverlap) {
  // On 3 November, 02:00 (06:00 UTC) becomes 01:00. A fixed time is due the first time only.
  EXPECT_THAT(NextOf("30 1 * * *", "America/New_York", "2024-11-03T04:00:00Z", 2),
              ElementsAre("2024-11-03T05:30:00Z", "2024-11-04T06:30:00Z"));
  EXPECT_THAT(NextOf("30 1 * * *", "America/New_York", "2024-11-03T06:15:00Z", 1), ElementsAre("2024-11-04T06:30:00Z"));
  EXPECT_THAT(NextOf("*/30 1 * * *", "America/New_York", "2024-11-03T04:45:00Z", 5),
              ElementsAre("2024-11-03T05:00:00Z", "2024-11-03T05:30:00Z", "2024-11-03T06:00:00Z",
                          "2024-11-03T06:30:00Z", "2024-11-04T06:00:00Z"));
}

TEST(CronTest, RareDatesAndTheEndOfDates) {
  EXPECT_THAT(NextOf("0 0 29 2 *", "UTC", "2096-03-01T00:00:00Z", 2),
              ElementsAre("2104-02-29T00:00:00Z", "2108-02-29T00:00:00Z"));
  EXPECT_THAT(NextOf("0 0 31 2 5", "UTC", "2024-03-01T00:00:00Z", 1), ElementsAre("2025-02-07T00:00:00Z"));
  const Cron yearly = *Cron::Parse("@yearly");
  const Cron minutely = *Cron::Parse("* * * * *");
  for (const Cron& cron : {yearly, minutely}) {
    EXPECT_EQ(cron.Next(At("9999-12-31T23:59:30Z"), absl::UTCTimeZone()), absl::InfiniteFuture());
    EXPECT_EQ(cron.Next(absl::InfiniteFuture(), absl::UTCTimeZone()), absl::InfiniteFuture());
    EXPECT_EQ(cron.Next(absl::InfinitePast(), absl::UTCTimeZone()), absl::InfiniteFuture());
  }
  EXPECT_EQ(Text(minutely.Next(At("2024-01-01T00:00:59.5Z"), absl::UTCTimeZone())), "2024-01-01T00:01:00Z");
}

// One random field, as text and as what a reader would tick off.
std::pair<std::string, std::set<int>> RandomField(int least, int most, std::mt19937_64* random) {
  auto between = [random](int low, int high) { return std::uniform_int_distribution<int>(low, high)(*random); };
  if (between(0, 2) == 0) {
    std::set<int> all;
    for (int i = least; i <= most; ++i) all.insert(i);
    return {"*", all};
  }
  std::string text;
  std::set<int> values;
  for (int item = between(1, 3); item > 0; --item) {
    const int first = between(least, most);
    const int last = between(0, 1) == 0 ? first : between(first, most);
    const int step = last > first && between(0, 1) == 0 ? between(1, most - least + 1) : 1;
    text += (text.empty() ? "" : ",") + std::to_string(first);
    if (last > first) text += "-" + std::to_string(last) + (step > 1 ? "/" + std::to_string(step) : "");
    for (int value = first; value <= last; value += step) values.insert(value);
  }
  return {text, values};
}

// Against the plain reading: walk through the minutes and look at the wall.
TEST(CronTest, AgreesWithAWalkThroughTheMinutes) {
  const uint64_t seed = testing::TestSeed();
  SCOPED_TRACE(testing::SeedLine(seed));
  std::mt19937_64 random(seed);
  const char* const zones[] = {"UTC", "America/New_York", "Australia/Lord_Howe", "Antarctica/Troll", "Asia/Gaza"};
  for (int round = 0; round < 300; ++round) {
    const auto [minute_text, minutes] = RandomField(0, 59, &random);
    const auto [hour_text, hours] = RandomField(0, 23, &random);
    const auto [weekday_text, weekdays] = RandomField(0, 6, &random);
    const std::string expression = minute_text + " " + hour_text + " * * " + weekday_text;
    const absl::StatusOr<Cron> cron = Cron::Parse(expression);
    ASSERT_TRUE(cron.ok()) << expression << ": " << cron.status();
    const absl::TimeZone zone = Zone(zones[round % std::size(zones)]);
    const absl::Time start = At("2024-01-01T00:00:00Z") + absl::Minutes(random() % (366 * 24 * 60));
    const bool fixed = minute_text != "*" && hour_text != "*";
    // Due at the minute that starts here, by the wall; a fixed one not the second time.
    auto matches = [&](absl::Time time) {
      const absl::CivilSecond wall = zone.At(time).cs;
      const int weekday = (static_cast<int>(absl::GetWeekday(absl::CivilDay(wall))) + 1) % 7;
      if (!minutes.contains(wall.minute()) || !hours.contains(wall.hour()) || !weekdays.contains(weekday)) return false;
      return !fixed || zone.At(wall).pre == time;
    };
    // A fixed one is also due where a wall time that it names was skipped.
    auto made_up = [&](absl::Time time) {
      if (!fixed || NextOffsetChange(zone, time - absl::Minutes(1)) != time) return false;
      const absl::CivilSecond from = zone.At(time - absl::Minutes(1)).cs;
      for (absl::CivilSecond wall = from + 60; wall < zone.At(time).cs; wall += 60) {
        const int weekday = (static_cast<int>(absl::GetWeekday(absl::CivilDay(wall))) + 1) % 7;
        if (minutes.contains(wall.minute()) && hours.contains(wall.hour()) && weekdays.contains(weekday)) return true;
      }
      return false;
    };
    absl::Time expect = start + absl::Minutes(1);
    while (!matches(expect) && !made_up(expect)) expect += absl::Minutes(1);
    EXPECT_EQ(Text(cron->Next(start, zone)), Text(expect)) << expression << " " << zone.name() << " " << Text(start);
  }
}

}  // namespace
}  // namespace cadenza::schedule
