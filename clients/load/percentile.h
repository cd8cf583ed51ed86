// Exact percentiles of a few thousand durations that are all kept; histogram.h is for more.
#ifndef CADENZA_CLIENTS_LOAD_PERCENTILE_H_
#define CADENZA_CLIENTS_LOAD_PERCENTILE_H_

#include <vector>

#include "absl/time/time.h"

namespace cadenza::load {

// The smallest of `durations` that at least `share` (0 to 1) of them do not exceed; zero if there are none. Reorders
// them.
absl::Duration Percentile(std::vector<absl::Duration>* durations, double share);

}  // namespace cadenza::load

#endif  // CADENZA_CLIENTS_LOAD_PERCENTILE_H_
