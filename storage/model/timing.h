// When a campaign may send, as plain values. What they mean to the letter is said where they are applied:
// server/rules/schedule.
#ifndef CADENZA_STORAGE_MODEL_TIMING_H_
#define CADENZA_STORAGE_MODEL_TIMING_H_

#include <bitset>
#include <compare>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace cadenza {

// What a clock shows, to the minute.
struct TimeOfDay {
  int minutes = 0;  // since midnight: 0 to 24 * 60 - 1; as the end of a range also 24 * 60
  friend auto operator<=>(const TimeOfDay&, const TimeOfDay&) = default;
};

// From `start`, included, to `end`, excluded. An end at or before the start is on the next day: 22:00 to 08:00.
struct QuietWindow {
  TimeOfDay start;
  TimeOfDay end;  // may be 24:00
  // The days on which it starts, by absl::Weekday (0: Monday). A window that crosses midnight belongs to the day of its
  // start.
  std::bitset<7> weekdays = std::bitset<7>().set();
  friend bool operator==(const QuietWindow&, const QuietWindow&) = default;
};

// When no message may come, in the user's time zone, and what becomes of one that would.
struct QuietRule {
  std::vector<QuietWindow> windows;  // none: never quiet
  bool hold = false;                 // until they end; else it is dropped
  friend bool operator==(const QuietRule&, const QuietRule&) = default;
};

// The next time that the user's clock shows `time`, on this day of the week if one is given.
struct DelayUntil {
  TimeOfDay time;
  std::optional<absl::Weekday> weekday;
  friend bool operator==(const DelayUntil&, const DelayUntil&) = default;
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_MODEL_TIMING_H_
