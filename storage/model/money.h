// An exact decimal amount in one currency: a whole number of nanos (billionths of a unit) in 128 bits, so that sums of
// any length of valid amounts are exact.
#ifndef CADENZA_STORAGE_MODEL_MONEY_H_
#define CADENZA_STORAGE_MODEL_MONEY_H_

#include <cstdint>
#include <string>

#include "absl/numeric/int128.h"

namespace cadenza {

inline constexpr int64_t kNanosPerUnit = 1'000'000'000;

struct Money {
  std::string currency_code;
  absl::int128 nanos = 0;

  // Split as in cadenza.v1.Money. units() saturates beyond int64 (an amount that validation and apply never let arise).
  int64_t units() const { return static_cast<int64_t>(nanos / kNanosPerUnit); }
  int32_t nano_part() const { return static_cast<int32_t>(nanos % kNanosPerUnit); }
  static Money Of(std::string currency_code, int64_t units, int32_t nano_part) {
    return {std::move(currency_code), absl::int128(units) * kNanosPerUnit + nano_part};
  }
  friend bool operator==(const Money&, const Money&) = default;
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_MODEL_MONEY_H_
