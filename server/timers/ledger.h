// What the pump has in the lanes, and what became of it. Internal to server/timers.
#ifndef CADENZA_SERVER_TIMERS_LEDGER_H_
#define CADENZA_SERVER_TIMERS_LEDGER_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/synchronization/mutex.h"
#include "server/lanes/sinks.h"
#include "server/timers/timer_pump.h"

namespace cadenza {

// Thread-safe: the lanes tell it verdicts, the pump asks it.
class TimerPump::Ledger : public Settlement {
 public:
  Ledger(const Options& options, Clock* clock, Metrics* metrics)
      : options_(options), clock_(clock), metrics_(metrics) {}

  void OnSettled(std::vector<Settled> settled) override ABSL_LOCKS_EXCLUDED(mu_);

  // Whether `timer` is new here: then it is in flight from now on, and `position` is its own. Its payload is not kept.
  bool Open(const Timer& timer, int64_t* position) ABSL_LOCKS_EXCLUDED(mu_);
  // Its lateness says nothing: an import set it for a time that had passed.
  void Untimed(int64_t position) ABSL_LOCKS_EXCLUDED(mu_);
  // As a verdict that the attempt failed.
  void Fail(int64_t position, const absl::Status& why) ABSL_LOCKS_EXCLUDED(mu_);
  // In the lanes, or failed and not recorded yet.
  int in_flight() const ABSL_LOCKS_EXCLUDED(mu_);

  // Failures that are to be recorded; they stay in flight until Recorded.
  std::vector<std::pair<int64_t, TimerFailure>> TakeFailures(absl::Time now) ABSL_LOCKS_EXCLUDED(mu_);
  void Recorded(const std::vector<std::pair<int64_t, TimerFailure>>& failures) ABSL_LOCKS_EXCLUDED(mu_);
  // They could not be recorded: not to be taken before `until`.
  void GiveBack(std::vector<std::pair<int64_t, TimerFailure>> failures, absl::Time until) ABSL_LOCKS_EXCLUDED(mu_);

  // The next look is due then, unless Notify says something earlier.
  void LookAt(absl::Time time) ABSL_LOCKS_EXCLUDED(mu_);
  void Notify(absl::Time due) ABSL_LOCKS_EXCLUDED(mu_);
  // Whether a look is due, and there is room for more.
  bool MayLook(absl::Time now) const ABSL_LOCKS_EXCLUDED(mu_);
  // Waits until there is something to do, or for `most`. False when stopped.
  bool AwaitWork(absl::Duration most) ABSL_LOCKS_EXCLUDED(mu_);
  void Stop() ABSL_LOCKS_EXCLUDED(mu_);

 private:
  // A setting of a timer.
  struct Name {
    UserKey user;
    std::string timer_id;
    int64_t set_seq = 0;
    friend bool operator==(const Name&, const Name&) = default;
    template <typename H>
    friend H AbslHashValue(H h, const Name& n) {
      return H::combine(std::move(h), n.user, n.timer_id, n.set_seq);
    }
  };

  void FailLocked(int64_t position, const absl::Status& why) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void CloseLocked(int64_t position) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool HasRoomLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return static_cast<int>(open_.size()) <= options_.in_flight_max / 2;
  }

  const Options options_;
  Clock* const clock_;
  Metrics* const metrics_;
  mutable absl::Mutex mu_;
  int64_t last_position_ ABSL_GUARDED_BY(mu_) = 0;
  absl::flat_hash_map<int64_t, Timer> open_ ABSL_GUARDED_BY(mu_);  // by position
  absl::flat_hash_set<Name> names_ ABSL_GUARDED_BY(mu_);           // of open_
  std::vector<std::pair<int64_t, TimerFailure>> failures_ ABSL_GUARDED_BY(mu_);
  absl::Time hold_failures_until_ ABSL_GUARDED_BY(mu_) = absl::InfinitePast();
  absl::flat_hash_set<int64_t> untimed_ ABSL_GUARDED_BY(mu_);  // positions in open_
  absl::Time look_at_ ABSL_GUARDED_BY(mu_) = absl::InfinitePast();
  bool stopped_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace cadenza

#endif  // CADENZA_SERVER_TIMERS_LEDGER_H_
