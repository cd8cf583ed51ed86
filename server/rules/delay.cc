#include "server/rules/delay.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "server/rules/engine.h"
#include "server/rules/trigger.h"
#include "storage/base/text.h"

namespace cadenza::rules {
namespace {

constexpr std::string_view kPrefix = "delay/";
constexpr char kPaced = 'p';  // and the letters after it: as many places have lapsed
constexpr char kNotPaced = '-';
constexpr char kEntered = 'e';

// Of all that waits of a campaign. No campaign_id holds a slash.
std::string PrefixOf(std::string_view campaign_id) { return StrCat(kPrefix, campaign_id, "/"); }

}  // namespace

std::string_view WaitingCampaign(std::string_view timer_id) {
  if (!timer_id.starts_with(kPrefix)) return {};
  timer_id.remove_prefix(kPrefix.size());
  return timer_id.substr(0, timer_id.find('/'));
}

// An event is named by its user, as the producer named him, and its id.
std::string WaitTimerId(std::string_view campaign_id, const Input& trigger) {
  constexpr size_t kHexDigits = 16;
  const std::string_view user = IsScheduledLaunch(campaign_id, trigger) ? std::string_view() : trigger.user.key;
  const Digest digest = DigestOf(StrCat(user, std::string_view("\0", 1), trigger.event_id));
  return StrCat(PrefixOf(campaign_id), ToHex(digest).substr(0, kHexDigits));
}

int CountWaiting(std::string_view campaign_id, const Profile& profile) {
  return static_cast<int>(std::count_if(profile.timers.begin(), profile.timers.end(), [campaign_id](const auto& timer) {
    return WaitingCampaign(timer.first) == campaign_id;
  }));
}

std::string WaitNote::ToString() const {
  if (variant_id.empty() && !paced && !entered) return "";
  const char not_paced = entered ? kEntered : kNotPaced;
  return StrCat(std::string(1, paced ? static_cast<char>(kPaced + lapsed) : not_paced), variant_id);
}

WaitNote WaitNote::Parse(std::string_view note) {
  if (note.empty()) return {};
  const char state = note.front();
  const bool paced = state >= kPaced;
  return {std::string(note.substr(1)), paced, paced ? std::min(state - kPaced, kMaxLapsed) : 0, state == kEntered};
}

absl::Status StartWait(const RuleSet& rule_set, std::string_view campaign_id, std::shared_ptr<const Input> trigger,
                       const Wait& wait, Profile* profile, TimerChanges* changes) {
  const std::string timer_id = WaitTimerId(campaign_id, *trigger);
  TimerContent content;
  content.purpose = wait.purpose;
  content.subject = std::string(campaign_id);
  content.note = wait.note.ToString();
  content.rule_set_revision = rule_set.revision();
  content.trigger = std::move(trigger);
  return SetTimer(timer_id, wait.until, std::move(content), profile, changes);
}

void CancelWaiting(const RuleSet& rule_set, const Input& input, Profile* profile, Effects* effects) {
  const std::string_view name = input.event_name();
  if (name.empty()) return;
  std::vector<std::shared_ptr<const CompiledCampaign>> cancelled;
  for (const auto& [timer_id, timer] : profile->timers) {
    const std::string_view campaign_id = WaitingCampaign(timer_id);
    if (campaign_id.empty() || (!cancelled.empty() && cancelled.back()->campaign.campaign_id == campaign_id)) continue;
    auto campaign = rule_set.Find(profile->key.workspace, campaign_id);
    if (campaign == nullptr) continue;
    const auto& names = campaign->campaign.exception_event_names;
    if (std::find(names.begin(), names.end(), name) != names.end()) cancelled.push_back(std::move(campaign));
  }
  for (const auto& campaign : cancelled) {
    const std::string& campaign_id = campaign->campaign.campaign_id;
    CancelTimers(PrefixOf(campaign_id), profile, &effects->timers);
    const auto entry = profile->entries.find(campaign_id);
    const std::string variant_id = entry == profile->entries.end() ? "" : entry->second.variant_id;
    DecisionLog* const log = &effects->decisions;
    log->Begin(campaign_id, campaign->campaign.revision, "");
    log->Say(Gate::kDelay, false, forms::kCancelled);
    log->Text(name);
    log->End(DecisionOutcome::kCancelled, variant_id);
    effects->tally.End(campaign_id, variant_id, DecisionOutcome::kCancelled, Gate::kDelay, profile);
  }
}

}  // namespace cadenza::rules
