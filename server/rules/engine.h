// The decision: a profile after an input, and the rule set, to messages. Pure: the same arguments give the same
// messages.
//
// The gates of a campaign, in order: trigger, condition, (delay: see delay.h,) subscription, cooldown, render.
#ifndef CADENZA_SERVER_RULES_ENGINE_H_
#define CADENZA_SERVER_RULES_ENGINE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/apply/apply.h"
#include "server/rules/catalog_items.h"
#include "server/rules/rule_set.h"
#include "storage/model/input.h"
#include "storage/model/message.h"
#include "storage/model/profile.h"

namespace cadenza::rules {

struct TimerChange;  // timers.h
using TimerChanges = std::vector<TimerChange>;

struct Options {
  absl::Duration session_gap;  // to tell whether the current session has lapsed
  // What templates read of catalogs; null: there are none. Once it has noted that an item is missing, what was decided
  // is void: put it in, and decide again.
  CatalogItems* catalog_items = nullptr;
};

// What happened to the user: all that the rules may see.
struct Occurrence {
  const Input* input = nullptr;
  const Profile* profile = nullptr;  // after the input
  apply::Applied applied;
};

// What one gate said, for PreviewCampaign.
struct GateVerdict {
  std::string gate;
  bool passed = false;
  std::string detail;  // with what values
};

// One campaign on one occurrence: the message it would send, without message_seq; nothing if a gate stopped it.
// `verdicts`, if given, gets one entry for each gate up to the one that stopped it. `error`, if given, gets the text of
// a rule error (an evaluation that failed, a template that hit a limit), which stops the campaign at that gate and
// nothing else.
std::optional<Message> Consider(const CompiledCampaign& campaign, const Occurrence& occurrence, const Options& options,
                                std::vector<GateVerdict>* verdicts, std::string* error);

// The two halves of it, before and after the delay: whether the campaign is triggered, and what is sent, for which the
// occurrence's input is the one that triggered, with the clock of the sending.
bool ConsiderTrigger(const CompiledCampaign& campaign, const Occurrence& occurrence, const Options& options,
                     std::vector<GateVerdict>* verdicts, std::string* error);
std::optional<Message> ConsiderSending(const CompiledCampaign& campaign, const Occurrence& occurrence,
                                       const Options& options, std::vector<GateVerdict>* verdicts, std::string* error);
// Gives a message the next message_seq of `profile`, enters it in the campaign history, and adds it to `messages`.
void EnterMessage(Message message, Profile* profile, std::vector<Message>* messages);

struct RuleError {
  std::string campaign_id;
  std::string text;
};

// Every campaign that the occurrence triggers, in the order of campaign_id. For each message it takes the next
// message_seq from `profile` and enters it in the campaign history, so a later campaign in the same call sees the
// earlier one's message. A campaign with a delay sets a timer instead, after the input has cancelled those of which it
// is an exception event. `profile` must be the one after the input.
void Decide(const RuleSet& rule_set, const Input& input, const apply::Applied& applied, const Options& options,
            Profile* profile, std::vector<Message>* messages, TimerChanges* timers, std::vector<RuleError>* errors);

// The same of the campaigns that applied.segments alone triggers, but those that have a message of this input in
// `messages` already.
void DecideSegments(const RuleSet& rule_set, const Input& input, const apply::Applied& applied, const Options& options,
                    Profile* profile, std::vector<Message>* messages, TimerChanges* timers,
                    std::vector<RuleError>* errors);

}  // namespace cadenza::rules

#endif  // CADENZA_SERVER_RULES_ENGINE_H_
