// The timers of a MemoryStore.
#ifndef CADENZA_STORAGE_MEMORY_MEMORY_TIMERS_H_
#define CADENZA_STORAGE_MEMORY_MEMORY_TIMERS_H_

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "storage/store.h"
#include "storage/timer_store.h"

namespace cadenza {

// Thread-safe. One process has all of them: its share is everything.
class MemoryTimers : public TimerStore {
 public:
  // The timers of a batch that went through as `result` says.
  void Apply(const CommitBatch& batch, const CommitResult& result) ABSL_LOCKS_EXCLUDED(mu_);

  absl::StatusOr<DueTimers> FindDue(const DueRequest& request) override;
  absl::Status RecordFailures(const std::vector<TimerFailure>& failures) override;
  absl::StatusOr<std::vector<Timer>> ListParked(const ParkedRequest& request) override;
  absl::StatusOr<bool> RetryParked(const UserKey& user, std::string_view timer_id, absl::Time now) override;
  absl::StatusOr<std::vector<Timer>> ReadTimers(const std::vector<UserKey>& users) override;
  absl::StatusOr<TimerCounts> Count(absl::Time now, int most) override;
  absl::Status Leave() override { return absl::OkStatus(); }

 private:
  using Key = std::pair<UserKey, std::string>;  // user, timer_id
  using Timers = std::map<Key, Timer>;

  void Put(Timer timer) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Erase(Timers::iterator it) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Move(const TimerMove& move) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  absl::Mutex mu_;
  Timers timers_ ABSL_GUARDED_BY(mu_);
  std::set<std::pair<absl::Time, Key>> by_due_time_ ABSL_GUARDED_BY(mu_);  // those not parked
  std::set<Key> parked_ ABSL_GUARDED_BY(mu_);
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_MEMORY_MEMORY_TIMERS_H_
