// Counters in memory: the part of MemoryStore that counter_store.h names. Has a mutex of its own, taken after the
// store's.
#ifndef CADENZA_STORAGE_MEMORY_MEMORY_COUNTERS_H_
#define CADENZA_STORAGE_MEMORY_MEMORY_COUNTERS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "storage/counter_store.h"
#include "storage/store.h"

namespace cadenza {

class MemoryCounters : public CounterStore {
 public:
  absl::StatusOr<std::optional<CounterExtent>> ReadExtent(std::string_view workspace,
                                                          std::string_view campaign_id) override;
  absl::StatusOr<std::vector<CounterSum>> ReadSums(std::string_view workspace, std::string_view campaign_id,
                                                   const std::vector<int64_t>& starts, int64_t end) override;

  // Adds what the batch counted of those who passed.
  void Apply(const CommitBatch& batch, const CommitResult& result);

 private:
  using Campaign = std::pair<std::string, std::string>;  // workspace, campaign_id
  using Row = std::pair<CounterKey, int>;                // and the place
  struct ByHour {
    bool operator()(const Row& a, const Row& b) const {
      return a.first.hour != b.first.hour ? a.first.hour < b.first.hour : a < b;
    }
  };

  absl::Mutex mu_;
  std::map<Campaign, std::map<Row, absl::int128, ByHour>> campaigns_ ABSL_GUARDED_BY(mu_);  // none is empty
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_MEMORY_MEMORY_COUNTERS_H_
