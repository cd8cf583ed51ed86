// The delay of a campaign: a timer between its trigger and its message. Pure.
//
// One timer for each (campaign, user, trigger event). What an exception event cancels, it finds by the timers' ids.
#ifndef CADENZA_SERVER_RULES_DELAY_H_
#define CADENZA_SERVER_RULES_DELAY_H_

#include <vector>

#include "absl/status/status.h"
#include "server/rules/engine.h"
#include "server/rules/rule_set.h"
#include "server/rules/timers.h"
#include "storage/model/input.h"
#include "storage/model/message.h"
#include "storage/model/profile.h"

namespace cadenza::rules {

// `input` has passed the campaign's trigger and condition: its message is due when the delay is over. Errors: those of
// SetTimer.
absl::Status StartDelay(const RuleSet& rule_set, const CompiledCampaign& campaign, const Input& input, Profile* profile,
                        TimerChanges* changes);

// Cancels the delays of all campaigns of which `input` is an exception event.
void CancelDelays(const RuleSet& rule_set, const Input& input, Profile* profile, TimerChanges* changes);

// A delay is over (see FireTimer): the gates that are left, and the message. A campaign that is not active any more
// sends none.
absl::Status FireDelay(const RuleSet& rule_set, const Input& input, const Options& options, Profile* profile,
                       std::vector<Message>* messages);

}  // namespace cadenza::rules

#endif  // CADENZA_SERVER_RULES_DELAY_H_
