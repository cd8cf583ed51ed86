// One user of the pizza shop and her timers: the shell around the pure engine that a store and a lane are in the
// server, small enough for tests.
#ifndef CADENZA_TESTS_UNIT_SERVER_RULES_USER_SCENE_H_
#define CADENZA_TESTS_UNIT_SERVER_RULES_USER_SCENE_H_

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/rules/decision_text.h"
#include "server/rules/reaction.h"
#include "tests/unit/server/rules/fixtures.h"

namespace cadenza::rules {

// A campaign without conditions on the event, to all who have it.
inline Campaign PlainCampaign(std::string campaign_id, std::string event_name) {
  Campaign campaign;
  campaign.workspace = "pizza";
  campaign.campaign_id = std::move(campaign_id);
  campaign.state = Campaign::State::kActive;
  campaign.trigger = {Trigger::Kind::kEventName, std::move(event_name), ""};
  campaign.message.channel = "push";
  campaign.message.body = "Hello";
  campaign.message.time_to_live = absl::Hours(2);
  campaign.revision = 1;
  return campaign;
}

inline WorkspaceSettings PlainSettings() {
  WorkspaceSettings settings;
  settings.workspace = "pizza";
  return settings;
}

inline std::shared_ptr<const RuleSet> RulesOf(const std::vector<Campaign>& campaigns, const WorkspaceSettings& settings,
                                              const std::vector<Segment>& segments = {}) {
  std::vector<std::string> errors;
  auto rule_set = RuleSet::Build(1, campaigns, nullptr, &errors, {}, segments, {settings});
  EXPECT_TRUE(errors.empty()) << errors.front();
  return rule_set;
}

inline Segment SegmentOf(std::string segment_id, std::string condition) {
  Segment segment;
  segment.workspace = "pizza";
  segment.segment_id = std::move(segment_id);
  segment.state = Segment::State::kActive;
  segment.condition = std::move(condition);
  segment.revision = 1;
  return segment;
}

inline Input EventOf(std::string event_id, std::string name, absl::Time time) {
  Input input;
  input.event_id = std::move(event_id);
  input.user = UserKey::User("pizza", "ada");
  input.time = input.receive_time = input.clock = time;
  input.payload = CustomEvent{std::move(name), {}};
  return input;
}

// What came of one input.
struct Scene {
  std::vector<Message> messages;
  std::vector<Decision> decisions;
  std::vector<RuleError> errors;
};

class UserScene {
 public:
  explicit UserScene(std::shared_ptr<const RuleSet> rule_set, Profile profile = Ada())
      : profile_(std::move(profile)), rule_set_(std::move(rule_set)) {
    options_.session_gap = kGap;
  }

  void set_pacer(Pacer* pacer) { options_.pacer = pacer; }
  void set_rules(std::shared_ptr<const RuleSet> rule_set) { rule_set_ = std::move(rule_set); }

  Scene Submit(const Input& input) { return Step(input); }
  Scene Event(const std::string& event_id, const std::string& name, absl::Time time) {
    return Submit(EventOf(event_id, name, time));
  }
  Scene Launch(const std::string& event_id, CampaignLaunch launch, absl::Time time) {
    Input input = EventOf(event_id, "", time);
    input.payload = std::move(launch);
    return Submit(input);
  }

  // Fires what is due until `now`, included, in its order, each at its time or, if `late`, at `now`. Of one moment in
  // the order of their ranks.
  std::vector<Scene> PassTo(absl::Time now, bool late = false) {
    std::vector<Scene> all;
    while (true) {
      const auto rank = [this](const std::string& timer_id) { return TimerRank(*rule_set_, "pizza", timer_id); };
      const auto next =
          std::min_element(profile_.timers.begin(), profile_.timers.end(), [&rank](const auto& a, const auto& b) {
            if (a.second.fire_time != b.second.fire_time) return a.second.fire_time < b.second.fire_time;
            return rank(a.first) < rank(b.first);
          });
      if (next == profile_.timers.end() || next->second.fire_time > now) return all;
      const TimerChange& set = set_.at(next->first);
      EXPECT_EQ(set.timer, next->second);
      Input input = EventOf(StrCat("timer:", next->first, ":", next->second.set_seq), "", next->second.fire_time);
      input.user = profile_.key;
      input.clock = input.receive_time = late ? now : input.time;
      input.payload = TimerFired{next->first, next->second.set_seq, std::make_shared<const TimerContent>(set.content)};
      all.push_back(Step(input));
    }
  }

  Profile& profile() { return profile_; }
  const std::vector<Message>& messages() const { return messages_; }
  const std::vector<Decision>& decisions() const { return decisions_; }
  // All timers but that of the segments.
  std::vector<TimerChange> waiting() const {
    std::vector<TimerChange> waiting;
    for (const auto& [id, timer] : profile_.timers) {
      if (id != kSegmentTimerId) waiting.push_back(set_.at(id));
    }
    return waiting;
  }

 private:
  Scene Step(const Input& input) {
    apply::Applied applied;
    const absl::Status status = apply::ApplyInput(input, {kGap}, &profile_, &applied);
    EXPECT_TRUE(status.ok()) << status;
    effects_.Clear(input.clock);
    if (input.kind() == InputKind::kTimerFired) {
      const absl::Status fired = FireTimer(*rule_set_, input, options_, &profile_, &effects_);
      EXPECT_TRUE(fired.ok()) << fired;
    }
    React(*rule_set_, input, options_, &applied, &profile_, &effects_);
    for (const TimerChange& change : effects_.timers) {
      set_.erase(change.timer_id);
      if (change.set) set_[change.timer_id] = change;
    }
    Scene scene;
    scene.messages = effects_.messages;
    scene.errors = effects_.errors;
    auto decisions = ReadDecisions(effects_.decisions.written(), {profile_.key, profile_.version, input.event_id},
                                   [this](std::string_view id, int64_t) {
                                     const auto found = rule_set_->Find("pizza", id);
                                     return found == nullptr ? nullptr : &found->campaign;
                                   });
    EXPECT_TRUE(decisions.ok()) << decisions.status();
    scene.decisions = *std::move(decisions);
    messages_.insert(messages_.end(), scene.messages.begin(), scene.messages.end());
    decisions_.insert(decisions_.end(), scene.decisions.begin(), scene.decisions.end());
    return scene;
  }

  Profile profile_;
  std::shared_ptr<const RuleSet> rule_set_;
  Options options_;
  Effects effects_;
  std::map<std::string, TimerChange, std::less<>> set_;
  std::vector<Message> messages_;
  std::vector<Decision> decisions_;
};

inline std::string LastWord(const Decision& decision) {
  if (decision.gates.empty()) return "no gate spoke";
  const GateVerdict& verdict = decision.gates.back();
  return StrCat(decision.campaign_id, ": ", GateName(verdict.gate),
                verdict.passed ? " passed: " : " stopped: ", verdict.detail);
}
// "knots: re_eligibility stopped: …" of what was decided last: the last gate that spoke.
inline std::string LastWord(const Scene& scene) {
  return scene.decisions.empty() ? "nothing was decided" : LastWord(scene.decisions.back());
}

}  // namespace cadenza::rules

#endif  // CADENZA_TESTS_UNIT_SERVER_RULES_USER_SCENE_H_
