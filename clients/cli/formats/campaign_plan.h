// What `cadenza campaign plan` shows: what ApplyCampaigns would do, as text for people and as JSON. Pure.
#ifndef CADENZA_CLIENTS_CLI_FORMATS_CAMPAIGN_PLAN_H_
#define CADENZA_CLIENTS_CLI_FORMATS_CAMPAIGN_PLAN_H_

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "cadenza/v1/campaign_service.pb.h"
#include "clients/cli/formats/message_diff.h"

namespace cadenza::cli {

// The fields of a campaign that only the server sets.
inline const std::vector<std::string_view> kCampaignOutputs = {"create_time", "update_time", "etag", "activate_time"};

struct Plan {
  v1::ApplyCampaignsResponse response;    // of a request with validate_only
  std::vector<std::string> places;        // parallel to the results: "knots.yaml"; empty: to be archived by --prune
  std::vector<std::string> not_in_files;  // campaigns of the workspace that are left alone
};

// Whether it changes nothing.
bool ChangesNothing(const v1::ApplyCampaignsResponse& response);

// What is done to a campaign, in words: {"created", "active"}, {"updated"}, {"paused"}, {"unchanged"}.
std::vector<std::string> DoneTo(const v1::CampaignResult& result);

// All that people wrote and that differs, the state too. Of a campaign that is created: all it has.
std::vector<FieldChange> ChangesOf(const v1::CampaignResult& result);

// Each change on a line; text of several lines as a diff with two lines around each edit. `indent` spaces before each.
// Control characters are escaped.
std::string FormatChanges(const std::vector<FieldChange>& changes, int indent, bool colour);

// Ends with a newline.
std::string FormatPlan(const Plan& plan, bool colour);
// {"campaigns": [{"campaign_id", "file", "done", "state", "changes": [{"path", "before", "after"}], "warnings": []}],
// "not_in_files": […], "users_examined", "all_users_examined"}.
nlohmann::ordered_json PlanToJson(const Plan& plan);

}  // namespace cadenza::cli

#endif  // CADENZA_CLIENTS_CLI_FORMATS_CAMPAIGN_PLAN_H_
