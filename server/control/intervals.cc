#include "server/control/intervals.h"

#include <cmath>

namespace cadenza {
namespace {

constexpr double kZ = 1.959963984540054;  // the 97.5 % point of the normal distribution

}  // namespace

std::optional<Interval> WilsonInterval(const Proportion& proportion) {
  if (proportion.all == 0) return std::nullopt;
  const double n = static_cast<double>(proportion.all);
  const double p = proportion.value();
  const double center = 2 * n * p + kZ * kZ;
  const double half = kZ * std::sqrt(kZ * kZ + 4 * n * p * (1 - p));
  const double scale = 2 * (n + kZ * kZ);
  Interval interval{p, (center - half) / scale, (center + half) / scale};
  if (proportion.of == 0) interval.low = 0;  // what rounding makes of it
  if (proportion.of == proportion.all) interval.high = 1;
  return interval;
}

std::optional<Interval> DifferenceInterval(const Proportion& a, const Proportion& b) {
  const std::optional<Interval> of_a = WilsonInterval(a);
  const std::optional<Interval> of_b = WilsonInterval(b);
  if (!of_a.has_value() || !of_b.has_value()) return std::nullopt;
  const double difference = of_a->estimate - of_b->estimate;
  return Interval{difference, difference - std::hypot(of_a->estimate - of_a->low, of_b->high - of_b->estimate),
                  difference + std::hypot(of_a->high - of_a->estimate, of_b->estimate - of_b->low)};
}

std::optional<Interval> RelativeInterval(const Proportion& a, const Proportion& b) {
  if (a.of == 0 || b.of == 0) return std::nullopt;
  const double ratio = a.value() / b.value();
  const auto inverse = [](int64_t count) { return 1 / static_cast<double>(count); };
  // Not negative but by rounding, where all converted.
  const double variance = inverse(a.of) - inverse(a.all) + inverse(b.of) - inverse(b.all);
  const double spread = kZ * std::sqrt(std::fmax(variance, 0));
  return Interval{ratio - 1, ratio * std::exp(-spread) - 1, ratio * std::exp(spread) - 1};
}

}  // namespace cadenza
