// Settings of workspaces and delivery rates in PostgreSQL. Internal to storage/postgres.
#ifndef CADENZA_STORAGE_POSTGRES_WORKSPACES_H_
#define CADENZA_STORAGE_POSTGRES_WORKSPACES_H_

#include <optional>
#include <string_view>
#include <vector>

#include "storage/postgres/connection.h"
#include "storage/postgres/pool.h"
#include "storage/workspace_store.h"

namespace cadenza::postgres {

// Thread-safe. Every call is one statement, and ends within the store's deadline.
class PostgresWorkspaces : public WorkspaceStore {
 public:
  // `pool` must outlive it.
  PostgresWorkspaces(Pool* pool, absl::Duration deadline) : pool_(pool), deadline_(deadline) {}

  absl::StatusOr<std::vector<WorkspaceSettingsRow>> ListSettings() override;
  absl::StatusOr<WorkspaceSettingsRow> GetSettings(std::string_view workspace) override;
  absl::Status PutSettings(const WorkspaceSettingsRow& row) override;
  absl::StatusOr<RateRow> ReadRate(std::string_view workspace, std::string_view campaign_id) override;
  absl::StatusOr<bool> PutRate(std::string_view workspace, std::string_view campaign_id, const RateRow& row) override;

 private:
  absl::StatusOr<Rows> Run(const Statement& statement, const Params& params, OnLoss on_loss = OnLoss::kNothingChanged);

  Pool* const pool_;
  const absl::Duration deadline_;
};

}  // namespace cadenza::postgres

#endif  // CADENZA_STORAGE_POSTGRES_WORKSPACES_H_
