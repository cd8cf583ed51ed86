#include "clients/load/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace cadenza::load {
namespace {

// Below 2^kExactBits every microsecond has its own cell; above, each power of two has 2^(kExactBits - 1) cells, so a
// cell is at most 1/1024 of its values wide.
constexpr int kExactBits = 11;
constexpr size_t kExact = size_t{1} << kExactBits;
constexpr size_t kHalf = kExact / 2;
constexpr int64_t kLeast = 1;
constexpr int64_t kGreatest = 3'600'000'000;

size_t CellOf(int64_t micros) {
  const auto value = static_cast<uint64_t>(micros);
  if (value < kExact) return value;
  const int shift = std::bit_width(value) - kExactBits;
  return kExact + static_cast<size_t>(shift - 1) * kHalf + ((value >> shift) - kHalf);
}

// The first value of a cell; of the cell after the last one too.
int64_t BeginOf(size_t cell) {
  if (cell < kExact) return static_cast<int64_t>(cell);
  const size_t shift = (cell - kExact) / kHalf + 1;
  return static_cast<int64_t>(((cell - kExact) % kHalf + kHalf) << shift);
}

int64_t LastOf(size_t cell) { return BeginOf(cell + 1) - 1; }

}  // namespace

Histogram::Histogram() : cells_(CellOf(kGreatest) + 1) {}

void Histogram::Record(absl::Duration value, int64_t times) {
  int64_t micros = absl::ToInt64Microseconds(value);
  if (micros > kGreatest) saturated_ += times;
  micros = std::clamp(micros, kLeast, kGreatest);
  cells_[CellOf(micros)] += times;
  count_ += times;
  if (times > 0) max_ = std::max(max_, micros);
}

void Histogram::Merge(const Histogram& other) {
  for (size_t i = 0; i < cells_.size(); ++i) cells_[i] += other.cells_[i];
  count_ += other.count_;
  saturated_ += other.saturated_;
  max_ = std::max(max_, other.max_);
}

void Histogram::Clear() {
  std::fill(cells_.begin(), cells_.end(), 0);
  count_ = saturated_ = max_ = 0;
}

absl::Duration Histogram::Quantile(double q) const {
  if (count_ == 0) return absl::ZeroDuration();
  // The subtraction keeps 0.99 * 100, which is a little above 99 in binary, from meaning the 100th.
  const double wanted = std::clamp(q, 0.0, 1.0) * static_cast<double>(count_);
  const auto rank = std::clamp<int64_t>(static_cast<int64_t>(std::ceil(wanted - wanted * 1e-12)), 1, count_);
  int64_t seen = 0;
  for (size_t i = 0; i < cells_.size(); ++i) {
    seen += cells_[i];
    if (seen >= rank) return absl::Microseconds(std::min(LastOf(i), max_));
  }
  return Max();
}

absl::Duration Histogram::Mean() const {
  if (count_ == 0) return absl::ZeroDuration();
  double sum = 0;
  for (size_t i = 0; i < cells_.size(); ++i) {
    if (cells_[i] == 0) continue;
    sum += static_cast<double>(cells_[i]) * (static_cast<double>(BeginOf(i)) + static_cast<double>(LastOf(i))) / 2;
  }
  return absl::Microseconds(sum / static_cast<double>(count_));
}

}  // namespace cadenza::load
