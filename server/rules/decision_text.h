// Decisions for people: what decision_log.h wrote, with texts. Pure; any thread.
#ifndef CADENZA_SERVER_RULES_DECISION_TEXT_H_
#define CADENZA_SERVER_RULES_DECISION_TEXT_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/base/ids.h"
#include "storage/model/campaign.h"
#include "storage/model/decision.h"

namespace cadenza::rules {

// The input that was decided on.
struct DecisionSource {
  UserKey user;  // resolved
  int64_t user_seq = 0;
  std::string event_id;
};

// A campaign as it was at this revision; null if that is not known: then texts do without its condition, and without
// what it waits for.
using CampaignLookup = std::function<const Campaign*(std::string_view campaign_id, int64_t revision)>;

// `encoded` is EventWrite::decisions; empty: none. In the order in which they were made. `lookup` may be null.
// DATA_LOSS if it is damaged.
absl::StatusOr<std::vector<Decision>> ReadDecisions(std::string_view encoded, const DecisionSource& source,
                                                    const CampaignLookup& lookup);

// What is to be counted of a decision.
struct DecisionCount {
  DecisionOutcome outcome = DecisionOutcome::kUnspecified;
  bool entering = false;             // made when the campaign was triggered; else of what waited
  Gate stopped_by = Gate::kTrigger;  // kStopped
  std::string_view variant_id;       // "" = none
};

// The decisions of one campaign, without their texts and so much faster than ReadDecisions. DATA_LOSS if they are
// damaged, or hold what this version does not know.
absl::Status CountDecisions(std::string_view encoded, std::string_view campaign_id,
                            absl::FunctionRef<void(const DecisionCount&)> count);

// The clock under which the input was applied, if it was noted. The first bytes of the decisions are enough.
std::optional<absl::Time> DecidedAt(std::string_view encoded);

}  // namespace cadenza::rules

#endif  // CADENZA_SERVER_RULES_DECISION_TEXT_H_
