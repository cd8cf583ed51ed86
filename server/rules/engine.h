// The decision: a profile after an input, and the rule set, to messages, and to timers of what waits. Pure: the same
// arguments give the same decisions.
//
// The gates of a campaign, in order: those of entry.h when it is triggered, those of send.h when its message is sent:
// at once, or when the timer of what waited (delay.h) is fired.
#ifndef CADENZA_SERVER_RULES_ENGINE_H_
#define CADENZA_SERVER_RULES_ENGINE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/apply/apply.h"
#include "server/rules/decision_log.h"
#include "server/rules/options.h"
#include "server/rules/rule_set.h"
#include "server/rules/tally.h"
#include "server/rules/timers.h"
#include "server/rules/trigger.h"
#include "storage/model/decision.h"
#include "storage/model/input.h"
#include "storage/model/message.h"
#include "storage/model/profile.h"

namespace cadenza::rules {

struct RuleError {
  std::string campaign_id;
  std::string text;  // "render: body: line 1, column 8: divided by 0"
};

// What follows from one input, in order. Whoever decides on many uses one again and again.
struct Effects {
  std::vector<Message> messages;
  TimerChanges timers;
  // An evaluation that failed, a template that hit a limit: each stopped one campaign, and nothing else.
  std::vector<RuleError> errors;
  // Of every campaign that the input triggered, fired or cancelled.
  DecisionLog decisions;
  Tally tally;  // what it counts

  // For another input, of this clock.
  void Clear(absl::Time clock) {
    messages.clear();
    timers.clear();
    errors.clear();
    decisions.Clear(clock);
    tally.Clear(clock);
  }
};

// One campaign on one occurrence, written nowhere: the message that it would send now, without message_seq; nothing if
// a gate stopped it, or it would wait. `decision`, if given, says what each gate said, up to the one that stopped it.
// `error`, if given, gets the text of a rule error.
std::optional<Message> Consider(const CompiledCampaign& campaign, const Occurrence& occurrence, const Options& options,
                                Decision* decision, std::string* error);

// In all of these `profile` must be the one after the input, and is changed as the decisions say: message_seq and the
// campaign history, so that a later campaign in the same call sees an earlier one's message; variants; what the
// frequency caps count; timers.

// Every campaign that the occurrence triggers, the greater priority first, then in the order of campaign_id; before
// that, the input cancels what it is an exception event for. Of a CampaignLaunch, the one that is launched.
void Decide(const RuleSet& rule_set, const Input& input, const apply::Applied& applied, const Options& options,
            Profile* profile, Effects* effects);

// The same of the campaigns that applied.segments alone triggers, but those that have a message of this input in
// `effects` already, or wait by it.
void DecideSegments(const RuleSet& rule_set, const Input& input, const apply::Applied& applied, const Options& options,
                    Profile* profile, Effects* effects);

// The timer of something that waited has fired (see FireTimer): the gates that are left. A campaign that is not active
// any more sends nothing.
absl::Status DecideFired(const RuleSet& rule_set, const Input& input, const Options& options, Profile* profile,
                         Effects* effects);

}  // namespace cadenza::rules

#endif  // CADENZA_SERVER_RULES_ENGINE_H_
