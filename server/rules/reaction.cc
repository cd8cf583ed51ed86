#include "server/rules/reaction.h"

namespace cadenza::rules {

absl::Time React(const RuleSet& rule_set, const Input& input, const Options& options, apply::Applied* applied,
                 Profile* profile, std::vector<Message>* messages, std::vector<RuleError>* errors) {
  const SegmentSet& segments = rule_set.segments();
  if (segments.size() == 0 && profile->segments.empty()) {
    Decide(rule_set, input, *applied, options, profile, messages, errors);
    return absl::InfiniteFuture();
  }
  absl::Time next =
      UpdateSegments(segments, input, SegmentCause::kInput, options.session_gap, profile, &applied->segments);
  size_t before = messages->size();
  Decide(rule_set, input, *applied, options, profile, messages, errors);
  while (messages->size() > before) {
    apply::Applied again{.history = applied->history};
    next = UpdateSegments(segments, input, SegmentCause::kMessages, options.session_gap, profile, &again.segments);
    before = messages->size();
    DecideSegments(rule_set, input, again, options, profile, messages, errors);
    applied->segments.insert(applied->segments.end(), again.segments.begin(), again.segments.end());
  }
  return next;
}

}  // namespace cadenza::rules
