// The part of a Store that whoever fires timers works with. Timers are set, deleted and moved by Store::Commit, in the
// transaction of their user's profile; what is here finds those that are due, and keeps account of those that fail.
//
// Threads and errors as in store.h.
#ifndef CADENZA_STORAGE_TIMER_STORE_H_
#define CADENZA_STORAGE_TIMER_STORE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "storage/base/ids.h"
#include "storage/model/timer.h"

namespace cadenza {

struct DueRequest {
  absl::Time now;        // by the clock of the caller
  int limit = 0;         // timers at most
  size_t bytes_max = 0;  // payloads together, but one timer at least
};

struct DueTimers {
  std::vector<Timer> timers;  // the earliest first
  bool more = false;          // more are due than were asked for
  // When the first one that is not due yet will be; InfiniteFuture if none is known. Timers that others set later may
  // come before it.
  absl::Time next_due = absl::InfiniteFuture();
};

// What became of an attempt that failed.
struct TimerFailure {
  UserKey user;
  std::string timer_id;
  int64_t set_seq = 0;
  int attempts = 0;  // that failed, this one included
  absl::Time due_time;
  bool parked = false;
  std::string error;
};

// Each counted to a bound that the caller gives.
struct TimerCounts {
  int64_t due = 0;
  int64_t parked = 0;
};

struct ParkedRequest {
  std::string workspace;
  // The last timer of the page before; empty for the first page.
  std::string after_user_key;
  std::string after_timer_id;
  int limit = 0;
};

class TimerStore {
 public:
  virtual ~TimerStore() = default;

  // Timers that are due and not parked, of this process's share. Never early by any clock that matters: due_time has
  // been reached by `now`, and by the clock of the database, so a process whose clock runs ahead gets nothing that
  // others would call early.
  //
  // The processes that work on one database (those that commit heartbeats: Store::Probe) share its shards evenly. A
  // share moves when a process comes or goes, so for a moment two may find the same timer: the fence of its user lets
  // it take effect once. A process that was killed keeps its share for three seconds.
  virtual absl::StatusOr<DueTimers> FindDue(const DueRequest& request) = 0;
  // Timers that were replaced, deleted or moved since are left alone.
  virtual absl::Status RecordFailures(const std::vector<TimerFailure>& failures) = 0;
  // Those of a workspace that wait for people, by (user key, timer_id).
  virtual absl::StatusOr<std::vector<Timer>> ListParked(const ParkedRequest& request) = 0;
  // One that waits for people is due at `now`, as if it had never failed; its last error stays until it fails again.
  // False if no such timer is parked. UNKNOWN may be answered; call again.
  virtual absl::StatusOr<bool> RetryParked(const UserKey& user, std::string_view timer_id, absl::Time now) = 0;
  // All timers of these users, whoever's share they are in, also those that are not due or parked.
  virtual absl::StatusOr<std::vector<Timer>> ReadTimers(const std::vector<UserKey>& users) = 0;
  // In all workspaces and shares; each at most `most`.
  virtual absl::StatusOr<TimerCounts> Count(absl::Time now, int most) = 0;
  // This process fires no more: the others take over its share at once.
  virtual absl::Status Leave() = 0;
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_TIMER_STORE_H_
