// What campaigns decided on one input, gate by gate, as it is stored: written by the gates as they go, in bytes, so
// that every decision can be kept; decision_text.h makes people's text of it.
//
// The form (kVersion 1), numbers being varints (zigzag where they may be negative), times zigzag microseconds since the
// epoch with two numbers for "never", texts their length and their bytes:
//   version   the time of the input   then for each campaign:
//     2 bytes: how many follow of this decision   outcome, 1 byte   campaign_id   revision   event_id ("" = the
//     input's) for each gate: Gate * 2 + passed, 1 byte   form, 1 byte   what the form says (forms) 0
//     variant_id   wait time
#ifndef CADENZA_SERVER_RULES_DECISION_LOG_H_
#define CADENZA_SERVER_RULES_DECISION_LOG_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "storage/model/decision.h"

namespace cadenza::rules {

// The forms of what gates say, and the values that follow each: n a number or a time, t a text. Stored: never renumber
// within a gate.
namespace forms {
inline constexpr uint8_t kPlain = 0;  // what the gate mostly says
inline constexpr uint8_t kError = 1;  // a rule error: t, its text
// kTrigger. kPlain: nothing if passed, else n the input's kind, t its name (of an event, a product), n whether it
// starts a session.
inline constexpr uint8_t kTooOld = 2;      // nothing
inline constexpr uint8_t kNotActive = 3;   // nothing; also of kActiveWindow
inline constexpr uint8_t kNeverShown = 4;  // t, the local time that the user's clock never shows
inline constexpr uint8_t kHadLaunch = 5;   // n, when the launch was due that the user had under another name
// kActiveWindow. kPlain: n n, from when and until when.
// kCondition, kAudience. kPlain: nothing; the outcome is `passed`.
inline constexpr uint8_t kNoCondition = 2;  // nothing
// kSubscription. kPlain: t, the channel.
// kReEligibility. kPlain: n the rule's kind, n its duration, n the last time, n now.
inline constexpr uint8_t kNeverIn = 2;  // n, the rule's kind
// kHoldout. kPlain: n, in basis points.
// kVariant. kPlain: t variant_id, n whether it is a control, n the bucket in 1/10,000, n whether it was stored.
inline constexpr uint8_t kGone = 2;  // t, variant_id
// kDelay. kPlain: n, until when.
inline constexpr uint8_t kTooMany = 2;    // n, how many wait
inline constexpr uint8_t kCancelled = 3;  // t, by which event
inline constexpr uint8_t kLocalTime = 4;  // n until when, t which local time
// kQuietHours. kPlain: t the zone; unless passed n until when, n whether the message waits.
// kFrequencyCap. kPlain: n its most, n its window, t its channel, t its tag, t its campaign, n the count, n when it
// frees.
inline constexpr uint8_t kNoCap = 2;  // nothing
// kDeliveryRate. kPlain: n, the place.
inline constexpr uint8_t kNoPlace = 2;  // n, when it is tried again
// kRender. kPlain: n, the bytes of the message.
inline constexpr uint8_t kAborted = 2;  // t, why
}  // namespace forms

// Where gates write. Not thread-safe; used again and again, it allocates nothing.
class DecisionLog {
 public:
  static constexpr uint8_t kVersion = 1;
  static constexpr size_t kTextBytes = 512;    // of one text; the rest of it is cut off
  static constexpr size_t kMaxBytes = 48'000;  // of one input: decisions beyond it are left out

  // Starts the log of another input.
  void Clear(absl::Time clock) {
    size_ = 0;
    clock_ = clock;
  }
  bool empty() const { return size_ == 0; }
  // Writes the time of the input even if no campaign decides on it: of an import, whose clock nothing else that is
  // stored tells.
  void NoteTime();
  // Nothing if no campaign has decided.
  std::string_view written() const { return {buffer_.data(), size_}; }

  // A campaign decides; `event_id` is that of the trigger, "" if it is the input's.
  void Begin(std::string_view campaign_id, int64_t revision, std::string_view event_id);
  void End(DecisionOutcome outcome, std::string_view variant_id, absl::Time wait_time = absl::InfinitePast());
  // It has nothing to say after all: what was written since Begin is forgotten.
  void Drop() { size_ = begin_; }

  // A gate speaks; what its form says follows. Answers `passed`.
  bool Say(Gate gate, bool passed, uint8_t form = forms::kPlain) {
    char* out = Room(2);
    out[0] = static_cast<char>(static_cast<uint8_t>(gate) << 1 | (passed ? 1 : 0));
    out[1] = static_cast<char>(form);
    size_ += 2;
    if (!passed) stopped_by_ = gate;
    return passed;
  }
  // A rule error: an evaluation that failed, a template that hit a limit. False.
  bool Fail(Gate gate, std::string_view text);
  void Number(int64_t value);
  void Time(absl::Time time);
  void Text(std::string_view text);

  // Of the campaign that decides: "render: …"; empty if nothing failed.
  const std::string& error() const { return error_; }
  // Likewise, if it ends kStopped: the gate that did it.
  Gate stopped_by() const { return stopped_by_; }

 private:
  // Where the next bytes go.
  char* Room(size_t bytes) {
    if (size_ + bytes > buffer_.size()) buffer_.resize(2 * buffer_.size() + bytes);
    return buffer_.data() + size_;
  }
  void Varint(uint64_t value);

  std::string buffer_;
  size_t size_ = 0;
  size_t begin_ = 0;     // what Drop goes back to
  size_t decision_ = 0;  // where the one that is being written starts
  absl::Time clock_;
  Gate stopped_by_ = Gate::kTrigger;
  std::string error_;
};

}  // namespace cadenza::rules

#endif  // CADENZA_SERVER_RULES_DECISION_LOG_H_
