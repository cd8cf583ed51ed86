#include "server/rules/cel/horizon.h"

#include "server/rules/cel/cel.h"
#include "tests/unit/server/rules/cel/evaluate.h"

namespace cadenza::cel {
namespace {

absl::Time At(std::string_view text) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, std::string(text), &time, &error)) << error;
  return time;
}

struct Outcome {
  std::string shown;
  std::optional<absl::Time> next;
};

Outcome EvaluateAt(std::string_view expression, absl::Time now) {
  Env env;
  env.AddVariable("now", Type::Timestamp());
  env.AddFunction("is_late", {false, {Type::Timestamp()}, Type::Bool(), [](absl::Span<const Value>) {
                                return Value::Bool(false);
                              }});
  MapActivation activation;
  activation.Set("now", Value::Timestamp(now).WithMoves(1));
  const auto program = Compile(expression, env);
  EXPECT_TRUE(program.ok()) << expression << ": " << program.status();
  Horizon horizon(now);
  const auto value = (*program)->Evaluate(activation, &horizon);
  return {Shown(value), horizon.at()};
}

TEST(HorizonTest, TakesTheEarliestAndAlwaysProgresses) {
  const absl::Time now = At("2024-01-01T00:00:00Z");
  Horizon horizon(now);
  EXPECT_EQ(horizon.at(), std::nullopt);
  horizon.Until(now + absl::Hours(2));
  horizon.Until(now + absl::Hours(3));
  EXPECT_EQ(horizon.at(), now + absl::Hours(2));
  horizon.Until(now - absl::Hours(1));
  EXPECT_EQ(horizon.at(), now + absl::Nanoseconds(1));
}

TEST(HorizonTest, AThousandYearsAreForEver) {
  const absl::Time now = At("2024-01-01T00:00:00Z");
  Horizon horizon(now);
  horizon.Until(now + absl::Hours(24 * 366 * 1000));
  EXPECT_EQ(horizon.at(), std::nullopt);
}

TEST(HorizonTest, CalendarFieldsChangeWhereTheZoneSays) {
  struct Boundary {
    std::string expression, now, value, next;
  };
  for (const Boundary& b : std::vector<Boundary>{
           {"now.getFullYear()", "2023-12-31T23:59:59.5Z", "2023", "2024-01-01T00:00:00Z"},
           {"now.getMonth()", "2024-02-10T00:00:00Z", "1", "2024-03-01T00:00:00Z"},
           {"now.getDate()", "2024-02-29T12:00:00Z", "29", "2024-03-01T00:00:00Z"},
           {"now.getDayOfYear('Asia/Kathmandu')", "2024-02-28T18:00:00Z", "58", "2024-02-28T18:15:00Z"},
           {"now.getHours()", "2024-02-28T18:00:00Z", "18", "2024-02-28T19:00:00Z"},
           {"now.getMinutes('+05:45')", "2024-02-28T18:00:20Z", "45", "2024-02-28T18:01:00Z"},
           {"now.getSeconds()", "2024-02-28T18:00:20.25Z", "20", "2024-02-28T18:00:21Z"},
           {"now.getMilliseconds()", "2024-02-28T18:00:20.2505Z", "250", "2024-02-28T18:00:20.251Z"},
           {"int(now)", "2024-02-28T18:00:20.25Z", "1709143220", "2024-02-28T18:00:21Z"},
           // The clock goes from 2 to 3 at 01:00 UTC, and back from 3 to 2; days of 23 and 25 hours.
           {"now.getHours('Europe/Vienna')", "2024-03-31T00:30:00Z", "1", "2024-03-31T01:00:00Z"},
           {"now.getHours('Europe/Vienna')", "2024-10-27T00:30:00Z", "2", "2024-10-27T01:00:00Z"},
           {"now.getHours('Europe/Vienna')", "2024-10-27T01:00:00Z", "2", "2024-10-27T02:00:00Z"}}) {
    const Outcome outcome = EvaluateAt(b.expression, At(b.now));
    EXPECT_EQ(outcome.shown, b.value) << b.expression;
    EXPECT_EQ(outcome.next, At(b.next)) << b.expression << " at " << b.now;
  }
}

TEST(HorizonTest, ADayThatLosesAnHourEndsInTime) {
  // Asked again where the clock goes forward, the answer is the true midnight.
  const Outcome first = EvaluateAt("now.getDate('Europe/Vienna')", At("2024-03-30T23:30:00Z"));
  ASSERT_TRUE(first.next.has_value());
  EXPECT_LE(*first.next, At("2024-03-31T22:00:00Z"));
  EXPECT_EQ(EvaluateAt("now.getDate('Europe/Vienna')", At("2024-03-31T01:00:00Z")).next, At("2024-03-31T22:00:00Z"));
}

TEST(HorizonTest, WholeUnitsOfADurationAreCutTowardsZero) {
  const absl::Time now = At("2024-01-01T10:30:00Z");
  struct Total {
    std::string expression, value;
    absl::Duration next;
  };
  const absl::Duration tick = absl::Nanoseconds(1);
  for (const Total& total :
       std::vector<Total>{{"(now - timestamp('2024-01-01T00:00:00Z')).getHours()", "10", absl::Minutes(30)},
                          {"(timestamp('2024-01-01T12:00:00Z') - now).getHours()", "1", absl::Minutes(30) + tick},
                          {"(now - timestamp('2024-01-01T12:00:00Z')).getHours()", "-1", absl::Minutes(30) + tick},
                          {"(now - timestamp('2024-01-01T11:00:00Z')).getHours()", "0", absl::Minutes(90)},
                          {"(timestamp('2024-01-01T00:00:00Z') - now).getHours()", "-10", absl::Minutes(30)}}) {
    const Outcome outcome = EvaluateAt(total.expression, now);
    EXPECT_EQ(outcome.shown, total.value) << total.expression;
    EXPECT_EQ(outcome.next, now + total.next) << total.expression;
  }
}

TEST(HorizonTest, ComparisonsOfWhatMovesAtTwoSpeeds) {
  const absl::Time now = At("2024-01-01T00:00:00Z");
  const std::string ago = "(now - timestamp('2024-01-01T00:00:00Z'))";
  // Twice the time since midnight is 3 ns first after 1.5 ns.
  const std::string twice = ago + " + " + ago;
  EXPECT_EQ(EvaluateAt(twice + " == duration('3ns')", now).next, std::nullopt);
  EXPECT_EQ(EvaluateAt(twice + " >= duration('3ns')", now).next, now + absl::Nanoseconds(2));
  EXPECT_EQ(EvaluateAt(twice + " > duration('4ns')", now).next, now + absl::Nanoseconds(3));
  EXPECT_EQ(EvaluateAt(twice + " != duration('4ns')", now).next, now + absl::Nanoseconds(2));
  EXPECT_EQ(EvaluateAt("now == now", now).next, std::nullopt);
  EXPECT_EQ(EvaluateAt(ago + " <= duration('0s')", now).next, now + absl::Nanoseconds(1));
  EXPECT_EQ(EvaluateAt(ago + " != duration('0s')", now).next, now + absl::Nanoseconds(1));
  EXPECT_EQ(EvaluateAt(ago + " >= duration('0s')", now).next, std::nullopt);
}

TEST(HorizonTest, WhatCannotBeFollowedChangesAtOnce) {
  const absl::Time now = At("2024-01-01T00:00:00Z");
  for (const char* expression :
       {"string(now)", "now", "[now]", "[now] == []", "now in [timestamp(0)]", "is_late(now)", "{1: now}",
        "optional.of(now).hasValue()", "[1, 2].sortBy(x, x == 1 ? now : timestamp(0))", "[now, timestamp(0)].sort()",
        "'%s'.format([now])", "[[now]].map(l, l)", "now + duration('1s')"}) {
    EXPECT_EQ(EvaluateAt(expression, now).next, now + absl::Nanoseconds(1)) << expression;
  }
}

TEST(HorizonTest, WhatDoesNotMoveStaysForEver) {
  const absl::Time now = At("2024-01-01T00:00:00Z");
  for (const char* expression :
       {"1 + 1", "[now].size()", "type(now) == google.protobuf.Timestamp", "dyn(now) == 1", "{'a': now}.b",
        "has({'a': now}.a)", "true || string(now) == ''", "now.getHours('no such zone')", "[1].exists(x, x == 1)",
        "optional.of(1).hasValue()", "is_late(timestamp(0))"}) {
    EXPECT_EQ(EvaluateAt(expression, now).next, std::nullopt) << expression;
  }
}

TEST(HorizonTest, MotionGoesThroughNamesListsAndMaps) {
  const absl::Time now = At("2024-01-01T00:00:00Z");
  for (const char* expression :
       {"cel.bind(t, now, t > timestamp('2024-01-01T01:00:00Z'))", "[now][0] > timestamp('2024-01-01T01:00:00Z')",
        "[now].map(t, t + duration('1h')).exists(t, t > timestamp('2024-01-01T02:00:00Z'))",
        "{'t': now}.t > timestamp('2024-01-01T01:00:00Z')", "(true ? now : now) > timestamp('2024-01-01T01:00:00Z')",
        "([now] + [now])[1] > timestamp('2024-01-01T01:00:00Z')",
        "timestamp('2024-01-01T01:00:00Z') < timestamp(dyn(now))"}) {
    EXPECT_EQ(EvaluateAt(expression, now).next, now + absl::Hours(1) + absl::Nanoseconds(1)) << expression;
  }
}

}  // namespace
}  // namespace cadenza::cel
