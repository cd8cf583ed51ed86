// How much a user, a campaign and a workspace may be sent, as plain values. What they mean to the letter is said where
// they are applied: server/rules/gates.
#ifndef CADENZA_STORAGE_MODEL_DELIVERY_LIMITS_H_
#define CADENZA_STORAGE_MODEL_DELIVERY_LIMITS_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"

namespace cadenza {

// At most `most` messages to one user in any window of this length, of those that it counts: all of a channel, a tag
// and a campaign, where "" stands for any.
struct FrequencyCap {
  int32_t most = 0;  // 1 to limits::kCapMessages
  absl::Duration window;
  std::string channel;
  std::string tag;
  std::string campaign_id;
  friend bool operator==(const FrequencyCap&, const FrequencyCap&) = default;
};

// At most `most` messages in `per`, to all users together.
struct DeliveryRate {
  int64_t most = 0;
  absl::Duration per;
  // Spread evenly over `per`. Else as many as `most` may go at once, after a pause.
  bool smooth = true;
  friend bool operator==(const DeliveryRate&, const DeliveryRate&) = default;
};

// Whether a user may enter a campaign again.
struct ReEligibility {
  enum class Kind : uint8_t { kAlways, kAfter, kNever };
  Kind kind = Kind::kAlways;
  absl::Duration after;  // kAfter: since the last time
  friend bool operator==(const ReEligibility&, const ReEligibility&) = default;
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_MODEL_DELIVERY_LIMITS_H_
