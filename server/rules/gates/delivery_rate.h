// Delivery rates: how fast a campaign, or a workspace, may send to all of its users together. The arithmetic only, with
// time as an argument and a state of one moment; who keeps the state, and shares it among processes, is not said here.
//
// The generic cell rate algorithm (ITU-T I.371, annex A): one theoretical moment, that of the next message if all came
// evenly, moves on by per / most with each. A smooth rate sends at that moment at the earliest. One that is not may run
// ahead of it by `per`: what was not used in a pause, up to `most` messages, may go at once.
//
// Promised: of a smooth rate, no window of length `per` (half open, wherever it starts) holds more than `most`; else,
// none holds more than 2 * most - 1, and over any longer time the rate is kept. Pure; any thread.
#ifndef CADENZA_SERVER_RULES_GATES_DELIVERY_RATE_H_
#define CADENZA_SERVER_RULES_GATES_DELIVERY_RATE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "storage/model/delivery_limits.h"

namespace cadenza::rules {

inline constexpr int64_t kMaxRateMessages = 1'000'000'000;
inline constexpr absl::Duration kMinRatePer = absl::Seconds(1);
inline constexpr absl::Duration kMaxRatePer = absl::Hours(24);

// INVALID_ARGUMENT names the field, "<field>.most: …".
absl::Status CheckDeliveryRate(std::string_view field, const DeliveryRate& rate);

struct RateState {
  // The theoretical moment of the next message. InfinitePast: none was sent yet.
  absl::Time next = absl::InfinitePast();
  friend bool operator==(const RateState&, const RateState&) = default;
};

// From one message of a smooth rate to the next: per / most, rounded up to a nanosecond, so that rounding never adds a
// message to a window.
absl::Duration Spacing(const DeliveryRate& rate);

// By how much a message may come before its theoretical moment: nothing of a smooth rate.
absl::Duration Ahead(const DeliveryRate& rate);

// The earliest moment, `now` or later, at which a message may go. Changes nothing.
absl::Time EarliestSend(const DeliveryRate& rate, const RateState& state, absl::Time now);

// Takes `count` places (1 or more) of what the rate allows, and answers the moment of the first; the next may go
// `Spacing` later each, or at once where the rate has room. REQUIRES: a valid rate.
absl::Time Reserve(const DeliveryRate& rate, int64_t count, absl::Time now, RateState* state);

// A message that must pass two rates (its campaign's and its workspace's) waits for the later, and takes a place in
// both.
absl::Time ReserveBoth(const DeliveryRate& first, const DeliveryRate& second, absl::Time now, RateState* first_state,
                       RateState* second_state);

}  // namespace cadenza::rules

#endif  // CADENZA_SERVER_RULES_GATES_DELIVERY_RATE_H_
