#include "server/rules/gates/frequency_cap.h"

#include <algorithm>
#include <functional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/seed.h"

namespace cadenza::rules {
namespace {

using ::testing::HasSubstr;

absl::Time Clock(int hour, int minute = 0, int second = 0) {
  return absl::FromCivil(absl::CivilSecond(2026, 11, 26, hour, minute, second), absl::UTCTimeZone());
}

SentMessage Push(absl::Time time, std::string campaign_id = "knots", std::vector<std::string> tags = {}) {
  return {time, std::move(campaign_id), "push", std::move(tags)};
}

FrequencyCap Cap(int32_t most, absl::Duration window, std::string channel = "", std::string tag = "",
                 std::string campaign_id = "") {
  return {most, window, std::move(channel), std::move(tag), std::move(campaign_id)};
}

TEST(FrequencyCapTest, ASlidingWindowHasNoMidnight) {
  const std::vector<FrequencyCap> caps = {Cap(1, absl::Hours(24), "push")};
  MessageHistory history;
  Record(caps, Push(Clock(23)), &history);
  const CapVerdict verdict = CheckCaps(caps, history, Push(Clock(24)));
  EXPECT_FALSE(verdict.passed);
  EXPECT_EQ(verdict.frees_at, Clock(47));
  EXPECT_FALSE(CheckCaps(caps, history, Push(Clock(46, 59, 59))).passed);
  EXPECT_TRUE(CheckCaps(caps, history, Push(Clock(47))).passed);
}

TEST(FrequencyCapTest, SaysWhatItSaw) {
  const std::vector<FrequencyCap> caps = {Cap(3, absl::Hours(24), "push")};
  MessageHistory history;
  for (int hour : {0, 2, 5}) Record(caps, Push(Clock(hour, 5) - absl::Hours(10)), &history);
  EXPECT_EQ(CheckCaps(caps, history, Push(Clock(12))).ToString(), "push/24h: 3 of 3, frees at 2026-11-26T14:05:00Z");
  EXPECT_EQ(CheckCaps(caps, history, Push(Clock(14, 5))).ToString(), "push/24h: 2 of 3");
  SentMessage email = Push(Clock(12));
  email.channel = "email";
  EXPECT_EQ(CheckCaps(caps, history, email).ToString(), "no cap counts this message");
}

TEST(FrequencyCapTest, CountsByChannelTagAndCampaign) {
  struct Case {
    FrequencyCap cap;
    const char* label;
    bool counts;
  };
  const SentMessage message = Push(Clock(0), "knots", {"promo", "food"});
  const Case cases[] = {
      {Cap(1, absl::Hours(1)), "all/1h", true},
      {Cap(1, absl::Minutes(90), "push"), "push/1h30m", true},
      {Cap(1, absl::Hours(1), "email"), "email/1h", false},
      {Cap(1, absl::Hours(1), "", "food"), "#food/1h", true},
      {Cap(1, absl::Hours(1), "", "news"), "#news/1h", false},
      {Cap(1, absl::Hours(1), "", "", "knots"), "all of knots/1h", true},
      {Cap(1, absl::Hours(1), "", "", "welcome"), "all of welcome/1h", false},
      {Cap(1, absl::Hours(1), "push", "promo", "knots"), "push #promo of knots/1h", true},
      {Cap(1, absl::Hours(1), "push", "promo", "welcome"), "push #promo of welcome/1h", false},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(CapLabel(c.cap), c.label);
    EXPECT_EQ(Counts(c.cap, message), c.counts) << c.label;
    MessageHistory history;
    Record({c.cap}, message, &history);
    EXPECT_EQ(history.size(), c.counts ? 1u : 0u) << c.label;
    EXPECT_EQ(CheckCaps({c.cap}, history, message).passed, !c.counts) << c.label;
  }
}

TEST(FrequencyCapTest, OfSeveralThatBlockTheLastToFreeIsNamed) {
  const std::vector<FrequencyCap> caps = {Cap(1, absl::Hours(1)), Cap(2, absl::Hours(24), "push"),
                                          Cap(9, absl::Hours(2), "push")};
  MessageHistory history;
  Record(caps, Push(Clock(9)), &history);
  Record(caps, Push(Clock(12)), &history);
  const CapVerdict both = CheckCaps(caps, history, Push(Clock(12, 30)));
  EXPECT_EQ(both.ToString(), "push/24h: 2 of 2, frees at 2026-11-27T09:00:00Z");
  // Of those that pass, the fullest.
  EXPECT_EQ(CheckCaps(caps, history, Push(Clock(33, 1))).ToString(), "push/24h: 1 of 2");
}

TEST(FrequencyCapTest, TimeDoesNotGoBack) {
  MessageHistory history;
  EXPECT_EQ(SendTime(history, Clock(10)), Clock(10));
  Record({Cap(1, absl::Hours(1))}, Push(Clock(12)), &history);
  EXPECT_EQ(SendTime(history, Clock(10)), Clock(12));
  EXPECT_EQ(SendTime(history, Clock(13)), Clock(13));
}

TEST(FrequencyCapTest, ALowerCapCountsWhatIsThere) {
  MessageHistory history;
  for (int minute = 0; minute < 5; ++minute) Record({Cap(9, absl::Hours(1))}, Push(Clock(12, minute)), &history);
  const std::vector<FrequencyCap> lower = {Cap(2, absl::Hours(1))};
  // Two of the five must still be inside when the last but one is not.
  EXPECT_EQ(CheckCaps(lower, history, Push(Clock(12, 10))).ToString(), "all/1h: 5 of 2, frees at 2026-11-26T13:03:00Z");
}

TEST(FrequencyCapTest, RefusesWhatMakesNoSense) {
  const std::pair<FrequencyCap, const char*> cases[] = {
      {Cap(0, absl::Hours(1)), "frequency_caps[1].most: is 0; it must be from 1 to 100"},
      {Cap(101, absl::Hours(1)), "frequency_caps[1].most: is 101"},
      {Cap(1, absl::Milliseconds(999)), "frequency_caps[1].window: is 999ms; it must be from 1s to 2160h"},
      {Cap(1, absl::Hours(24 * 91)), "frequency_caps[1].window: is 2184h"},
      {Cap(1, absl::InfiniteDuration()), "frequency_caps[1].window: is inf"},
  };
  for (const auto& [cap, message] : cases) {
    const absl::Status status = CheckFrequencyCaps({Cap(1, absl::Hours(1)), cap});
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr(message));
  }
  EXPECT_FALSE(CheckFrequencyCaps(std::vector<FrequencyCap>(33, Cap(1, absl::Hours(1)))).ok());
  EXPECT_TRUE(CheckFrequencyCaps(std::vector<FrequencyCap>(32, Cap(1, absl::Hours(1)))).ok());
}

// Random caps and messages at random times, the clock jumping both ways; the history is pruned, the proof is by all.
class FrequencyCapPropertyTest : public ::testing::TestWithParam<int> {
 protected:
  int64_t Between(int64_t low, int64_t high) { return std::uniform_int_distribution<int64_t>(low, high)(random_); }
  std::string OneOf(std::vector<std::string> names) { return names[Between(0, names.size() - 1)]; }

  FrequencyCap RandomCap() {
    return Cap(static_cast<int32_t>(Between(1, 4)), absl::Seconds(Between(1, 60)), OneOf({"", "push", "email"}),
               OneOf({"", "", "promo"}), OneOf({"", "", "a"}));
  }
  SentMessage RandomMessage(absl::Time time) {
    SentMessage message{time, OneOf({"a", "b"}), OneOf({"push", "email", "sms"}), {}};
    if (Between(0, 1) == 0) message.tags.push_back("promo");
    return message;
  }

  const uint64_t seed_ = testing::TestSeed();
  std::mt19937_64 random_{seed_};
};

// How many of `all` the cap counts in (end - window, end].
int64_t Holds(const FrequencyCap& cap, const MessageHistory& all, absl::Time end) {
  return std::count_if(all.begin(), all.end(), [&](const SentMessage& sent) {
    return Counts(cap, sent) && sent.time > end - cap.window && sent.time <= end;
  });
}

TEST_F(FrequencyCapPropertyTest, NoWindowEverHoldsMoreAndNothingIsHeldBackForNothing) {
  SCOPED_TRACE(testing::SeedLine(seed_));
  for (int round = 0; round < 300; ++round) {
    std::vector<FrequencyCap> caps;
    for (int64_t i = Between(1, 5); i > 0; --i) caps.push_back(RandomCap());
    MessageHistory all;
    MessageHistory kept;
    absl::Time now = Clock(12);
    int64_t most_kept = 0;
    for (const FrequencyCap& cap : caps) most_kept += cap.most;
    for (int i = 0; i < 100; ++i) {
      now += absl::Seconds(Between(0, 20) == 0 ? Between(-120, 120) : Between(0, 8));
      const SentMessage next = RandomMessage(SendTime(kept, now));
      const CapVerdict verdict = CheckCaps(caps, kept, next);
      const bool room = std::all_of(caps.begin(), caps.end(), [&](const FrequencyCap& cap) {
        return !Counts(cap, next) || Holds(cap, all, next.time) < cap.most;
      });
      ASSERT_EQ(verdict.passed, room) << verdict.ToString();
      if (!verdict.passed) {
        // It frees when it says, and not before.
        SentMessage later = next;
        later.time = verdict.frees_at;
        ASSERT_TRUE(CheckCaps(caps, kept, later).passed);
        later.time -= absl::Nanoseconds(1);
        ASSERT_FALSE(CheckCaps(caps, kept, later).passed);
        continue;
      }
      all.push_back(next);
      Record(caps, next, &kept);
      ASSERT_LE(static_cast<int64_t>(kept.size()), most_kept);
    }
    for (const FrequencyCap& cap : caps) {
      for (const SentMessage& sent : all) {
        ASSERT_LE(Holds(cap, all, sent.time), cap.most) << CapLabel(cap);
        ASSERT_LE(Holds(cap, all, sent.time + cap.window - absl::Nanoseconds(1)), cap.most) << CapLabel(cap);
      }
    }
  }
}

TEST(FrequencyCapTest, ItIsSaidWhichCapsDoNotKnowEnoughOfThePast) {
  const absl::Time now = absl::FromUnixSeconds(1'700'049'600);
  FrequencyCap day;
  day.most = 3;
  day.window = absl::Hours(24);
  day.channel = "push";
  const std::vector<FrequencyCap> before = {day};
  struct {
    const char* name;
    std::function<void(FrequencyCap*)> change;
    bool known;
  } const cases[] = {
      {"the same", [](FrequencyCap*) {}, true},
      {"shorter", [](FrequencyCap* cap) { cap->window = absl::Hours(1); }, true},
      {"stricter", [](FrequencyCap* cap) { cap->most = 2; }, true},
      {"longer", [](FrequencyCap* cap) { cap->window = absl::Hours(25); }, false},
      {"looser", [](FrequencyCap* cap) { cap->most = 4; }, false},
      {"another channel", [](FrequencyCap* cap) { cap->channel = "email"; }, false},
      {"all channels", [](FrequencyCap* cap) { cap->channel = ""; }, false},
      {"a tag of it", [](FrequencyCap* cap) { cap->tag = "promotion"; }, false},
      {"a campaign of it", [](FrequencyCap* cap) { cap->campaign_id = "knots"; }, false},
  };
  for (const auto& each : cases) {
    FrequencyCap cap = day;
    each.change(&cap);
    EXPECT_EQ(ForgottenBefore(before, {cap}, now).empty(), each.known) << each.name;
  }
  FrequencyCap week = day;
  week.window = absl::Hours(7 * 24);
  EXPECT_EQ(
      ForgottenBefore(before, {day, week}, now),
      std::vector<std::string>{"frequency_caps[1] (push/168h) knows of messages before now only what the caps until "
                               "now needed: it may let more pass until 2023-11-22T12:00:00Z"});
  EXPECT_TRUE(ForgottenBefore(before, {}, now).empty());
}

}  // namespace
}  // namespace cadenza::rules
