// A timer: something that is to happen to a user at a time, kept durably until it has. Set and taken away by the rules
// in the transaction of the input that led to it; when it comes due it is an input itself (TimerFired in input.h).
#ifndef CADENZA_STORAGE_MODEL_TIMER_H_
#define CADENZA_STORAGE_MODEL_TIMER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "storage/base/ids.h"

namespace cadenza {

struct Input;

// What a timer is for. Stored: never renumber. The numbers are those of cadenza.v1.TimerFired.Purpose.
enum class TimerPurpose : uint8_t {
  kUnspecified = 0,
  kDelay = 1,
  kSegments = 2,
  kLocalLaunch = 3,
  kQuietHours = 4,
  kDeliveryRate = 5
};

// What whoever set a timer gets back when it fires. Whoever sets it bounds it: `subject` to limits::kNameBytes, the
// input's body and `note` together to limits::kTimerContentBytes.
struct TimerContent {
  TimerPurpose purpose = TimerPurpose::kUnspecified;
  std::string subject;  // the campaign_id, but of kSegments
  std::string note;     // of the purpose's own, opaque to all others
  // The rule set by which it was set: an older one must not judge it.
  int64_t rule_set_revision = 0;
  // The input that led to it, as it was applied; null for none. Never itself a TimerFired.
  std::shared_ptr<const Input> trigger;
};

// A timer as its user's profile knows it, by timer_id: enough to take it away without a look into the store.
struct PendingTimer {
  absl::Time fire_time;
  // The user_seq of the input that set it. With the id it names this very setting: neither is ever used again together,
  // so what is known of a timer that was replaced or taken away fits no other.
  int64_t set_seq = 0;
  friend bool operator==(const PendingTimer&, const PendingTimer&) = default;
};

// A timer as it is stored.
struct Timer {
  UserKey user;  // resolved
  std::string timer_id;
  int64_t set_seq = 0;
  absl::Time fire_time;
  std::string payload;  // encoded TimerContent, see storage/codec/timer_codec.h; opaque to engines
  int attempts = 0;     // that failed
  // When it is tried next: fire_time, or later after a failure. Of a parked one it means nothing.
  absl::Time due_time;
  bool parked = false;  // it failed too often, and waits for people
  std::string error;    // of the last failure
  friend bool operator==(const Timer&, const Timer&) = default;
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_MODEL_TIMER_H_
