// TimerContent <-> its stored form, and from a stored timer to the input that it becomes. Pure, thread-safe.
#ifndef CADENZA_STORAGE_CODEC_TIMER_CODEC_H_
#define CADENZA_STORAGE_CODEC_TIMER_CODEC_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "storage/model/input.h"
#include "storage/model/timer.h"

namespace cadenza {

// A serialised cadenza.v1.TimerFired without timer_id and set_seq, with the trigger's body as its producer sent it, but
// that its time is filled in.
std::string EncodeTimerContent(const TimerContent& content);

// The input by which `timer` takes effect, as if it arrived at `now`. Its clock is `now`, or fire_time if an import set
// the timer. Its event_id is a UUIDv7 (version and variant of RFC 9562) of fire_time whose other bits are a digest of
// user, timer_id and set_seq: the same however often the timer is tried, and close to the ids that others make at the
// time. DATA_LOSS if the payload is damaged.
absl::StatusOr<Input> FiredInput(const Timer& timer, absl::Time now);

}  // namespace cadenza

#endif  // CADENZA_STORAGE_CODEC_TIMER_CODEC_H_
