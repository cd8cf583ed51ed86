// Campaigns in PostgreSQL. Internal to storage/postgres.
#ifndef CADENZA_STORAGE_POSTGRES_CAMPAIGNS_H_
#define CADENZA_STORAGE_POSTGRES_CAMPAIGNS_H_

#include <string_view>
#include <vector>

#include "storage/campaign_store.h"
#include "storage/postgres/connection.h"
#include "storage/postgres/pool.h"

namespace cadenza::postgres {

// Thread-safe. Every call ends within the store's deadline.
class PostgresCampaigns : public CampaignStore {
 public:
  // `pool` must outlive it.
  PostgresCampaigns(Pool* pool, absl::Duration deadline) : pool_(pool), deadline_(deadline) {}

  absl::StatusOr<std::vector<CampaignRow>> ListCampaigns(std::string_view workspace, std::string_view after, int limit,
                                                         bool with_archived) override;
  absl::StatusOr<CampaignRow> GetCampaign(std::string_view workspace, std::string_view campaign_id) override;
  // One statement for one campaign; several are a transaction of three.
  absl::Status PutCampaigns(const std::vector<CampaignRow>& rows) override;
  absl::StatusOr<std::vector<CampaignRow>> ListVersions(std::string_view workspace, std::string_view campaign_id,
                                                        int64_t before, int limit) override;
  absl::StatusOr<CampaignRow> GetVersion(std::string_view workspace, std::string_view campaign_id,
                                         int64_t revision) override;

 private:
  absl::StatusOr<Rows> Run(const Statement& statement, const Params& params);

  Pool* const pool_;
  const absl::Duration deadline_;
};

}  // namespace cadenza::postgres

#endif  // CADENZA_STORAGE_POSTGRES_CAMPAIGNS_H_
