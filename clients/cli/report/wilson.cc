#include "clients/cli/report/wilson.h"

#include <algorithm>
#include <cmath>

namespace cadenza::report {

RateInterval Wilson(int64_t converted, int64_t users) {
  constexpr double z = 1.959963984540054;  // the normal distribution's 97.5th percentile
  const auto n = static_cast<double>(users);
  const double p = static_cast<double>(converted) / n;
  const double middle = (p + z * z / (2 * n)) / (1 + z * z / n);
  const double half = z / (1 + z * z / n) * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  // At the ends rounding must not leave the estimate outside.
  return {p, std::clamp(middle - half, 0.0, p), std::clamp(middle + half, p, 1.0)};
}

}  // namespace cadenza::report
