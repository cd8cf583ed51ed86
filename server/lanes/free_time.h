// Time that is free, as stretches: what of a delivery rate has not been given out yet, and what of it a process has
// leased and not used. Pure; for one thread at a time.
#ifndef CADENZA_SERVER_LANES_FREE_TIME_H_
#define CADENZA_SERVER_LANES_FREE_TIME_H_

#include <cstddef>
#include <optional>
#include <vector>

#include "absl/time/time.h"

namespace cadenza::lanes {

// Half open.
struct Stretch {
  absl::Time from;
  absl::Time to;
  friend bool operator==(const Stretch&, const Stretch&) = default;
};

// Disjoint stretches that do not touch, ascending. At first there are none.
class FreeTime {
 public:
  // The inverse of Bounds. Where bounds do not ascend, what is between them is not free.
  static FreeTime FromBounds(const std::vector<absl::Time>& bounds);
  // As RateRow (storage/workspace_store.h) has them. REQUIRES: the last stretch ends at InfiniteFuture.
  std::vector<absl::Time> Bounds() const;

  const std::vector<Stretch>& stretches() const { return stretches_; }

  // The earliest moment, `at` or later, from which `length` is free.
  std::optional<absl::Time> FindRoom(absl::Time at, absl::Duration length) const;
  // Of the stretch that `at` is in. REQUIRES: it is free.
  absl::Time EndOf(absl::Time at) const;

  void Add(Stretch stretch);
  void Take(Stretch stretch);
  void DropBefore(absl::Time time) { Take({absl::InfinitePast(), time}); }
  // Those that are shorter, which no message has room in.
  void DropShorterThan(absl::Duration length);

 private:
  std::vector<Stretch> stretches_;
};

}  // namespace cadenza::lanes

#endif  // CADENZA_SERVER_LANES_FREE_TIME_H_
