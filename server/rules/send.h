// The gates when a message is sent, at once or after it waited, in order: (after a wait: active window, condition and
// audience if asked, subscription, re-eligibility) quiet hours, frequency cap, delivery rate, render. Internal to
// server/rules. Pure.
#ifndef CADENZA_SERVER_RULES_SEND_H_
#define CADENZA_SERVER_RULES_SEND_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "server/rules/decision_log.h"
#include "server/rules/facts.h"
#include "server/rules/options.h"
#include "server/rules/rule_set.h"
#include "storage/model/message.h"
#include "storage/model/message_history.h"
#include "storage/model/timer.h"

namespace cadenza::rules {

// What is about to be sent.
struct Sending {
  const CompiledCampaign* campaign = nullptr;
  std::string_view variant_id;  // "" = the campaign has none
  bool waited = false;
  // Its place in the delivery rate, at facts.now or before: it is made at that time.
  std::optional<absl::Time> place = std::nullopt;
  bool entered = false;  // see Pacer
};

struct SendOutcome {
  std::optional<Message> message;  // without message_seq
  // It must wait (again) until then; nothing and no message: it is dropped.
  std::optional<absl::Time> hold_until;
  TimerPurpose held_by = TimerPurpose::kUnspecified;
  bool paced = false;    // hold_until is its place in the delivery rate
  bool entered = false;  // hold_until is its turn in the campaign's
};

// `facts`: the event that triggered it, the profile as it is now, and `now` the moment of sending.
SendOutcome CheckSend(const Sending& sending, const Facts& facts, const Options& options, DecisionLog* log);

// Of the message that this event makes of this campaign: the same however often it is applied, and however it waited.
std::string MessageId(const UserKey& user, std::string_view campaign_id, std::string_view event_id);

// What the frequency caps count of a message, at `time`.
SentMessage CountedAs(const CompiledCampaign& campaign, std::string_view channel, absl::Time time);

}  // namespace cadenza::rules

#endif  // CADENZA_SERVER_RULES_SEND_H_
