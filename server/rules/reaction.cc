#include "server/rules/reaction.h"

#include <utility>

#include "storage/base/text.h"

namespace cadenza::rules {
namespace {

absl::Status WakeAt(const RuleSet& rule_set, absl::Time next, Profile* profile, TimerChanges* timers) {
  if (next == absl::InfiniteFuture()) return absl::OkStatus();
  const auto pending = profile->timers.find(kSegmentTimerId);
  if (pending != profile->timers.end() && pending->second.fire_time <= next) return absl::OkStatus();
  TimerContent content;
  content.purpose = TimerPurpose::kSegments;
  content.rule_set_revision = rule_set.revision();
  return SetTimer(kSegmentTimerId, next, std::move(content), profile, timers);
}

// What the input means for campaigns of the past. Before anything is decided on: an input converts no touch that it
// opens itself.
void Count(const RuleSet& rule_set, const Input& input, const Options& options, const apply::Applied& applied,
           Profile* profile, Effects* effects) {
  if (applied.reported.has_value()) effects->tally.Report(*applied.reported, profile);
  if (profile->touches.empty()) return;
  const Goals& goals = rule_set.Of(profile->key.workspace).goals;
  for (const Converted& converted : FindConversions(goals, input, applied, options.session_gap, profile)) {
    effects->tally.Convert(converted, profile);
  }
}

}  // namespace

void React(const RuleSet& rule_set, const Input& input, const Options& options, apply::Applied* applied,
           Profile* profile, Effects* effects) {
  const SegmentSet& segments = rule_set.segments();
  if (segments.size() == 0 && profile->segments.empty()) {
    Count(rule_set, input, options, *applied, profile, effects);
    Decide(rule_set, input, *applied, options, profile, effects);
    return;
  }
  absl::Time next =
      UpdateSegments(segments, input, SegmentCause::kInput, options.session_gap, profile, &applied->segments);
  Count(rule_set, input, options, *applied, profile, effects);
  size_t before = effects->messages.size();
  Decide(rule_set, input, *applied, options, profile, effects);
  while (effects->messages.size() > before) {
    apply::Applied again;
    again.history = applied->history;
    next = UpdateSegments(segments, input, SegmentCause::kMessages, options.session_gap, profile, &again.segments);
    before = effects->messages.size();
    DecideSegments(rule_set, input, again, options, profile, effects);
    applied->segments.insert(applied->segments.end(), again.segments.begin(), again.segments.end());
  }
  const absl::Status woken = WakeAt(rule_set, next, profile, &effects->timers);
  if (!woken.ok()) effects->errors.push_back({"", StrCat("segments: ", Std(woken.message()))});
}

}  // namespace cadenza::rules
