#include "storage/memory/memory_counters.h"

#include <algorithm>
#include <tuple>

namespace cadenza {

absl::StatusOr<std::optional<CounterExtent>> MemoryCounters::ReadExtent(std::string_view workspace,
                                                                        std::string_view campaign_id) {
  absl::MutexLock lock(&mu_);
  const auto found = campaigns_.find({std::string(workspace), std::string(campaign_id)});
  if (found == campaigns_.end()) return std::nullopt;
  return CounterExtent{found->second.begin()->first.first.hour, found->second.rbegin()->first.first.hour};
}

absl::StatusOr<std::vector<CounterSum>> MemoryCounters::ReadSums(std::string_view workspace,
                                                                 std::string_view campaign_id,
                                                                 const std::vector<int64_t>& starts, int64_t end) {
  if (starts.empty()) return absl::InvalidArgumentError("starts: is empty");
  std::map<std::tuple<size_t, std::string, std::string, std::string, int>, absl::int128> sums;
  {
    absl::MutexLock lock(&mu_);
    const auto found = campaigns_.find({std::string(workspace), std::string(campaign_id)});
    if (found == campaigns_.end()) return std::vector<CounterSum>();
    for (const auto& [row, value] : found->second) {
      const auto& [key, place] = row;
      if (key.hour < starts.front() || key.hour >= end) continue;
      const size_t stretch = std::upper_bound(starts.begin(), starts.end(), key.hour) - starts.begin() - 1;
      sums[{stretch, key.variant_id, key.conversion_id, key.currency, place}] += value;
    }
  }
  std::vector<CounterSum> listed;
  for (const auto& [key, value] : sums) {
    const auto& [stretch, variant_id, conversion_id, currency, place] = key;
    if (value != 0) listed.push_back({stretch, variant_id, conversion_id, currency, place, value});
  }
  return listed;
}

void MemoryCounters::Apply(const CommitBatch& batch, const CommitResult& result) {
  absl::MutexLock lock(&mu_);
  for (const CounterWrite& write : batch.counters) {
    if (result.conflicted[write.owner]) continue;
    const CounterKey& key = batch.counter_keys[write.key];
    campaigns_[{key.workspace, key.campaign_id}][{key, write.place}] += write.value;
  }
}

}  // namespace cadenza
