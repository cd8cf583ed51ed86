#include "clients/load/percentile.h"

#include <algorithm>
#include <cmath>

namespace cadenza::load {

absl::Duration Percentile(std::vector<absl::Duration>* durations, double share) {
  if (durations->empty()) return absl::ZeroDuration();
  const auto count = static_cast<double>(durations->size());
  const auto rank = static_cast<size_t>(std::clamp(std::ceil(share * count), 1.0, count));
  auto at = durations->begin() + static_cast<std::ptrdiff_t>(rank - 1);
  std::nth_element(durations->begin(), at, durations->end());
  return *at;
}

}  // namespace cadenza::load
