// 95 % intervals for the comparison of two proportions. Pure.
#ifndef CADENZA_SERVER_CONTROL_INTERVALS_H_
#define CADENZA_SERVER_CONTROL_INTERVALS_H_

#include <cstdint>
#include <optional>

namespace cadenza {

struct Interval {
  double estimate = 0;
  double low = 0;
  double high = 0;
};

// `of` out of `all`. REQUIRES, for all functions here: 0 <= of <= all.
struct Proportion {
  int64_t of = 0;
  int64_t all = 0;
  double value() const { return all == 0 ? 0 : static_cast<double>(of) / static_cast<double>(all); }
};

// Wilson's score interval without continuity correction (E. B. Wilson, J. Am. Stat. Assoc. 22, 1927, 209-212). Nothing
// if `all` is 0.
std::optional<Interval> WilsonInterval(const Proportion& proportion);

// a - b: the hybrid score interval without continuity correction (R. G. Newcombe, Statistics in Medicine 17, 1998,
// 873-890, method 10). Nothing if either denominator is 0.
std::optional<Interval> DifferenceInterval(const Proportion& a, const Proportion& b);

// a / b - 1, by the logarithm of the ratio (D. Katz et al., Biometrics 34, 1978, 469-474). Nothing if either numerator
// is 0.
std::optional<Interval> RelativeInterval(const Proportion& a, const Proportion& b);

}  // namespace cadenza

#endif  // CADENZA_SERVER_CONTROL_INTERVALS_H_
