// Random users, campaigns, inputs and clocks through the pure engine, and what must hold whatever they are. The seeds
// are counted from one; a failure prints its own, and CADENZA_TEST_SEED runs from there.
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/rules/gates/delivery_rate.h"
#include "server/rules/gates/experiment.h"
#include "server/rules/gates/frequency_cap.h"
#include "storage/codec/profile_codec.h"
#include "storage/model/limits.h"
#include "tests/unit/server/rules/user_scene.h"

namespace cadenza::rules {
namespace {

constexpr int kSeeds = 10'000;
constexpr int kSteps = 24;

class World {
 public:
  explicit World(uint64_t seed) : random_(seed) {
    settings_ = RandomSettings();
    for (int64_t i = Between(2, 5); i > 0; --i) campaigns_.push_back(RandomCampaign(StrCat("c", i)));
    const char* const zones[] = {"UTC", "America/New_York", "Asia/Gaza", "Antarctica/Troll", "Pacific/Auckland"};
    zone_ = zones[Between(0, 4)];
  }

  int64_t Between(int64_t low, int64_t high) { return std::uniform_int_distribution<int64_t>(low, high)(random_); }
  bool OneIn(int64_t n) { return Between(1, n) == 1; }

  const WorkspaceSettings& settings() const { return settings_; }
  const std::vector<Campaign>& campaigns() const { return campaigns_; }
  const std::string& zone() const { return zone_; }
  const Campaign& Find(const std::string& id) const {
    return *std::find_if(campaigns_.begin(), campaigns_.end(), [&](const Campaign& c) { return c.campaign_id == id; });
  }
  std::shared_ptr<const RuleSet> Rules() const {
    return RulesOf(campaigns_, settings_,
                   {SegmentOf("busy", "user.event_count(\"a\", duration(\"3h\")) >= 2"),
                    SegmentOf("heard", "user.received(\"c1\", duration(\"5h\"))")});
  }
  void ChangeWeights() {
    for (Campaign& campaign : campaigns_) {
      for (Variant& variant : campaign.variants) variant.weight = static_cast<int32_t>(Between(1, 9));
      ++campaign.revision;
    }
  }

  // Around a weekend on which the clocks of the zones are moved.
  absl::Time Start() {
    const absl::Time starts[] = {absl::FromUnixSeconds(1'710'028'800),   // 2024-03-10, New York
                                 absl::FromUnixSeconds(1'711'843'200),   // 2024-03-31, Troll
                                 absl::FromUnixSeconds(1'730'592'000)};  // 2024-11-03, New York
    return starts[Between(0, 2)] + absl::Minutes(Between(-2000, 2000));
  }
  absl::Time NextClock(absl::Time now) {
    if (OneIn(12)) return now - absl::Minutes(Between(0, 120));
    if (OneIn(8)) return now + absl::Hours(Between(1, 60));
    return now + absl::Seconds(Between(0, 5400));
  }
  Input RandomInput(int step, absl::Time clock) {
    Input input = EventOf(StrCat("e", step), OneOf({"a", "b", "c"}), clock);
    if (OneIn(6)) {
      input.payload = AttributeChange{{{{"x"}, AttributeOperation::Op::kSet, Value::Int(Between(0, 2))}}};
    } else if (OneIn(8)) {
      input.payload = SessionStart{};
    } else if (OneIn(16)) {
      input.payload = SubscriptionChange{OneOf({"push", "email"}),
                                         OneIn(2) ? SubscriptionState::kUnsubscribed : SubscriptionState::kSubscribed};
    }
    return input;
  }
  // "" most of the time: at once.
  std::string LocalTime(absl::Time now) {
    if (!OneIn(2)) return "";
    return absl::FormatTime("%E4Y-%m-%dT%H:%M", now + absl::Minutes(Between(-600, 1500)), absl::UTCTimeZone());
  }
  std::string OneOf(const std::vector<std::string>& names) { return names[Between(0, names.size() - 1)]; }

 private:
  QuietRule RandomQuiet() {
    QuietRule rule;
    rule.hold = OneIn(2);
    for (int64_t i = Between(1, 2); i > 0; --i) {
      QuietWindow window;
      window.start.minutes = static_cast<int>(Between(0, 1439));
      window.end.minutes = static_cast<int>((window.start.minutes + Between(1, 600)) % 1440);
      window.weekdays = std::bitset<7>(OneIn(2) ? 127 : Between(1, 127));
      rule.windows.push_back(window);
    }
    return rule;
  }

  WorkspaceSettings RandomSettings() {
    WorkspaceSettings rules = PlainSettings();
    for (int64_t i = Between(0, 3); i > 0; --i) {
      rules.frequency_caps.push_back({static_cast<int32_t>(Between(1, 3)), absl::Minutes(Between(1, 3000)),
                                      OneOf({"", "push", "email"}), OneOf({"", "", "promo"}),
                                      OneOf({"", "", "", "c1"})});
    }
    if (OneIn(3)) rules.quiet_hours = RandomQuiet();
    if (OneIn(8)) rules.delivery_rate = RandomRate();
    if (OneIn(10)) rules.holdout.basis_points = static_cast<int32_t>(Between(1, 5000));
    return rules;
  }
  DeliveryRate RandomRate() { return {Between(1, 3), absl::Minutes(Between(1, 240)), OneIn(2)}; }

  Trigger RandomTrigger() {
    Trigger trigger{Trigger::Kind::kEventName, OneOf({"a", "b", "c"}), ""};
    if (!OneIn(3)) return trigger;
    const Trigger::Kind kinds[] = {Trigger::Kind::kSessionStarted,
                                   Trigger::Kind::kAttributeChanged,
                                   Trigger::Kind::kSegmentEntered,
                                   Trigger::Kind::kSegmentLeft,
                                   Trigger::Kind::kApi,
                                   Trigger::Kind::kSchedule,
                                   Trigger::Kind::kSubscriptionChanged};
    trigger = {};
    trigger.kind = kinds[Between(0, 6)];
    trigger.schedule = {Schedule::Kind::kCron, {}, "0 12 * * *", "", ""};
    trigger.attribute = "x";
    trigger.segment_id = OneOf({"busy", "heard"});
    return trigger;
  }

  void AddDelay(Campaign* campaign) {
    if (!OneIn(2)) return;
    if (OneIn(2)) {
      campaign->delay = absl::Minutes(Between(1, 3000));
      return;
    }
    campaign->delay_until = DelayUntil{{static_cast<int>(Between(0, 1439))}, {}};
    if (OneIn(2)) campaign->delay_until->weekday = static_cast<absl::Weekday>(Between(0, 6));
  }

  Campaign RandomCampaign(std::string campaign_id) {
    Campaign campaign = PlainCampaign(std::move(campaign_id), "");
    campaign.trigger = RandomTrigger();
    campaign.message.channel = OneOf({"push", "email"});
    if (OneIn(3)) campaign.cooldown = absl::Minutes(Between(1, 3000));
    campaign.once = OneIn(10);
    if (OneIn(3)) {
      const int64_t control = Between(1, 6);
      for (int64_t i = Between(1, 3); i > 0; --i) {
        Variant variant{StrCat("v", i), static_cast<int32_t>(Between(1, 9)), i == control, {}};
        if (!variant.control) variant.message = campaign.message;
        campaign.variants.push_back(std::move(variant));
      }
      campaign.message = {};
    }
    AddDelay(&campaign);
    if (OneIn(3)) campaign.exception_event_names = {OneOf({"a", "b", "c"})};
    if (OneIn(4)) {
      campaign.quiet_hours = RandomQuiet();
    } else {
      campaign.ignore_quiet_hours = OneIn(8);
    }
    if (OneIn(6)) campaign.delivery_rate = RandomRate();
    if (OneIn(2)) campaign.tags = {"promo"};
    campaign.priority = static_cast<int32_t>(Between(-1, 1));
    if (OneIn(6)) campaign.end_time = absl::FromUnixSeconds(1'710'028'800 + Between(0, 2'000'000));
    if (OneIn(4)) {
      campaign.audience = "user.event_count(\"b\", duration(\"12h\")) < 3";
      campaign.recheck_condition = OneIn(2);
    }
    return campaign;
  }

  std::mt19937_64 random_;
  WorkspaceSettings settings_;
  std::vector<Campaign> campaigns_;
  std::string zone_;
};

void CheckStoredForm(const Profile& profile) {
  const auto stored = DecodeProfile(profile.key, profile.version, EncodeProfile(profile));
  ASSERT_TRUE(stored.ok()) << stored.status();
  EXPECT_EQ(*stored, profile);
}

struct Story {
  std::vector<Message> messages;
  std::vector<Decision> decisions;
  std::map<std::string, int> stops;  // by gate
  Profile profile;
  std::map<std::string, Input> inputs;  // by event id
  // Of campaigns whose waiting messages an input dropped: the event ids before it.
  std::vector<std::pair<std::string, std::set<std::string>>> cancelled;
  std::vector<size_t> messages_before_cancel;
};

// Keeps the rates as one process would, with some of its answers a failure.
class SimulatedPacer : public Pacer {
 public:
  Place Reserve(std::string_view, std::string_view campaign_id, const DeliveryRate* of_workspace,
                const DeliveryRate* of_campaign, bool, absl::Time now) override {
    if (++calls_ % 7 == 0) return {now + absl::Seconds(1), false};
    RateState& campaign = states_[std::string(campaign_id)];
    RateState& all = states_[""];
    if (of_campaign == nullptr) return {rules::Reserve(*of_workspace, 1, now, &all)};
    if (of_workspace == nullptr) return {rules::Reserve(*of_campaign, 1, now, &campaign)};
    return {ReserveBoth(*of_workspace, *of_campaign, now, &all, &campaign)};
  }

 private:
  int calls_ = 0;
  std::map<std::string, RateState> states_;
};

// A launch of the first campaign: by a call, or by its schedule, then maybe again of the same person by another name.
Input LaunchOf(const Input& input, World* world, std::vector<Input>* launches) {
  const Campaign& campaign = world->campaigns()[0];
  Input launch = input;
  const bool scheduled = campaign.trigger.kind == Trigger::Kind::kSchedule;
  if (scheduled && (launches->size() == limits::kLaunchMarks || (!launches->empty() && world->OneIn(2)))) {
    launch = (*launches)[world->Between(0, static_cast<int64_t>(launches->size()) - 1)];
    launch.user = UserKey::Anonymous("pizza", "phone");
    launch.clock = launch.receive_time = input.clock;
    return launch;
  }
  launch.payload = CampaignLaunch{campaign.campaign_id, {}, world->LocalTime(input.clock), scheduled};
  if (scheduled) launches->push_back(launch);
  return launch;
}

Story Play(uint64_t seed) {
  World world(seed);
  SimulatedPacer pacer;
  Profile user;
  user.key = UserKey::User("pizza", StrCat("user-", seed));
  user.attributes.Set("time_zone", Value::String(world.zone()));
  UserScene scene(world.Rules(), std::move(user));
  scene.set_pacer(&pacer);
  Story story;
  absl::Time now = world.Start();
  absl::Time latest = now;
  std::set<std::string> seen;
  std::vector<Input> launches;
  for (int step = 0; step < kSteps; ++step) {
    now = world.NextClock(now);
    latest = std::max(latest, now);
    if (now == latest) scene.PassTo(now, /*late=*/world.OneIn(5));
    if (world.OneIn(30)) {
      world.ChangeWeights();
      scene.set_rules(world.Rules());
    }
    Input input = world.RandomInput(step, now);
    if (world.OneIn(8)) input = LaunchOf(input, &world, &launches);
    Input& first = story.inputs.try_emplace(input.event_id, input).first->second;
    first.clock = std::min(first.clock, input.clock);
    for (const Decision& decision : scene.Submit(input).decisions) {
      if (decision.outcome != DecisionOutcome::kCancelled) continue;
      story.cancelled.emplace_back(decision.campaign_id, seen);
      // What this very input has sent stands.
      story.messages_before_cancel.push_back(scene.messages().size());
    }
    seen.insert(input.event_id);
    if (step % 8 == 0) CheckStoredForm(scene.profile());
  }
  scene.PassTo(latest + absl::Hours(24 * 30));
  EXPECT_TRUE(scene.waiting().empty());
  story.messages = scene.messages();
  story.decisions = scene.decisions();
  for (const Decision& decision : story.decisions) {
    for (const GateVerdict& verdict : decision.gates) {
      if (!verdict.passed) ++story.stops[std::string(GateName(verdict.gate))];
    }
  }
  story.profile = scene.profile();
  return story;
}

void CheckCapsAndOrder(const World& world, const Story& story) {
  MessageHistory all;
  for (const Message& message : story.messages) {
    all.push_back({message.create_time, message.campaign_id, message.channel, world.Find(message.campaign_id).tags});
  }
  for (const FrequencyCap& cap : world.settings().frequency_caps) {
    for (const SentMessage& last : all) {
      const int64_t count = std::count_if(all.begin(), all.end(), [&](const SentMessage& sent) {
        return Counts(cap, sent) && sent.time > last.time - cap.window && sent.time <= last.time;
      });
      EXPECT_LE(count, cap.most) << CapLabel(cap);
    }
  }
  std::set<std::pair<std::string, std::string>> seen;
  for (size_t i = 0; i < story.messages.size(); ++i) {
    EXPECT_EQ(story.messages[i].message_seq, static_cast<int64_t>(i) + 1);
    EXPECT_TRUE(seen.emplace(story.messages[i].campaign_id, story.messages[i].event_id).second)
        << "two messages of " << story.messages[i].campaign_id << " for " << story.messages[i].event_id;
  }
}

bool IsQuietOnTheWall(const QuietRule& rule, absl::CivilSecond wall) {
  const int weekday = static_cast<int>(absl::GetWeekday(wall));
  const int minutes = wall.hour() * 60 + wall.minute();
  return std::any_of(rule.windows.begin(), rule.windows.end(), [&](const QuietWindow& w) {
    const bool crosses = w.end < w.start;
    return (w.weekdays[weekday] && minutes >= w.start.minutes && (crosses || minutes < w.end.minutes)) ||
           (crosses && w.weekdays[(weekday + 6) % 7] && minutes < w.end.minutes);
  });
}

void CheckEachMessage(const World& world, const Story& story) {
  absl::TimeZone zone;
  ASSERT_TRUE(absl::LoadTimeZone(world.zone(), &zone));
  std::map<std::string, absl::Time> last;
  for (const Message& message : story.messages) {
    const Campaign& campaign = world.Find(message.campaign_id);
    SCOPED_TRACE(StrCat(message.campaign_id, " ", message.event_id, " at ", absl::FormatTime(message.create_time)));
    const QuietRule& quiet = campaign.quiet_hours.windows.empty() ? world.settings().quiet_hours : campaign.quiet_hours;
    EXPECT_FALSE(!campaign.ignore_quiet_hours && IsQuietOnTheWall(quiet, zone.At(message.create_time).cs));
    EXPECT_LT(message.create_time, campaign.end_time);
    EXPECT_FALSE(IsHeldOut("pizza", "", world.settings().holdout.basis_points, story.profile.key.key));
    if (!campaign.variants.empty()) {
      const std::string& given = story.profile.entries.at(message.campaign_id).variant_id;
      EXPECT_TRUE(std::any_of(campaign.variants.begin(), campaign.variants.end(),
                              [&](const Variant& v) { return v.variant_id == given && !v.control; }));
      EXPECT_EQ(message.variant_id, given);
    }
    const auto before = last.find(message.campaign_id);
    if (before != last.end()) {
      EXPECT_FALSE(campaign.once);
      EXPECT_TRUE(campaign.cooldown == absl::ZeroDuration() ||
                  message.create_time - before->second >= campaign.cooldown);
    }
    last[message.campaign_id] = message.create_time;
    const auto input = story.inputs.find(message.event_id);
    if (input != story.inputs.end()) {
      EXPECT_GE(message.create_time, input->second.clock + campaign.delay);
    }
  }
  for (size_t i = 0; i < story.cancelled.size(); ++i) {
    const auto& [campaign_id, events] = story.cancelled[i];
    for (size_t m = story.messages_before_cancel[i]; m < story.messages.size(); ++m) {
      EXPECT_FALSE(story.messages[m].campaign_id == campaign_id && events.contains(story.messages[m].event_id))
          << campaign_id << " sent for " << story.messages[m].event_id << ", which was cancelled";
    }
  }
}

// Every message has the one decision that sent it, and what stops is the last gate that spoke.
void CheckDecisions(const Story& story) {
  size_t sent = 0;
  for (const Decision& decision : story.decisions) {
    SCOPED_TRACE(StrCat(decision.campaign_id, " ", decision.event_id, " at ", absl::FormatTime(decision.time)));
    ASSERT_FALSE(decision.gates.empty());
    for (size_t i = 0; i + 1 < decision.gates.size(); ++i) EXPECT_TRUE(decision.gates[i].passed);
    const bool passed = decision.gates.back().passed;
    switch (decision.outcome) {
      case DecisionOutcome::kSent:
        EXPECT_TRUE(passed);
        ASSERT_LT(sent, story.messages.size());
        EXPECT_EQ(decision.message_id, story.messages[sent].message_id);
        EXPECT_EQ(decision.variant_id, story.messages[sent].variant_id);
        ++sent;
        break;
      case DecisionOutcome::kWaits:
        EXPECT_GT(decision.wait_time, decision.time);
        break;
      default:
        EXPECT_FALSE(passed);
    }
  }
  EXPECT_EQ(sent, story.messages.size());
}

// For whoever looks at a seed that failed.
void Tell(const Story& story) {
  for (const Decision& decision : story.decisions) {
    std::cout << absl::FormatTime(decision.time, absl::UTCTimeZone()) << " " << decision.user_seq << " "
              << decision.campaign_id << " for " << decision.event_id << ", outcome "
              << static_cast<int>(decision.outcome);
    for (const GateVerdict& verdict : decision.gates) {
      std::cout << "; " << GateName(verdict.gate) << (verdict.passed ? "+ " : "- ") << verdict.detail;
    }
    std::cout << "\n";
  }
}

TEST(SimulationTest, WhatMustHoldHolds) {
  const char* given = std::getenv("CADENZA_TEST_SEED");
  const uint64_t first = given == nullptr ? 1 : std::strtoull(given, nullptr, 10);
  const int seeds = given == nullptr ? kSeeds : 1;
  std::map<std::string, int> stops;
  size_t messages = 0;
  size_t cancelled = 0;
  for (uint64_t seed = first; seed < first + seeds; ++seed) {
    SCOPED_TRACE(StrCat("run again with CADENZA_TEST_SEED=", seed));
    const Story story = Play(seed);
    const World world(seed);
    CheckCapsAndOrder(world, story);
    CheckEachMessage(world, story);
    CheckDecisions(story);
    if (seed % 10 == 0) {
      const Story again = Play(seed);
      EXPECT_EQ(again.messages, story.messages);
      EXPECT_EQ(again.decisions, story.decisions);
      EXPECT_EQ(again.profile, story.profile);
    }
    if (HasFailure()) return Tell(story);
    messages += story.messages.size();
    cancelled += story.cancelled.size();
    for (const auto& [gate, count] : story.stops) stops[gate] += count;
  }
  if (given != nullptr) return;
  std::cout << seeds << " seeds: " << messages << " messages, " << cancelled << " cancellations";
  for (const auto& [gate, count] : stops) std::cout << ", " << count << " stopped by " << gate;
  std::cout << "\n";
  // What never happens is not tested.
  EXPECT_GT(messages, 10'000u);
  EXPECT_GT(cancelled, 1'000u);
  for (const char* gate : {"trigger", "active_window", "audience", "subscription", "re_eligibility", "holdout",
                           "variant", "quiet_hours", "frequency_cap", "delivery_rate"}) {
    EXPECT_GT(stops[gate], 500) << gate;
  }
}

}  // namespace
}  // namespace cadenza::rules
