// The TimerStore of PostgreSQL. Internal to storage/postgres.
#ifndef CADENZA_STORAGE_POSTGRES_TIMERS_H_
#define CADENZA_STORAGE_POSTGRES_TIMERS_H_

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "storage/postgres/connection.h"
#include "storage/store.h"
#include "storage/timer_store.h"

namespace cadenza::postgres {

// Thread-safe, as what it runs statements with is.
class PostgresTimers : public TimerStore {
 public:
  // Runs one statement, in a transaction of its own.
  using Runner = std::function<absl::StatusOr<Rows>(const Statement& statement, const Params& params)>;
  // `process_name` is the one that Probe commits heartbeats under.
  PostgresTimers(std::string process_name, Runner run) : process_name_(std::move(process_name)), run_(std::move(run)) {}

  absl::StatusOr<DueTimers> FindDue(const DueRequest& request) override;
  absl::Status RecordFailures(const std::vector<TimerFailure>& failures) override;
  absl::StatusOr<std::vector<Timer>> ListParked(const ParkedRequest& request) override;
  absl::StatusOr<bool> RetryParked(const UserKey& user, std::string_view timer_id, absl::Time now) override;
  absl::StatusOr<std::vector<Timer>> ReadTimers(const std::vector<UserKey>& users) override;
  absl::StatusOr<TimerCounts> Count(absl::Time now, int most) override;
  absl::Status Leave() override;

 private:
  const std::string process_name_;
  const Runner run_;
};

// The parameters that commit_batch_with_timers has besides those of commit_batch_checked. `positions` are those of the
// owners in the statement's order, from 1.
void AddTimers(const CommitBatch& batch, const std::vector<int64_t>& positions, Params* params);
// Those of move_timers.
Params MoveParams(const TimerMove& move);

}  // namespace cadenza::postgres

#endif  // CADENZA_STORAGE_POSTGRES_TIMERS_H_
