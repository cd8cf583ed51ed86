#include "server/rules/condition_analysis.h"

#include <random>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/rules/cel_scope.h"
#include "server/rules/facts.h"
#include "tests/unit/server/rules/fixtures.h"

namespace cadenza::rules {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr absl::Duration kTick = absl::Nanoseconds(1);

std::shared_ptr<const cel::Program> Compiled(const std::string& condition) {
  const auto program = cel::Compile(condition, ConditionEnv());
  EXPECT_TRUE(program.ok()) << condition << ": " << program.status();
  return program.ok() ? *program : nullptr;
}

TEST(ReadsOfTest, NamesWhatTheConditionSpellsOut) {
  const ConditionReads reads = ReadsOf(*Compiled(
      "event.properties.total > 20.0 && user.attributes.plan == 'gold' && event.name == 'x' && user.session.active && "
      "user.event_count('order_placed', duration('168h')) >= 3 && user.last_event('page_viewed') < now && "
      "user.received('welcome', duration('1h')) && user.subscribed('push') && user.spent('EUR') > 3.0 && "
      "(user.opened('news') || user.clicked('offer', duration('1h'))) && has(user.attributes['address'].city) && "
      "user.in_segment('vip') && user.purchases.revenue.USD > 1.0"));
  EXPECT_THAT(reads.events.names, ElementsAre("order_placed", "page_viewed"));
  EXPECT_THAT(reads.attributes.names, ElementsAre("address", "plan"));
  EXPECT_THAT(reads.properties.names, ElementsAre("total"));
  EXPECT_THAT(reads.campaigns.names, ElementsAre("news", "offer", "welcome"));
  EXPECT_THAT(reads.channels.names, ElementsAre("push"));
  EXPECT_THAT(reads.currencies.names, ElementsAre("EUR", "USD"));
  EXPECT_THAT(reads.segments.names, ElementsAre("vip"));
  EXPECT_THAT(reads.members.names, ElementsAre("event.name", "user.purchases.revenue.USD", "user.session.active"));
  EXPECT_THAT(reads.windows, ElementsAre(absl::Hours(1), absl::Hours(168)));
  EXPECT_TRUE(reads.clock);
  for (const Names* names : {&reads.events, &reads.attributes, &reads.properties, &reads.campaigns, &reads.channels,
                             &reads.currencies, &reads.segments, &reads.members}) {
    EXPECT_FALSE(names->any);
  }
  EXPECT_FALSE(reads.any_window);
}

TEST(ReadsOfTest, ReadsNothingOfWhatItDoesNotMention) {
  const ConditionReads reads = ReadsOf(*Compiled("event.properties.total > 20.0"));
  EXPECT_TRUE(reads.events.empty() && reads.attributes.empty() && reads.campaigns.empty() && reads.members.empty());
  EXPECT_THAT(reads.windows, IsEmpty());
  EXPECT_FALSE(reads.clock);
}

TEST(ReadsOfTest, TimeZoneAndLanguageAreAttributes) {
  const ConditionReads reads = ReadsOf(*Compiled("now.getHours(user.timezone) == 9 && user.language == 'en'"));
  EXPECT_EQ(reads.attributes, (Names{{"language", "time_zone"}, false}));
}

TEST(ReadsOfTest, ConstantsMayBeComputed) {
  const ConditionReads reads =
      ReadsOf(*Compiled("user.event_count('order_' + 'placed', duration('1h') + duration('1h')) > 0"));
  EXPECT_EQ(reads.events, (Names{{"order_placed"}, false}));
  EXPECT_THAT(reads.windows, ElementsAre(absl::Hours(2)));
}

TEST(ReadsOfTest, WhatIsKnownOnlyLaterIsAny) {
  EXPECT_TRUE(ReadsOf(*Compiled("user.event_count(string(event.properties.name)) > 0")).events.any);
  EXPECT_TRUE(ReadsOf(*Compiled("user.event_count('x', now - event.time) > 0")).any_window);
  EXPECT_TRUE(ReadsOf(*Compiled("user.attributes[event.name] == 1")).attributes.any);
  EXPECT_TRUE(ReadsOf(*Compiled("user.attributes.exists(k, k == 'x')")).attributes.any);
  EXPECT_TRUE(ReadsOf(*Compiled("[user][0].attributes.plan == 'gold'")).attributes.any);
  EXPECT_TRUE(ReadsOf(*Compiled("[event].exists(e, e.properties.a == 1)")).properties.any);
  EXPECT_TRUE(ReadsOf(*Compiled("size(user.purchases.revenue) > 1")).currencies.any);
  EXPECT_TRUE(ReadsOf(*Compiled("[user].exists(u, u.event_count('x') > 0)")).events.names.contains("x"));
}

// Of a user at noon with orders 10 days, 6 days 23 hours, and 1 hour ago; the trial ends in a day.
struct Exact {
  std::string condition;
  std::optional<absl::Duration> next;  // after noon
};

class NextChangeTest : public ::testing::TestWithParam<Exact> {};

TEST_P(NextChangeTest, IsTheMomentItself) {
  Profile profile = Ada();
  profile.attributes.Set("trial_end", Value::Timestamp(kNoon + absl::Hours(24)));
  for (const absl::Duration ago : {absl::Hours(240), absl::Hours(167), absl::Hours(1)}) {
    profile.events["order_placed"].Add(kNoon - ago);
  }
  profile.campaigns["welcome"] = {1, kNoon - absl::Hours(2)};
  profile.campaigns["welcome"].Of(Receipt::Kind::kOpened) = {1, kNoon - absl::Minutes(30)};
  profile.sessions.current = Session{"s", kNoon - absl::Minutes(10), kNoon - absl::Minutes(5), 3};
  const std::optional<absl::Time> next = NextChange(*Compiled(GetParam().condition), profile, kNoon, kGap);
  ASSERT_EQ(next.has_value(), GetParam().next.has_value()) << GetParam().condition;
  if (next.has_value()) {
    EXPECT_EQ(*next - kNoon, *GetParam().next) << GetParam().condition;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Conditions, NextChangeTest,
    ::testing::Values(
        Exact{"user.event_count('order_placed') >= 3", std::nullopt},
        Exact{"user.event_count('order_placed', duration('168h')) >= 2", absl::Hours(1)},
        Exact{"user.event_count('page_viewed', duration('168h')) == 0", std::nullopt},
        Exact{"user.received('welcome', duration('24h'))", absl::Hours(22)},
        Exact{"user.received('welcome', duration('1h'))", std::nullopt},
        Exact{"user.opened('welcome', duration('1h'))", absl::Minutes(30)},
        Exact{"user.opened('welcome')", std::nullopt}, Exact{"user.clicked('welcome', duration('1h'))", std::nullopt},
        Exact{"user.session.active", absl::Minutes(25) + kTick}, Exact{"user.session.count > 3", std::nullopt},
        Exact{"now - user.last_event('order_placed') > duration('72h')", absl::Hours(71) + kTick},
        Exact{"now - user.last_event('order_placed') >= duration('72h')", absl::Hours(71)},
        Exact{"duration('72h') <= now - user.last_event('order_placed')", absl::Hours(71)},
        Exact{"now - user.last_event('order_placed') == duration('72h')", absl::Hours(71)},
        Exact{"now - user.last_event('order_placed') > duration('30m')", std::nullopt},
        Exact{"now > timestamp('2023-11-15T13:00:00Z')", absl::Hours(1) + kTick},
        Exact{"now > timestamp('2023-11-15T11:00:00Z')", std::nullopt},
        Exact{"now >= timestamp('2023-11-15T12:00:00Z')", std::nullopt},
        Exact{"now <= timestamp('2023-11-15T12:00:00Z')", kTick},
        Exact{"user.attributes.trial_end < now + duration('2h')", absl::Hours(22) + kTick},
        Exact{"timestamp(user.attributes.trial_end) - now < duration('1h')", absl::Hours(23) + kTick},
        Exact{"now - now == duration('0s')", std::nullopt},
        Exact{"(now - timestamp('2023-11-15T00:00:00Z')).getHours() < 20", absl::Hours(1)},
        Exact{"now.getFullYear() == 2023", absl::Hours(12 + 15 * 24 + 31 * 24)},
        Exact{"now.getHours('Europe/Vienna') == 13", absl::Hours(1)},
        Exact{"now.getDayOfWeek('America/New_York') == 3", absl::Hours(17)},
        Exact{"int(now) % 2 == 0", absl::Seconds(1)}, Exact{"string(now) == ''", kTick},
        Exact{"event.time == now || now in [event.time]", kTick},
        // Only what is consulted counts.
        Exact{"false && string(now) == ''", std::nullopt},
        Exact{"user.session.count == 0 || string(now) == ''", std::nullopt},
        Exact{"user.session.active && now.getMinutes() == 1", absl::Minutes(1)},
        Exact{"now < timestamp('2023-11-15T13:00:00Z') ? true : string(now) == ''", absl::Hours(1)},
        Exact{"[now, event.time].exists(t, t > timestamp('2023-11-16T12:00:00Z'))", absl::Hours(24) + kTick},
        Exact{"{'at': now}.at > timestamp('2023-11-16T12:00:00Z')", absl::Hours(24) + kTick},
        Exact{"cel.bind(ago, now - user.last_event('order_placed'), ago > duration('2h') && ago < duration('9h'))",
              absl::Hours(1) + kTick}));

// Conditions, profiles and inputs at random, from a seed.
class Generator {
 public:
  explicit Generator(uint32_t seed) : random_(seed) {}

  size_t Below(size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random_); }
  absl::Duration Span(absl::Duration longest) {
    const auto seconds = static_cast<size_t>(absl::ToInt64Seconds(longest));
    return absl::Seconds(static_cast<int64_t>(Below(seconds + 1))) +
           (Below(3) == 0 ? absl::Nanoseconds(static_cast<int64_t>(Below(1'000'000'000))) : absl::ZeroDuration());
  }

  Profile MakeProfile() {
    Profile profile = Ada();
    for (const char* name : {"a", "b"}) {
      if (Below(4) == 0) continue;
      // At times so many that the older ones are only counted by the hour; at times one that is still to come.
      const size_t size = Below(8) == 0 ? 300 : 1 + Below(6);
      for (size_t i = 0; i < size; ++i) profile.events[name].Add(kNoon - Span(absl::Hours(400)) + absl::Hours(2));
    }
    if (Below(2) == 0) profile.campaigns["c"] = {1, kNoon - Span(absl::Hours(100))};
    if (Below(2) == 0) {
      const absl::Time last = kNoon - Span(absl::Minutes(40));
      profile.sessions.current = Session{"s", last - absl::Minutes(3), last, 2};
    }
    if (Below(3) != 0) profile.attributes.Set("t", Value::Timestamp(kNoon + Span(absl::Hours(200)) - absl::Hours(100)));
    if (Below(3) != 0) profile.attributes.Set("n", Value::Int(static_cast<int64_t>(Below(3))));
    return profile;
  }

  Input MakeInput() {
    Input input = Order("e", kNoon + Span(absl::Seconds(100)) - absl::Seconds(50), {}, 20);
    input.clock = kNoon;
    return input;
  }

  std::string Condition(int depth) {
    if (depth == 0 || Below(5) == 0) return Atom();
    switch (Below(7)) {
      case 0:
        return absl::StrCat("(", Condition(depth - 1), " && ", Condition(depth - 1), ")");
      case 1:
        return absl::StrCat("(", Condition(depth - 1), " || ", Condition(depth - 1), ")");
      case 2:
        return absl::StrCat("!(", Condition(depth - 1), ")");
      case 3:
        return absl::StrCat("(", Condition(depth - 1), " ? ", Condition(depth - 1), " : ", Condition(depth - 1), ")");
      case 4:
        return absl::StrCat("[", Time(), ", ", Time(), "].exists(t, t ", Relation(), " ", Time(), ")");
      case 5:
        return absl::StrCat("cel.bind(d, ", Difference(), ", d ", Relation(), " ", Length(), " || ",
                            Condition(depth - 1), ")");
      default:
        return absl::StrCat("[{'t': ", Time(), "}].filter(m, m.t ", Relation(), " ", Time(), ").size() == 1");
    }
  }

 private:
  std::string Pick(std::initializer_list<std::string> of) { return *(of.begin() + Below(of.size())); }
  std::string Relation() { return Pick({"<", "<=", ">", ">=", "==", "!="}); }
  std::string Length() {
    return absl::StrCat("duration('", Pick({"90s", "1h", "26h", "0s", "-30m", "1h0m0.5s", "168h", "0.4s"}), "')");
  }
  std::string Event() { return Pick({"'a'", "'b'", "'never'"}); }
  std::string Time() {
    return Pick({"now", "now", "user.attributes.t", "event.time", "user.session.start",
                 absl::StrCat("user.last_event(", Event(), ")"), absl::StrCat("user.first_event(", Event(), ")"),
                 absl::StrCat("(now + ", Length(), ")"), absl::StrCat("(now - ", Length(), ")"),
                 "timestamp('2023-11-15T13:00:00Z')", "dyn(now)"});
  }
  std::string Difference() { return absl::StrCat("(", Time(), " - ", Time(), ")"); }
  std::string Atom() {
    switch (Below(9)) {
      case 0:
        return absl::StrCat("user.event_count(", Event(), ", ", Length(), ") ", Relation(), " ", Below(4));
      case 1:
        return absl::StrCat("user.", Pick({"received", "opened", "clicked"}), "('c', ", Length(), ")");
      case 2:
        return Pick({"user.session.active", "has(user.session.id)", "user.attributes.n == 1"});
      case 3:
        return absl::StrCat(Time(), " ", Relation(), " ", Time());
      case 4:
        return absl::StrCat("(", Difference(), " + ", Difference(), ") ", Relation(), " ", Length());
      case 5:
        return absl::StrCat(
            Time(), ".", Pick({"getFullYear", "getMonth", "getDate", "getDayOfWeek", "getHours", "getMinutes"}), "(",
            Pick({"", "'Europe/Vienna'", "'America/New_York'", "'+05:45'"}), ") ", Relation(), " ", Below(20));
      case 6:
        return absl::StrCat(Difference(), ".", Pick({"getHours", "getMinutes", "getSeconds"}), "() ", Relation(), " ",
                            Below(6));
      case 7:
        return absl::StrCat(Difference(), " ", Relation(), " ", Length());
      default:
        return absl::StrCat("int(", Time(), ") % 7 == ", Below(7));
    }
  }

  std::mt19937 random_;
};

std::string OutcomeAt(const cel::Program& condition, Input input, const Profile& profile, absl::Time clock) {
  input.clock = clock;
  const Facts facts(input, profile, kGap);
  const auto value = condition.Evaluate(CelScope(facts));
  return value.ok() ? value->DebugString() : std::string(value.status().message());
}

TEST(NextChangePropertyTest, NothingChangesBefore) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  Generator generator(seed);
  int64_t changes = 0;
  int64_t answers = 0;
  for (int round = 0; round < 3000 && !::testing::Test::HasFailure(); ++round) {
    const std::string text = generator.Condition(3);
    const auto condition = Compiled(text);
    ASSERT_NE(condition, nullptr) << text;
    const Profile profile = generator.MakeProfile();
    Input input = generator.MakeInput();
    for (int step = 0; step < 12; ++step) {
      const std::string before = OutcomeAt(*condition, input, profile, input.clock);
      const std::optional<absl::Time> next = NextChange(*condition, input, profile, kGap);
      const absl::Time end = next.value_or(input.clock + absl::Hours(3000));
      ASSERT_GT(end, input.clock) << text;
      std::vector<absl::Time> grid = {end - kTick, input.clock + kTick, input.clock + absl::Seconds(1)};
      for (int i = 0; i < 12; ++i) grid.push_back(input.clock + generator.Span(end - input.clock));
      for (const absl::Duration fine : {absl::Minutes(1), absl::Hours(1), absl::Hours(24)}) {
        for (int i = 1; i < 6; ++i)
          grid.push_back(absl::FromUnixSeconds(0) + absl::Floor(input.clock - absl::UnixEpoch(), fine) + fine * i);
      }
      for (const absl::Time at : grid) {
        if (at <= input.clock || at >= end) continue;
        ASSERT_EQ(OutcomeAt(*condition, input, profile, at), before)
            << text << "\nat " << at << ", from " << input.clock << ", said to stay until " << end;
      }
      if (!next.has_value()) break;
      ++answers;
      if (OutcomeAt(*condition, input, profile, *next) != before) ++changes;
      input.clock = *next;
    }
  }
  RecordProperty("answers", static_cast<int>(answers));
  RecordProperty("changes", static_cast<int>(changes));
  EXPECT_GT(changes, answers / 50) << "the answers are far from the changes: " << changes << " of " << answers;
}

}  // namespace
}  // namespace cadenza::rules
