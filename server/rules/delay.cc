#include "server/rules/delay.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "storage/base/text.h"

namespace cadenza::rules {
namespace {

constexpr std::string_view kPrefix = "delay/";

// Of all delays of a campaign. No campaign_id holds a slash.
std::string PrefixOf(std::string_view campaign_id) { return StrCat(kPrefix, campaign_id, "/"); }

// Of this trigger: an event is named by its user, as the producer named him, and its id.
std::string TimerId(std::string_view campaign_id, const Input& input) {
  constexpr size_t kHexDigits = 16;
  const Digest digest = DigestOf(StrCat(input.user.key, std::string_view("\0", 1), input.event_id));
  return StrCat(PrefixOf(campaign_id), ToHex(digest).substr(0, kHexDigits));
}

// The campaign_id inside of a delay's timer_id; empty if it is another's.
std::string_view CampaignOf(std::string_view timer_id) {
  if (!timer_id.starts_with(kPrefix)) return {};
  timer_id.remove_prefix(kPrefix.size());
  return timer_id.substr(0, timer_id.find('/'));
}

}  // namespace

absl::Status StartDelay(const RuleSet& rule_set, const CompiledCampaign& campaign, const Input& input, Profile* profile,
                        TimerChanges* changes) {
  const std::string& campaign_id = campaign.campaign.campaign_id;
  TimerContent content;
  content.purpose = TimerPurpose::kDelay;
  content.subject = campaign_id;
  content.rule_set_revision = rule_set.revision();
  content.trigger = std::make_shared<const Input>(input);
  return SetTimer(TimerId(campaign_id, input), input.clock + campaign.campaign.delay, std::move(content), profile,
                  changes);
}

void CancelDelays(const RuleSet& rule_set, const Input& input, Profile* profile, TimerChanges* changes) {
  const std::string_view name = input.event_name();
  if (name.empty()) return;
  std::vector<std::string> cancelled;
  for (const auto& [timer_id, timer] : profile->timers) {
    const std::string_view campaign_id = CampaignOf(timer_id);
    if (campaign_id.empty() || (!cancelled.empty() && cancelled.back() == campaign_id)) continue;
    const auto campaign = rule_set.Find(profile->key.workspace, campaign_id);
    if (campaign == nullptr) continue;
    const auto& names = campaign->campaign.exception_event_names;
    if (std::find(names.begin(), names.end(), name) != names.end()) cancelled.emplace_back(campaign_id);
  }
  for (const std::string& campaign_id : cancelled) CancelTimers(PrefixOf(campaign_id), profile, changes);
}

absl::Status FireDelay(const RuleSet& rule_set, const Input& input, const Options& options, Profile* profile,
                       std::vector<Message>* messages) {
  const TimerContent& content = *std::get<TimerFired>(input.payload).content;
  if (content.trigger == nullptr) return absl::DataLossError("the timer has lost its trigger");
  const auto campaign = rule_set.Find(profile->key.workspace, content.subject);
  if (campaign == nullptr) return absl::OkStatus();
  Input trigger = *content.trigger;
  trigger.clock = input.clock;
  std::string error;
  std::optional<Message> message = ConsiderSending(*campaign, {&trigger, profile, {}}, options, nullptr, &error);
  if (!error.empty()) return absl::FailedPreconditionError(Sv(StrCat(content.subject, ": ", error)));
  if (message.has_value()) EnterMessage(*std::move(message), profile, messages);
  return absl::OkStatus();
}

}  // namespace cadenza::rules
