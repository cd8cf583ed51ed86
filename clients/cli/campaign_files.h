// Campaigns as files: what `cadenza campaign` reads and writes of them.
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

bool IsFolder(const std::string& path);

// Every campaign of the files, in order; of a folder those in its *.yaml and *.yml and in its subfolders, by their
// paths, but nothing whose name begins with a dot. A file is YAML (JSON is YAML too) with one cadenza.v1.Campaign a
// document, as formats/message_yaml.h reads it; "-" is standard input. INVALID_ARGUMENT says where; a campaign_id that
// stands in two documents is one, and a folder without any campaign.
absl::StatusOr<std::vector<CampaignFile>> ReadCampaigns(const std::vector<std::string>& paths);

// Writes each campaign to DIR/<campaign_id>.yaml, which may be there already; makes the folder if it is not there. What
// is the same already is not written. The files that were written.
absl::StatusOr<std::vector<std::string>> WriteCampaigns(const std::vector<v1::Campaign>& campaigns,
                                                        const std::string& folder);

}  // namespace cadenza::cli

#endif  // CADENZA_CLIENTS_CLI_CAMPAIGN_FILES_H_
