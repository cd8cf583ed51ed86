// What follows from an input once it is folded: segments are entered and left, campaigns decide, in the order that the
// one may need of the other. Pure.
#ifndef CADENZA_SERVER_RULES_REACTION_H_
#define CADENZA_SERVER_RULES_REACTION_H_

#include <string_view>

#include "server/apply/apply.h"
#include "server/rules/engine.h"
#include "server/rules/rule_set.h"
#include "storage/model/input.h"
#include "storage/model/profile.h"

namespace cadenza::rules {

// Brings the segments up to date (segment_set.h), then lets every campaign decide that the input or a change of a
// segment triggers (Decide). A message may itself change a segment (user.received(…)): then the campaigns that this
// triggers decide too, and so on; a campaign sends one message for an input at most, so this ends.
//
// applied->segments gets every change, in order: a segment may occur more than once, the last says how it ended.
//
// Where time alone can change a segment, a timer (timers.h, kSegmentTimerId) is set for the first moment when it can;
// one that fires earlier stays, looks in vain and sets the next. Of a timer that fired, call it after FireTimer, with
// what that wrote in `effects`.
void React(const RuleSet& rule_set, const Input& input, const Options& options, apply::Applied* applied,
           Profile* profile, Effects* effects);

inline constexpr std::string_view kSegmentTimerId = "segments";

}  // namespace cadenza::rules

#endif  // CADENZA_SERVER_RULES_REACTION_H_
