// Launches in PostgreSQL. Internal to storage/postgres.
#ifndef CADENZA_STORAGE_POSTGRES_LAUNCHES_H_
#define CADENZA_STORAGE_POSTGRES_LAUNCHES_H_

#include <optional>
#include <string_view>
#include <vector>

#include "storage/launch_store.h"
#include "storage/postgres/connection.h"
#include "storage/postgres/pool.h"

namespace cadenza::postgres {

// Thread-safe. Every call ends within the store's deadline.
class PostgresLaunches : public LaunchStore {
 public:
  // `pool` must outlive it.
  PostgresLaunches(Pool* pool, absl::Duration deadline) : pool_(pool), deadline_(deadline) {}

  absl::StatusOr<bool> BeginLaunch(const Launch& launch) override;
  absl::StatusOr<std::optional<absl::Time>> LastLaunch(std::string_view workspace,
                                                       std::string_view campaign_id) override;
  absl::StatusOr<std::optional<Launch>> ClaimLaunch(std::string_view process, absl::Duration lease) override;
  absl::Status SaveLaunch(const Launch& launch, std::string_view process, absl::Duration lease) override;
  absl::StatusOr<std::vector<Launch>> ListLaunches(std::string_view workspace, std::string_view campaign_id,
                                                   absl::Time before, int limit) override;

 private:
  absl::StatusOr<Rows> Run(const Statement& statement, const Params& params, OnLoss on_loss = OnLoss::kNothingChanged);

  Pool* const pool_;
  const absl::Duration deadline_;
};

}  // namespace cadenza::postgres

#endif  // CADENZA_STORAGE_POSTGRES_LAUNCHES_H_
