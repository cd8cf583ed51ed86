#include "server/rules/entry.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "server/rules/cel/cel.h"
#include "server/rules/cel_scope.h"
#include "server/rules/delay.h"
#include "server/rules/gates/re_eligibility.h"
#include "server/rules/schedule/civil_time.h"
#include "server/rules/schedule/local_time.h"
#include "server/rules/workspace.h"

namespace cadenza::rules {
namespace {

constexpr double kBuckets = 10'000;

const CampaignEntry* EntryOf(const Campaign& campaign, const Profile& profile) {
  if (profile.entries.empty()) return nullptr;
  const auto found = profile.entries.find(campaign.campaign_id);
  return found == profile.entries.end() ? nullptr : &found->second;
}

bool Holds(Gate gate, const cel::Program& condition, const Facts& facts, DecisionLog* log) {
  const absl::StatusOr<cel::Value> value = condition.Evaluate(CelScope(facts));
  if (!value.ok()) return log->Fail(gate, {value.status().message().data(), value.status().message().size()});
  return log->Say(gate, value->bool_value());
}

bool PassesHoldout(const CompiledWorkspace& workspace, const Profile& profile, DecisionLog* log) {
  const Holdout& holdout = workspace.settings.holdout;
  if (holdout.basis_points == 0) return true;
  const bool held = IsHeldOut(profile.key.workspace, holdout.salt, holdout.basis_points, profile.key.key);
  log->Say(Gate::kHoldout, !held);
  log->Number(holdout.basis_points);
  return !held;
}

Allocation AllocationOf(const CompiledCampaign& compiled, const Profile& profile) {
  const CampaignEntry* known = EntryOf(compiled.campaign, profile);
  return compiled.experiment->Allocate(profile.key.key,
                                       known == nullptr ? std::string_view() : std::string_view(known->variant_id));
}

bool IsControl(const CompiledCampaign& compiled, const Profile& profile) {
  return compiled.experiment.has_value() && compiled.campaign.variants[AllocationOf(compiled, profile).variant].control;
}

// Gives the user an arm of the campaign. False if that is a control.
bool PassesVariant(const CompiledCampaign& compiled, const Profile& profile, Entry* entry, DecisionLog* log) {
  if (!compiled.experiment.has_value()) return true;
  const Allocation allocation = AllocationOf(compiled, profile);
  const Variant& variant = compiled.campaign.variants[allocation.variant];
  entry->variant_id = variant.variant_id;
  log->Say(Gate::kVariant, !variant.control);
  log->Text(variant.variant_id);
  log->Number(variant.control ? 1 : 0);
  log->Number(std::lround(allocation.bucket * kBuckets));
  log->Number(allocation.stored ? 1 : 0);
  return !variant.control;
}

// When a message that is triggered now is due.
absl::Time DueAfter(const Campaign& campaign, const Profile& profile, const CompiledWorkspace& workspace,
                    absl::Time now) {
  if (!campaign.delay_until.has_value()) return now + campaign.delay;
  const DelayUntil& until = *campaign.delay_until;
  const absl::TimeZone zone = ZoneOf(profile, workspace);
  return until.weekday.has_value() ? schedule::NextWeekday(*until.weekday, until.time, zone, now)
                                   : schedule::NextTimeOfDay(until.time, zone, now);
}

bool PassesDelay(const Campaign& campaign, const Facts& facts, const CompiledWorkspace& workspace, Entry* entry,
                 DecisionLog* log) {
  if (campaign.delay == absl::ZeroDuration() && !campaign.delay_until.has_value()) return true;
  const int waiting = CountWaiting(campaign.campaign_id, *facts.profile);
  if (waiting >= kMaxWaiting) {
    log->Say(Gate::kDelay, false, forms::kTooMany);
    log->Number(waiting);
    return false;
  }
  entry->wait_until = DueAfter(campaign, *facts.profile, workspace, facts.now);
  log->Say(Gate::kDelay, true);
  log->Time(entry->wait_until);
  return true;
}

}  // namespace

const CompiledWorkspace& WorkspaceOf(const Options& options) {
  static const auto* plain = new CompiledWorkspace();
  return options.workspace == nullptr ? *plain : *options.workspace;
}

bool PassesWindow(const Campaign& campaign, absl::Time now, DecisionLog* log) {
  if (campaign.start_time == absl::InfinitePast() && campaign.end_time == absl::InfiniteFuture()) return true;
  const bool inside = campaign.start_time <= now && now < campaign.end_time;
  log->Say(Gate::kActiveWindow, inside);
  log->Time(campaign.start_time);
  log->Time(campaign.end_time);
  return inside;
}

bool PassesCondition(const CompiledCampaign& compiled, const Facts& facts, DecisionLog* log) {
  if (compiled.condition == nullptr) return log->Say(Gate::kCondition, true, forms::kNoCondition);
  return Holds(Gate::kCondition, *compiled.condition, facts, log);
}

bool PassesAudience(const CompiledCampaign& compiled, const Facts& facts, DecisionLog* log) {
  return compiled.audience == nullptr || Holds(Gate::kAudience, *compiled.audience, facts, log);
}

bool PassesSubscription(std::string_view channel, const Profile& profile, DecisionLog* log) {
  const bool subscribed = IsSubscribed(profile, channel);
  log->Say(Gate::kSubscription, subscribed);
  log->Text(channel);
  return subscribed;
}

bool PassesReEligibility(const Campaign& campaign, const Profile& profile, absl::Time now, DecisionLog* log) {
  using Kind = ReEligibility::Kind;
  const bool none = campaign.cooldown == absl::ZeroDuration();
  const ReEligibility rule{campaign.once ? Kind::kNever : none ? Kind::kAlways : Kind::kAfter, campaign.cooldown};
  std::optional<absl::Time> last;
  if (rule.kind != Kind::kAlways) {
    const CampaignEntry* entry = EntryOf(campaign, profile);
    if (entry != nullptr && entry->last_control_time != absl::InfinitePast()) last = entry->last_control_time;
    const auto history = profile.campaigns.find(campaign.campaign_id);
    if (history != profile.campaigns.end()) {
      last = last.has_value() ? std::max(*last, history->second.last_time) : history->second.last_time;
    }
  }
  const bool passed = CheckReEligibility(rule, last, now).passed;
  log->Say(Gate::kReEligibility, passed, last.has_value() ? forms::kPlain : forms::kNeverIn);
  log->Number(static_cast<int64_t>(rule.kind));
  if (!last.has_value()) return passed;
  log->Number(absl::ToInt64Microseconds(rule.after));
  log->Time(*last);
  log->Time(now);
  return passed;
}

std::optional<absl::Time> CheckClock(const std::string& local_time, const Facts& facts, const Options& options,
                                     DecisionLog* log) {
  std::optional<absl::Time> due;
  if (const auto local = schedule::ParseLocalTime(local_time); local.has_value()) {
    due = schedule::DueAt(*local, ZoneOf(*facts.profile, WorkspaceOf(options)));
  }
  if (!due.has_value()) {
    log->Say(Gate::kTrigger, false, forms::kNeverShown);
    log->Text(local_time);
  } else if (*due > facts.now) {
    log->Say(Gate::kTrigger, true);
    log->Say(Gate::kDelay, true, forms::kLocalTime);
    log->Time(*due);
    log->Text(local_time);
  }
  return due;
}

Entry CheckEntry(const CompiledCampaign& compiled, const Occurrence& occurrence, const Facts& facts,
                 const Options& options, DecisionLog* log) {
  const Campaign& campaign = compiled.campaign;
  const Profile& profile = *occurrence.profile;
  const CompiledWorkspace& workspace = WorkspaceOf(options);
  Entry entry;
  const bool waits = campaign.delay > absl::ZeroDuration() || campaign.delay_until.has_value();
  // What waits is asked when it is sent, and the channel of a variant once there is one.
  const bool asks_channel = !waits && campaign.variants.empty();
  const bool asks_re_eligibility = !waits || campaign.once || IsControl(compiled, profile);
  entry.triggered = PassesTrigger(campaign, occurrence, log);
  if (!entry.triggered || !PassesWindow(campaign, facts.now, log) || !PassesCondition(compiled, facts, log) ||
      !PassesAudience(compiled, facts, log) ||
      (asks_channel && !PassesSubscription(campaign.message.channel, profile, log)) ||
      (asks_re_eligibility && !PassesReEligibility(campaign, profile, facts.now, log)) ||
      !PassesHoldout(workspace, profile, log)) {
    return entry;
  }
  entry.allocated = true;
  if (!PassesVariant(compiled, profile, &entry, log)) {
    entry.kind = Entry::Kind::kControl;
  } else if (PassesDelay(campaign, facts, workspace, &entry, log)) {
    entry.kind = entry.wait_until > facts.now ? Entry::Kind::kWait : Entry::Kind::kSend;
  }
  return entry;
}

}  // namespace cadenza::rules
