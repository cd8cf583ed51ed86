// The CounterStore of PostgreSQL, and how a commit adds to it. Internal to storage/postgres.
#ifndef CADENZA_STORAGE_POSTGRES_COUNTERS_H_
#define CADENZA_STORAGE_POSTGRES_COUNTERS_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "storage/counter_store.h"
#include "storage/postgres/connection.h"
#include "storage/postgres/pool.h"
#include "storage/store.h"

namespace cadenza::postgres {

// Thread-safe. Every call ends within the store's deadline.
class PostgresCounters : public CounterStore {
 public:
  // `pool` must outlive it.
  PostgresCounters(Pool* pool, absl::Duration deadline) : pool_(pool), deadline_(deadline) {}

  absl::StatusOr<std::optional<CounterExtent>> ReadExtent(std::string_view workspace,
                                                          std::string_view campaign_id) override;
  absl::StatusOr<std::vector<CounterSum>> ReadSums(std::string_view workspace, std::string_view campaign_id,
                                                   const std::vector<int64_t>& starts, int64_t end) override;

 private:
  absl::StatusOr<Rows> Run(const Statement& statement, const Params& params);

  Pool* const pool_;
  const absl::Duration deadline_;
};

// The parameters that commit_batch_with_timers has for what is counted: what the batch adds if everybody passes, and
// who has which part in it. `positions` are those of the owners in the statement's order, from 1.
void AddCounters(const CommitBatch& batch, const std::vector<int64_t>& positions, Params* params);

// Whole numbers as PostgreSQL writes them.
std::string DecimalText(absl::int128 value);
// Nothing if `text` is none, or too large.
std::optional<absl::int128> FromDecimalText(std::string_view text);

}  // namespace cadenza::postgres

#endif  // CADENZA_STORAGE_POSTGRES_COUNTERS_H_
