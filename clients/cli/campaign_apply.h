// `cadenza campaign apply`: campaigns as files.
#ifndef CADENZA_CLIENTS_CLI_CAMPAIGN_APPLY_H_
#define CADENZA_CLIENTS_CLI_CAMPAIGN_APPLY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cadenza/v1/campaign.pb.h"
#include "clients/cli/command.h"

namespace cadenza::cli {

struct CampaignFile {
  std::string where;  // "knots.yaml", "knots.yaml, document 2"
  v1::Campaign campaign;
};

// Every campaign of the files, in order. A file is YAML (JSON is YAML too) with one cadenza.v1.Campaign a document.
// INVALID_ARGUMENT says where; a campaign_id that stands in two documents is one.
absl::StatusOr<std::vector<CampaignFile>> ReadCampaigns(const std::vector<std::string>& paths);

// Makes the server's campaigns what the files say: creates, updates where something differs, and where the file says a
// `state`, brings it about. Nothing is changed unless all files are readable; after that the first error ends it, those
// before stay applied.
absl::StatusOr<int> ApplyCampaigns(const Globals& globals, const std::vector<std::string>& paths,
                                   client::Client& client);

}  // namespace cadenza::cli

#endif  // CADENZA_CLIENTS_CLI_CAMPAIGN_APPLY_H_
