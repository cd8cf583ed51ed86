// A histogram of durations in fixed memory (about 190 kB), by the layout of HdrHistogram (Gil Tene, hdrhistogram.org):
// each power of two is cut into equal parts, so every recorded value is known to within 0.1 % (3 significant digits).
//
// From 1 us to 1 h; what is shorter counts as 1 us, what is longer as 1 h (and saturated() tells how many were). For
// one thread at a time: give each thread its own and Merge them.
#ifndef CADENZA_CLIENTS_LOAD_HISTOGRAM_H_
#define CADENZA_CLIENTS_LOAD_HISTOGRAM_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/time/time.h"

namespace cadenza::load {

class Histogram {
 public:
  Histogram();

  void Record(absl::Duration value) { Record(value, 1); }
  // `times` values at once; times >= 0.
  void Record(absl::Duration value, int64_t times);
  void Merge(const Histogram& other);
  void Clear();

  // The least recorded value that at least this part of the values does not exceed; q from 0 to 1 (0: the least, 1: the
  // greatest). As the greatest duration of its cell, so never too small; zero if nothing was recorded.
  absl::Duration Quantile(double q) const;
  // The longest, to the microsecond; zero if nothing was recorded.
  absl::Duration Max() const { return absl::Microseconds(max_); }
  // The mean of the cells' middles; zero if nothing was recorded.
  absl::Duration Mean() const;
  int64_t count() const { return count_; }
  // How many were longer than an hour.
  int64_t saturated() const { return saturated_; }

 private:
  std::vector<int64_t> cells_;
  int64_t count_ = 0;
  int64_t saturated_ = 0;
  int64_t max_ = 0;  // us
};

}  // namespace cadenza::load

#endif  // CADENZA_CLIENTS_LOAD_HISTOGRAM_H_
