#include "server/rules/timers.h"

#include <limits>
#include <utility>

#include "server/rules/delay.h"
#include "server/rules/engine.h"
#include "server/rules/rule_set.h"
#include "storage/base/text.h"
#include "storage/model/limits.h"

namespace cadenza::rules {
namespace {

absl::Status TooMuch(std::string_view what) { return absl::ResourceExhaustedError(Sv(what)); }

absl::Time RoundedUp(absl::Time time) {
  const absl::Duration since = time - absl::UnixEpoch();
  return absl::UnixEpoch() + absl::Ceil(since, absl::Microseconds(1));
}

}  // namespace

absl::Status SetTimer(std::string_view timer_id, absl::Time fire_time, TimerContent content, Profile* profile,
                      TimerChanges* changes) {
  if (timer_id.empty() || timer_id.size() > limits::kTimerIdBytes) {
    return TooMuch(StrCat("a timer's id has 1 to ", limits::kTimerIdBytes, " bytes"));
  }
  const size_t bytes = content.note.size() + (content.trigger == nullptr ? 0 : content.trigger->body.size());
  if (content.subject.size() > limits::kNameBytes || bytes > limits::kTimerContentBytes) {
    return TooMuch(StrCat("what is to be kept with the timer has ", bytes, " bytes; at most ",
                          limits::kTimerContentBytes, " are: send events with less in them"));
  }
  auto& timers = profile->timers;
  if (timers.size() >= limits::kTimers && timers.find(timer_id) == timers.end()) {
    return TooMuch(StrCat("the user has ", limits::kTimers, " timers already"));
  }
  TimerChange change{std::string(timer_id), true, {RoundedUp(fire_time), profile->version}, std::move(content)};
  timers[timer_id] = change.timer;
  changes->push_back(std::move(change));
  return absl::OkStatus();
}

void CancelTimer(std::string_view timer_id, Profile* profile, TimerChanges* changes) {
  if (profile->timers.erase(timer_id) > 0) changes->push_back({std::string(timer_id), false, {}, {}});
}

int CancelTimers(std::string_view prefix, Profile* profile, TimerChanges* changes) {
  std::vector<std::string> ids;
  for (const auto& [timer_id, timer] : profile->timers) {
    if (std::string_view(timer_id).starts_with(prefix)) ids.push_back(timer_id);
  }
  for (const std::string& timer_id : ids) CancelTimer(timer_id, profile, changes);
  return static_cast<int>(ids.size());
}

int64_t TimerRank(const RuleSet& rule_set, std::string_view workspace, std::string_view timer_id) {
  const std::string_view campaign_id = WaitingCampaign(timer_id);
  if (campaign_id.empty()) return std::numeric_limits<int64_t>::min();
  const auto compiled = rule_set.Find(workspace, campaign_id);
  return compiled == nullptr ? std::numeric_limits<int64_t>::max() : -int64_t{compiled->campaign.priority};
}

absl::Status FireTimer(const RuleSet& rule_set, const Input& input, const Options& options, Profile* profile,
                       Effects* effects) {
  const auto& fired = std::get<TimerFired>(input.payload);
  // The process that set it knew rules that this one has yet to load.
  if (rule_set.revision() < fired.content->rule_set_revision) {
    return absl::UnavailableError(Sv(StrCat("the rule set of this process is at revision ", rule_set.revision(),
                                            ", and the timer was set by ", fired.content->rule_set_revision)));
  }
  effects->timers.push_back({fired.timer_id, false, {}, {}});
  switch (fired.content->purpose) {
    case TimerPurpose::kDelay:
    case TimerPurpose::kLocalLaunch:
    case TimerPurpose::kQuietHours:
    case TimerPurpose::kDeliveryRate:
      return DecideFired(rule_set, input, options, profile, effects);
    case TimerPurpose::kSegments:
      return absl::OkStatus();  // React looks at them after every input
    default:
      break;
  }
  return absl::UnimplementedError("this version of the server does not know what the timer is for");
}

}  // namespace cadenza::rules
