// Until when the value of an evaluation stays as it is while the clock runs and nothing else happens.
//
// An evaluation is a function of what it consults. So whatever depends on the clock enters, as it is consulted, until
// when its own answer stays; up to the earliest of these the evaluation takes the same course to the same value. What
// it did not consult (the right side of `false && x`, the other branch of `?:`) does not count.
//
// `now` has another value every nanosecond, which would say nothing. It is therefore a value that is known to move
// (Value::moves): sums and differences of it move too, and when two are compared, or a calendar field or the whole
// hours of one are asked for, the moment of the change is computed. Any other use of what moves (string(now), now in
// [...], an argument of a function of the environment) counts as changing at once, one nanosecond later.
#ifndef CADENZA_SERVER_RULES_CEL_HORIZON_H_
#define CADENZA_SERVER_RULES_CEL_HORIZON_H_

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "server/rules/cel/value.h"

namespace cadenza::cel {

// Of one evaluation at the time `now`, on one thread. Times are whole nanoseconds.
class Horizon {
 public:
  explicit Horizon(absl::Time now) : now_(now) {}
  absl::Time now() const { return now_; }

  // What was consulted stays as it is before `time`; if that is not later than now, for a nanosecond.
  void Until(absl::Time time) { at_ = std::min(at_, std::max(time, now_ + absl::Nanoseconds(1))); }
  // What was consulted can change at any moment.
  void Unknown() { unknown_ = true; }

  // The earliest moment, always later than now, at which the value can be another; never later than the first moment at
  // which it is. Nothing if it stays for ever, which is a thousand years.
  std::optional<absl::Time> at() const { return unknown_ ? now_ + absl::Nanoseconds(1) : known_at(); }
  // Something was consulted of which that moment is not known.
  bool unknown() const { return unknown_; }
  // The same of all that was consulted besides.
  std::optional<absl::Time> known_at() const {
    return at_ - now_ > kForEver ? std::nullopt : std::optional<absl::Time>(at_);
  }

 private:
  static constexpr absl::Duration kForEver = absl::Hours(24 * 365 * 1000);
  const absl::Time now_;
  absl::Time at_ = absl::InfiniteFuture();
  bool unknown_ = false;
};

// What a standard function does with arguments that move.
struct ClockRole {
  enum class Kind : uint8_t {
    kOpaque,       // changes at once
    kTransparent,  // the result carries its own motion, or does not depend on it
    kPlus,
    kMinus,
    kCompare,  // detail: for which signs of the difference it is true; bit 0 negative, 1 zero, 2 positive
    kPart,     // detail: the Unit in which it counts
  };
  enum Unit : uint8_t { kYear, kMonth, kDay, kHour, kMinute, kSecond, kMillisecond };
  Kind kind = Kind::kOpaque;
  uint8_t detail = 0;
};
ClockRole ClockRoleOf(std::string_view function);

bool AnyMoves(absl::Span<const Value> args);

// `result` is what the function of this role gave for `args`, one of which moves: with its own motion, after its moment
// of change was entered.
Value EnterMoving(ClockRole role, absl::Span<const Value> args, Value result, Horizon* horizon);

}  // namespace cadenza::cel

#endif  // CADENZA_SERVER_RULES_CEL_HORIZON_H_
