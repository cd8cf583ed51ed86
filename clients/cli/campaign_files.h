// Campaigns of files that hold nothing else.
#ifndef CADENZA_CLIENTS_CLI_CAMPAIGN_FILES_H_
#define CADENZA_CLIENTS_CLI_CAMPAIGN_FILES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cadenza/v1/campaign.pb.h"

namespace cadenza::cli {

struct CampaignFile {
  std::string where;  // "knots.yaml", "knots.yaml, document 2"
  v1::Campaign campaign;
};

// As ReadDefinitions (definition_files.h). INVALID_ARGUMENT too for a document that is no campaign.
absl::StatusOr<std::vector<CampaignFile>> ReadCampaigns(const std::vector<std::string>& paths);

}  // namespace cadenza::cli

#endif  // CADENZA_CLIENTS_CLI_CAMPAIGN_FILES_H_
