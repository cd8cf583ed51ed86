// Decisions for people: what decision_log.h wrote, with texts. Pure; any thread.
#ifndef CADENZA_SERVER_RULES_DECISION_TEXT_H_
#define CADENZA_SERVER_RULES_DECISION_TEXT_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

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

}  // namespace cadenza::rules

#endif  // CADENZA_SERVER_RULES_DECISION_TEXT_H_
