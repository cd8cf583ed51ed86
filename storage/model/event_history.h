// How often and when one event name occurred for one user: a count, first and last time, and the history for sliding
// windows.
//
// The last limits::kRecentOccurrences occurrences are kept to the second; older ones, back to limits::kHistoryDays
// before the newest, as counts per hour; still older ones only in the count. Occurrences may be added in any order: the
// result depends only on which they are.
//
// Not thread-safe; a plain value.
#ifndef CADENZA_STORAGE_MODEL_EVENT_HISTORY_H_
#define CADENZA_STORAGE_MODEL_EVENT_HISTORY_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/time/time.h"
#include "storage/model/packed_seconds.h"

namespace cadenza {

class EventHistory {
 public:
  struct HourCount {
    int64_t hour = 0;  // hours since the Unix epoch
    uint32_t count = 0;
    friend bool operator==(const HourCount&, const HourCount&) = default;
  };

  // One occurrence at `time`.
  void Add(absl::Time time);
  // Everything of `other`, as if each of its occurrences had been added.
  void Merge(const EventHistory& other);

  int64_t count() const { return count_; }
  // REQUIRES: count() > 0.
  absl::Time first_time() const { return first_time_; }
  absl::Time last_time() const { return last_time_; }

  // Occurrences with  now - window < time <= now.  Exact to the second among the recent ones; an older hour counts if
  // its last second (in the hour of the oldest recent occurrence: that one's second) is inside the window. Never more
  // than count().
  int64_t CountWithin(absl::Duration window, absl::Time now) const;
  // The first moment after `now` at which CountWithin(window) can be another with nothing added: the window lets go of
  // an occurrence, or reaches one that lies ahead of `now`. InfiniteFuture if none comes.
  absl::Time NextChange(absl::Duration window, absl::Time now) const;

  // For the codec, and for tests. Ascending.
  const PackedSeconds& recent() const { return recent_; }
  const std::vector<HourCount>& hours() const { return hours_; }
  static EventHistory Restore(int64_t count, absl::Time first_time, absl::Time last_time, PackedSeconds recent,
                              std::vector<HourCount> hours);

  // About how many bytes it takes encoded.
  size_t ByteSize() const { return 32 + recent_.size() * 3 + hours_.size() * 4; }
  friend bool operator==(const EventHistory&, const EventHistory&) = default;

 private:
  // Moves what is too many in recent_ to hours_, and drops the hours that are too old.
  void Compact();
  void AddToHour(int64_t hour, uint32_t count);

  int64_t count_ = 0;
  absl::Time first_time_;
  absl::Time last_time_;
  PackedSeconds recent_;          // seconds since the epoch, at most kRecentOccurrences
  std::vector<HourCount> hours_;  // ascending by hour, each hour once
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_MODEL_EVENT_HISTORY_H_
