#include "clients/cli/campaign_files.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "clients/cli/command.h"
#include "clients/cli/formats/campaign_plan.h"
#include "clients/cli/formats/message_yaml.h"
#include "clients/cli/formats/proto_json.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::cli {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxFiles = 10'000;  // in a folder

absl::StatusOr<std::vector<std::string>> FilesOf(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with('.')) {
      if (entry->is_directory(error)) entry.disable_recursion_pending();
      continue;
    }
    const std::string extension = entry->path().extension().string();
    if (entry->is_regular_file(error) && (extension == ".yaml" || extension == ".yml")) {
      files.push_back(entry->path().string());
      if (files.size() > kMaxFiles) return absl::ResourceExhaustedError(StrCat(folder, ": over ", kMaxFiles, " files"));
    }
  }
  if (error) return absl::ErrnoToStatus(error.value(), folder);
  if (files.empty()) return absl::InvalidArgumentError(StrCat(folder, ": has no file *.yaml or *.yml"));
  std::sort(files.begin(), files.end());
  return files;
}

absl::StatusOr<std::vector<CampaignFile>> ReadOne(const std::string& path) {
  CADENZA_ASSIGN_OR_RETURN(const std::string content, ReadFile(path));
  absl::StatusOr<std::vector<v1::Campaign>> campaigns = MessagesOfYaml<v1::Campaign>(content);
  if (!campaigns.ok()) return WithPlace(path, campaigns.status());
  if (campaigns->empty()) return absl::InvalidArgumentError(StrCat(path, ": holds no campaign"));
  std::vector<CampaignFile> files;
  for (v1::Campaign& campaign : *campaigns) {
    CampaignFile& file = files.emplace_back();
    file.where = campaigns->size() == 1 ? path : StrCat(path, ", document ", files.size());
    file.campaign = std::move(campaign);
    if (file.campaign.campaign_id().empty()) {
      return absl::InvalidArgumentError(StrCat(file.where, ": campaign_id is missing"));
    }
  }
  return files;
}

}  // namespace

bool IsFolder(const std::string& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

absl::StatusOr<std::vector<CampaignFile>> ReadCampaigns(const std::vector<std::string>& paths) {
  std::vector<CampaignFile> campaigns;
  std::set<std::string> ids;
  for (const std::string& given : paths) {
    std::vector<std::string> files = {given};
    if (IsFolder(given)) {
      CADENZA_ASSIGN_OR_RETURN(files, FilesOf(given));
    }
    for (const std::string& path : files) {
      CADENZA_ASSIGN_OR_RETURN(std::vector<CampaignFile> read, ReadOne(path));
      for (CampaignFile& file : read) {
        if (!ids.insert(file.campaign.campaign_id()).second) {
          return absl::InvalidArgumentError(
              StrCat(file.where, ": ", file.campaign.campaign_id(), " stands in two documents"));
        }
        campaigns.push_back(std::move(file));
      }
    }
  }
  return campaigns;
}

absl::StatusOr<std::vector<std::string>> WriteCampaigns(const std::vector<v1::Campaign>& campaigns,
                                                        const std::string& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return absl::ErrnoToStatus(error.value(), folder);
  std::vector<std::string> written;
  for (const v1::Campaign& campaign : campaigns) {
    const std::string path = StrCat(folder, folder.ends_with('/') ? "" : "/", campaign.campaign_id(), ".yaml");
    const std::string text = ToYaml(campaign, kCampaignOutputs);
    if (const absl::StatusOr<std::string> there = ReadFile(path); there.ok() && *there == text) continue;
    errno = 0;
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    if (!(file << text) || !file.flush()) return absl::ErrnoToStatus(errno == 0 ? EIO : errno, path);
    written.push_back(path);
  }
  return written;
}

}  // namespace cadenza::cli
