#include "clients/cli/campaign_files.h"

#include <utility>
#include <variant>

#include "clients/cli/definition_files.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::cli {

absl::StatusOr<std::vector<CampaignFile>> ReadCampaigns(const std::vector<std::string>& paths) {
  CADENZA_ASSIGN_OR_RETURN(std::vector<DefinitionFile> files, ReadDefinitions(paths));
  std::vector<CampaignFile> campaigns;
  for (DefinitionFile& file : files) {
    auto* campaign = std::get_if<v1::Campaign>(&file.definition);
    if (campaign == nullptr) {
      return absl::InvalidArgumentError(StrCat(file.where, ": ", NameOf(file.definition), " is no campaign"));
    }
    campaigns.push_back({std::move(file.where), std::move(*campaign)});
  }
  return campaigns;
}

}  // namespace cadenza::cli
