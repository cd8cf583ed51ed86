// Durable state of campaigns: what each is, and each that it ever was. A part of Store (store.h), whose errors and
// threads apply.
#ifndef CADENZA_STORAGE_CAMPAIGN_STORE_H_
#define CADENZA_STORAGE_CAMPAIGN_STORE_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/model/campaign_row.h"

namespace cadenza {

class CampaignStore {
 public:
  virtual ~CampaignStore() = default;

  // In the order of (workspace, campaign_id), of one workspace, or of all if `workspace` is empty; campaign_id > after.
  // limit 0 = all.
  virtual absl::StatusOr<std::vector<CampaignRow>> ListCampaigns(std::string_view workspace, std::string_view after,
                                                                 int limit, bool with_archived) = 0;
  // NOT_FOUND if there is none.
  virtual absl::StatusOr<CampaignRow> GetCampaign(std::string_view workspace, std::string_view campaign_id) = 0;

  // Puts all of them, or none. Each is inserted (row.revision 1; ALREADY_EXISTS if the id is taken) or replaces
  // revision - 1 (ABORTED if that is not the current one, NOT_FOUND if there is none); the error names the first that
  // could not be put. In the same transaction each is kept as a version, and the rule set revision grows. A campaign
  // stands at most once in `rows` (else INVALID_ARGUMENT). UNKNOWN as of Store::Commit.
  virtual absl::Status PutCampaigns(const std::vector<CampaignRow>& rows) = 0;
  absl::Status PutCampaign(const CampaignRow& row) { return PutCampaigns({row}); }

  // Every revision that the campaign has had, the newest first; revision < before (0 = from the newest). Empty if there
  // is no such campaign.
  virtual absl::StatusOr<std::vector<CampaignRow>> ListVersions(std::string_view workspace,
                                                                std::string_view campaign_id, int64_t before,
                                                                int limit) = 0;
  // NOT_FOUND if there is none.
  virtual absl::StatusOr<CampaignRow> GetVersion(std::string_view workspace, std::string_view campaign_id,
                                                 int64_t revision) = 0;
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_CAMPAIGN_STORE_H_
