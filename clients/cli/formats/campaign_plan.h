// What `cadenza campaign plan` shows: what ApplyCampaigns would do, as text for people and as JSON. Pure.
#ifndef CADENZA_CLIENTS_CLI_FORMATS_CAMPAIGN_PLAN_H_
#define CADENZA_CLIENTS_CLI_FORMATS_CAMPAIGN_PLAN_H_

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "cadenza/v1/campaign_service.pb.h"
#include "clients/cli/formats/message_diff.h"
#include "clients/cli/formats/plan_entry.h"

namespace cadenza::cli {

struct Plan {
  v1::ApplyCampaignsResponse response;  // of a request with validate_only
  // Parallel to the results: "knots.yaml"; empty: to be archived by --prune.
  std::vector<std::string> places = {};
  std::vector<std::string> content_block_places = {};
  std::vector<std::string> segment_places = {};
  std::string settings_place = {};
  std::vector<std::string> not_in_files = {};  // what the workspace has and is left alone, as PlanEntry::name has it
};

// In the order in which they are shown: settings, content blocks, segments, campaigns.
std::vector<PlanEntry> EntriesOf(const Plan& plan);

// Whether it changes nothing.
bool ChangesNothing(const v1::ApplyCampaignsResponse& response);

// Each change on a line; text of several lines as a diff with two lines around each edit. `indent` spaces before each.
// Control characters are escaped.
std::string FormatChanges(const std::vector<FieldChange>& changes, int indent, bool colour);

// Ends with a newline.
std::string FormatPlan(const Plan& plan, bool colour);
// {"campaigns": [{"campaign_id", "file", "done", "state", "changes": [{"path", "before", "after"}], "warnings": []}],
// "segments": [{"segment_id", …}], "content_blocks": [{"content_block_id", …}], "settings": [{"file", …}],
// "not_in_files": […], "users_examined", "all_users_examined"}.
nlohmann::ordered_json PlanToJson(const Plan& plan);
// One of them.
nlohmann::ordered_json EntryToJson(const PlanEntry& entry);

}  // namespace cadenza::cli

#endif  // CADENZA_CLIENTS_CLI_FORMATS_CAMPAIGN_PLAN_H_
