// Frequency caps over exact sliding windows: however the messages fall, no window of a cap's length, wherever it
// starts, holds more than the cap allows. (A cap by calendar day lets 23:00 and 00:00 both send.) Windows are half
// open: a message that is exactly the window old no longer counts. Pure; any thread.
//
// Time does not go back for a user: the clocks of two inputs may, so a message is sent no earlier than the one before
// it (SendTime). With that, what is forgotten is never asked for again.
#ifndef CADENZA_SERVER_RULES_GATES_FREQUENCY_CAP_H_
#define CADENZA_SERVER_RULES_GATES_FREQUENCY_CAP_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "storage/model/delivery_limits.h"
#include "storage/model/message_history.h"

namespace cadenza::rules {

inline constexpr size_t kMaxCaps = 32;           // of a workspace
inline constexpr int32_t kMaxCapMessages = 100;  // of one cap
inline constexpr absl::Duration kMaxCapWindow = absl::Hours(24 * 90);

// INVALID_ARGUMENT names the field, "frequency_caps[1].window: …".
absl::Status CheckFrequencyCaps(const std::vector<FrequencyCap>& caps);

// "push/24h", "#promo/168h", "all/1h", "email #promo of knots/24h", "all of knots/24h".
std::string CapLabel(const FrequencyCap& cap);

// Whether the cap counts, and holds back, such a message.
bool Counts(const FrequencyCap& cap, const SentMessage& message);

// The moment at which a message may be called sent at `now`.
absl::Time SendTime(const MessageHistory& history, absl::Time now);

struct CapVerdict {
  bool passed = true;
  // The cap that frees last of those that block; if none does, the one that is fullest; null if none counts `next`.
  const FrequencyCap* cap = nullptr;
  int64_t count = 0;    // of messages in its window, `next` not among them
  absl::Time frees_at;  // the first moment at which `next` would pass; its own time if it does
  // "push/24h: 3 of 3, frees at 2026-11-26T14:05:00Z".
  std::string ToString() const;
};

// Whether `next` may be sent at its time, which is SendTime() at the earliest. Borrows `caps`.
CapVerdict CheckCaps(const std::vector<FrequencyCap>& caps, const MessageHistory& history, const SentMessage& next);

// Enters a message that was sent, if a cap counts it, and forgets what no cap of `caps` will ask for again. So there
// are never more than the sum of their `most`, nor any that the longest window before the newest does not reach. A cap
// that is new or longer than before starts from what the others have kept.
void Record(const std::vector<FrequencyCap>& caps, SentMessage sent, MessageHistory* history);

// If `after` come to hold in place of `before` at `now`: a sentence on each that may let too much pass for a while,
// since what it counts was remembered neither so far back nor in such numbers. It begins "frequency_caps[0] (…".
std::vector<std::string> ForgottenBefore(const std::vector<FrequencyCap>& before,
                                         const std::vector<FrequencyCap>& after, absl::Time now);

}  // namespace cadenza::rules

#endif  // CADENZA_SERVER_RULES_GATES_FREQUENCY_CAP_H_
