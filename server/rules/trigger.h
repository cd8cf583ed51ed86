// The first gate: whether what happened is what a campaign waits for. Internal to server/rules. Pure.
#ifndef CADENZA_SERVER_RULES_TRIGGER_H_
#define CADENZA_SERVER_RULES_TRIGGER_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "server/apply/apply.h"
#include "server/rules/decision_log.h"
#include "storage/model/campaign.h"
#include "storage/model/input.h"
#include "storage/model/profile.h"

namespace cadenza::rules {

// What happened to the user: all that the rules may see.
struct Occurrence {
  const Input* input = nullptr;
  const Profile* profile = nullptr;  // after the input
  apply::Applied applied;
};

// INVALID_ARGUMENT is a rejection of the field, under "trigger".
absl::Status CheckTrigger(const Trigger& trigger);

bool IsTriggered(const Campaign& campaign, const Occurrence& occurrence);
// Whether the input launches the campaign, and by the means that it waits for.
bool IsLaunched(const Campaign& campaign, const Input& input);
// Whether the input launches this campaign by its schedule.
bool IsScheduledLaunch(std::string_view campaign_id, const Input& input);

// The trigger gate.
bool PassesTrigger(const Campaign& campaign, const Occurrence& occurrence, DecisionLog* log);
// What it says of a campaign that waits for something else; false.
bool NotTriggered(const Occurrence& occurrence, DecisionLog* log);

// "the event 'order_placed'", for explanations.
std::string TriggerText(const Trigger& trigger);
// Of what the gate wrote: the kind of the input; the name of the event, or the product, or the campaign of a launch, or
// the kind of a receipt.
std::string OccurrenceText(InputKind kind, std::string_view name, bool starts_session);

}  // namespace cadenza::rules

#endif  // CADENZA_SERVER_RULES_TRIGGER_H_
