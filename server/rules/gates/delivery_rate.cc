#include "server/rules/gates/delivery_rate.h"

#include <algorithm>

#include "storage/base/text.h"
#include "storage/model/rejection.h"

namespace cadenza::rules {
namespace {

absl::Time Take(const DeliveryRate& rate, int64_t count, absl::Time at, RateState* state) {
  state->next = std::max(state->next, at) + Spacing(rate) * count;
  return at;
}

}  // namespace

absl::Status CheckDeliveryRate(std::string_view field, const DeliveryRate& rate) {
  auto invalid = [field](std::string_view member, std::string_view message) {
    return Rejected(absl::StatusCode::kInvalidArgument, reasons::kInvalidField, StrCat(field, ".", member), message);
  };
  if (rate.most < 1 || rate.most > kMaxRateMessages) {
    return invalid("most", StrCat("is ", rate.most, "; it must be from 1 to ", kMaxRateMessages));
  }
  if (rate.per < kMinRatePer || rate.per > kMaxRatePer) {
    return invalid("per", StrCat("is ", absl::FormatDuration(rate.per), "; it must be from ",
                                 absl::FormatDuration(kMinRatePer), " to ", absl::FormatDuration(kMaxRatePer)));
  }
  return absl::OkStatus();
}

absl::Duration Spacing(const DeliveryRate& rate) {
  // Not by dividing durations, which rounds down, to a quarter of a nanosecond.
  return absl::Nanoseconds((absl::ToInt64Nanoseconds(rate.per) + rate.most - 1) / rate.most);
}

absl::Duration Ahead(const DeliveryRate& rate) {
  return rate.smooth ? absl::ZeroDuration() : Spacing(rate) * (rate.most - 1);
}

absl::Time EarliestSend(const DeliveryRate& rate, const RateState& state, absl::Time now) {
  return std::max(now, state.next - Ahead(rate));
}

absl::Time Reserve(const DeliveryRate& rate, int64_t count, absl::Time now, RateState* state) {
  return Take(rate, count, EarliestSend(rate, *state, now), state);
}

absl::Time ReserveBoth(const DeliveryRate& first, const DeliveryRate& second, absl::Time now, RateState* first_state,
                       RateState* second_state) {
  const absl::Time at = std::max(EarliestSend(first, *first_state, now), EarliestSend(second, *second_state, now));
  Take(first, 1, at, first_state);
  return Take(second, 1, at, second_state);
}

}  // namespace cadenza::rules
