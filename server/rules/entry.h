// The gates at a campaign's trigger, in order: trigger, active window, condition, audience, subscription,
// re-eligibility, holdout, variant, delay. A gate that the campaign does not use says nothing. Internal to
// server/rules. Pure.
#ifndef CADENZA_SERVER_RULES_ENTRY_H_
#define CADENZA_SERVER_RULES_ENTRY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "server/rules/decision_log.h"
#include "server/rules/facts.h"
#include "server/rules/options.h"
#include "server/rules/rule_set.h"
#include "server/rules/trigger.h"

namespace cadenza::rules {

struct Entry {
  enum class Kind : uint8_t {
    kStopped,
    kControl,  // the user is in, and gets nothing
    kWait,     // until wait_until
    kSend,     // now
  };
  Kind kind = Kind::kStopped;
  bool triggered = false;  // the first gate was passed
  bool allocated = false;  // all that are about the user were: he is counted, whatever becomes of a message
  // The variant that the user got, also where a later gate stopped: to be kept with the user. "" = the campaign has
  // none. Borrowed of the campaign.
  std::string_view variant_id = {};
  absl::Time wait_until = absl::InfinitePast();
};

// Options::workspace may be null, as ever.
Entry CheckEntry(const CompiledCampaign& campaign, const Occurrence& occurrence, const Facts& facts,
                 const Options& options, DecisionLog* log);

// When the clock of the user shows `local_time`, which is now or before: says nothing; later: that it waits for it;
// never: nothing is answered, and it is stopped.
std::optional<absl::Time> CheckClock(const std::string& local_time, const Facts& facts, const Options& options,
                                     DecisionLog* log);

// Gates that are asked again when a message that waited is sent.
bool PassesWindow(const Campaign& campaign, absl::Time now, DecisionLog* log);
bool PassesCondition(const CompiledCampaign& compiled, const Facts& facts, DecisionLog* log);
bool PassesAudience(const CompiledCampaign& campaign, const Facts& facts, DecisionLog* log);
bool PassesSubscription(std::string_view channel, const Profile& profile, DecisionLog* log);
bool PassesReEligibility(const Campaign& campaign, const Profile& profile, absl::Time now, DecisionLog* log);

// What holds where Options name no workspace.
const CompiledWorkspace& WorkspaceOf(const Options& options);

}  // namespace cadenza::rules

#endif  // CADENZA_SERVER_RULES_ENTRY_H_
