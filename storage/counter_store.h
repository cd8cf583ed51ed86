// What campaigns have counted. It grows with Store::Commit (CommitBatch::counters), in the transaction of what is
// counted. Thread-safe; calls block; errors as in store.h.
#ifndef CADENZA_STORAGE_COUNTER_STORE_H_
#define CADENZA_STORAGE_COUNTER_STORE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/numeric/int128.h"
#include "absl/status/statusor.h"
#include "storage/model/campaign_counter.h"

namespace cadenza {

// The hours in which a campaign counted anything.
struct CounterExtent {
  int64_t first_hour = 0;
  int64_t last_hour = 0;
  friend bool operator==(const CounterExtent&, const CounterExtent&) = default;
};

// One counter, added up over the hours of one stretch.
struct CounterSum {
  size_t stretch = 0;  // index into `starts`
  std::string variant_id;
  std::string conversion_id;
  std::string currency;
  int place = 0;
  absl::int128 value = 0;  // never 0
  friend bool operator==(const CounterSum&, const CounterSum&) = default;
};

class CounterStore {
 public:
  virtual ~CounterStore() = default;

  // Nothing if it has counted nothing.
  virtual absl::StatusOr<std::optional<CounterExtent>> ReadExtent(std::string_view workspace,
                                                                  std::string_view campaign_id) = 0;
  // Of the stretches of hours that begin at `starts` (ascending, at least one) and end where the next one begins, the
  // last before `end`. In no particular order.
  virtual absl::StatusOr<std::vector<CounterSum>> ReadSums(std::string_view workspace, std::string_view campaign_id,
                                                           const std::vector<int64_t>& starts, int64_t end) = 0;
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_COUNTER_STORE_H_
