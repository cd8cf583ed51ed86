// Campaigns in memory: the part of MemoryStore that campaign_store.h names. Has a mutex of its own, taken after the
// store's.
#ifndef CADENZA_STORAGE_MEMORY_MEMORY_CAMPAIGNS_H_
#define CADENZA_STORAGE_MEMORY_MEMORY_CAMPAIGNS_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "storage/campaign_store.h"

namespace cadenza {

class MemoryCampaigns : public CampaignStore {
 public:
  absl::StatusOr<std::vector<CampaignRow>> ListCampaigns(std::string_view workspace, std::string_view after, int limit,
                                                         bool with_archived) override;
  absl::StatusOr<CampaignRow> GetCampaign(std::string_view workspace, std::string_view campaign_id) override;
  absl::Status PutCampaigns(const std::vector<CampaignRow>& rows) override;
  absl::StatusOr<std::vector<CampaignRow>> ListVersions(std::string_view workspace, std::string_view campaign_id,
                                                        int64_t before, int limit) override;
  absl::StatusOr<CampaignRow> GetVersion(std::string_view workspace, std::string_view campaign_id,
                                         int64_t revision) override;

  // How often the rule set's revision was raised.
  int64_t changes() const;

 private:
  using Key = std::pair<std::string, std::string>;  // workspace, campaign_id
  using Versions = std::map<int64_t, CampaignRow>;  // by revision; the last is the current one

  absl::Status CheckPut(const CampaignRow& row) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  mutable absl::Mutex mu_;
  std::map<Key, Versions> campaigns_ ABSL_GUARDED_BY(mu_);  // none is empty
  int64_t changes_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_MEMORY_MEMORY_CAMPAIGNS_H_
