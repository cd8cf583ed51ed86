// Launches in memory: the part of MemoryStore that launch_store.h names. Has a mutex of its own.
#ifndef CADENZA_STORAGE_MEMORY_MEMORY_LAUNCHES_H_
#define CADENZA_STORAGE_MEMORY_MEMORY_LAUNCHES_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "storage/base/clock.h"
#include "storage/launch_store.h"

namespace cadenza {

class MemoryLaunches : public LaunchStore {
 public:
  explicit MemoryLaunches(Clock* clock) : clock_(clock) {}

  absl::StatusOr<bool> BeginLaunch(const Launch& launch) override;
  absl::StatusOr<std::optional<absl::Time>> LastLaunch(std::string_view workspace,
                                                       std::string_view campaign_id) override;
  absl::StatusOr<std::optional<Launch>> ClaimLaunch(std::string_view process, absl::Duration lease) override;
  absl::Status SaveLaunch(const Launch& launch, std::string_view process, absl::Duration lease) override;
  absl::StatusOr<std::vector<Launch>> ListLaunches(std::string_view workspace, std::string_view campaign_id,
                                                   absl::Time before, int limit) override;

 private:
  using Key = std::pair<std::string, std::string>;  // workspace, campaign_id
  struct Stored {
    Launch launch;
    std::string holder;
    absl::Time lease_end = absl::InfinitePast();
  };

  Clock* const clock_;
  absl::Mutex mu_;
  std::map<Key, std::map<absl::Time, Stored>> launches_ ABSL_GUARDED_BY(mu_);  // by due_time
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_MEMORY_MEMORY_LAUNCHES_H_
