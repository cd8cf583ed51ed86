#include "storage/memory/memory_campaigns.h"

#include <set>

#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza {

absl::StatusOr<std::vector<CampaignRow>> MemoryCampaigns::ListCampaigns(std::string_view workspace,
                                                                        std::string_view after, int limit,
                                                                        bool with_archived) {
  absl::MutexLock lock(&mu_);
  std::vector<CampaignRow> found;
  for (const auto& [key, versions] : campaigns_) {
    const CampaignRow& row = versions.rbegin()->second;
    if (!workspace.empty() && key.first != workspace) continue;
    if (key.second <= after) continue;
    if (!with_archived && row.state == Campaign::State::kArchived) continue;
    if (limit > 0 && static_cast<int>(found.size()) == limit) break;
    found.push_back(row);
  }
  return found;
}

absl::StatusOr<CampaignRow> MemoryCampaigns::GetCampaign(std::string_view workspace, std::string_view campaign_id) {
  absl::MutexLock lock(&mu_);
  auto it = campaigns_.find(Key(workspace, campaign_id));
  if (it == campaigns_.end()) return absl::NotFoundError(StrCat("there is no campaign \"", campaign_id, "\""));
  return it->second.rbegin()->second;
}

absl::Status MemoryCampaigns::CheckPut(const CampaignRow& row) const {
  auto it = campaigns_.find(Key(row.workspace, row.campaign_id));
  if (row.revision == 1) {
    if (it == campaigns_.end()) return absl::OkStatus();
    return absl::AlreadyExistsError(StrCat("campaign \"", row.campaign_id, "\" exists already"));
  }
  if (it == campaigns_.end()) return absl::NotFoundError(StrCat("there is no campaign \"", row.campaign_id, "\""));
  const int64_t current = it->second.rbegin()->first;
  if (current == row.revision - 1) return absl::OkStatus();
  return absl::AbortedError(
      StrCat("campaign \"", row.campaign_id, "\" is at revision ", current, ", not ", row.revision - 1));
}

absl::Status MemoryCampaigns::PutCampaigns(const std::vector<CampaignRow>& rows) {
  absl::MutexLock lock(&mu_);
  std::set<Key> keys;
  for (const CampaignRow& row : rows) {
    if (row.revision < 1) return absl::InvalidArgumentError("revision: must be at least 1");
    if (!keys.emplace(row.workspace, row.campaign_id).second) {
      return absl::InvalidArgumentError(StrCat("campaign \"", row.campaign_id, "\" stands twice in one change"));
    }
  }
  for (const CampaignRow& row : rows) CADENZA_RETURN_IF_ERROR(CheckPut(row));
  for (const CampaignRow& row : rows) campaigns_[Key(row.workspace, row.campaign_id)][row.revision] = row;
  if (!rows.empty()) ++changes_;
  return absl::OkStatus();
}

absl::StatusOr<std::vector<CampaignRow>> MemoryCampaigns::ListVersions(std::string_view workspace,
                                                                       std::string_view campaign_id, int64_t before,
                                                                       int limit) {
  absl::MutexLock lock(&mu_);
  std::vector<CampaignRow> found;
  auto campaign = campaigns_.find(Key(workspace, campaign_id));
  if (campaign == campaigns_.end()) return found;
  const Versions& versions = campaign->second;
  auto it = before == 0 ? versions.end() : versions.lower_bound(before);
  while (it != versions.begin() && static_cast<int>(found.size()) < limit) found.push_back((--it)->second);
  return found;
}

absl::StatusOr<CampaignRow> MemoryCampaigns::GetVersion(std::string_view workspace, std::string_view campaign_id,
                                                        int64_t revision) {
  absl::MutexLock lock(&mu_);
  auto campaign = campaigns_.find(Key(workspace, campaign_id));
  if (campaign != campaigns_.end()) {
    auto version = campaign->second.find(revision);
    if (version != campaign->second.end()) return version->second;
  }
  return absl::NotFoundError(StrCat("there is no revision ", revision, " of a campaign \"", campaign_id, "\""));
}

int64_t MemoryCampaigns::changes() const {
  absl::MutexLock lock(&mu_);
  return changes_;
}

}  // namespace cadenza
