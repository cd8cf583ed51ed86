// The desired state of a workspace, from files, as the request that brings it about.
#ifndef CADENZA_CLIENTS_CLI_DESIRED_STATE_H_
#define CADENZA_CLIENTS_CLI_DESIRED_STATE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clients/cli/command.h"
#include "clients/cli/definition_files.h"
#include "clients/cli/formats/campaign_plan.h"

namespace cadenza::cli {

struct Desired {
  v1::ApplyCampaignsRequest request;  // without an author
  // Parallel to what the request has, as in Plan.
  std::vector<std::string> places = {};
  std::vector<std::string> content_block_places = {};
  std::vector<std::string> segment_places = {};
  std::string settings_place = {};
  std::vector<std::string> not_in_files = {};
};

// What files and folders say. If there is a folder among them, what the workspace has besides is listed, or with
// `prune` archived: campaigns, and, if some file is about a segment, segments.
absl::StatusOr<Desired> ReadDesired(const Globals& globals, const std::vector<std::string>& paths, bool prune,
                                    client::Client& client);

// What the workspace has: first the settings, if any were ever set, then the others by kind and id.
absl::StatusOr<std::vector<Definition>> ListDefinitions(const Globals& globals, bool archived, client::Client& client);

// The error of the call, with the file that its "segments[3]" is of.
absl::Status WithFile(const Desired& desired, const absl::Status& status);

// Of `plan`, which was shown: everything must be as it was then.
void ExpectWhatWasShown(const Plan& plan, Desired* desired);

}  // namespace cadenza::cli

#endif  // CADENZA_CLIENTS_CLI_DESIRED_STATE_H_
