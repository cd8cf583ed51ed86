// Finds the timers that are due in the store and sends them through the lanes, as inputs among others.
//
// A folder of its own, since it is a way in like server/rpc: it makes inputs, hands them to lanes and hears their
// verdicts. How its promises are kept:
//   exactly once   the lane looks into the profile whether this setting of the timer is still there, and deletes it in
//                  the transaction of its effect; the fence lets one process do so. Nothing is claimed beforehand: each
//                  process has a share of the shards (TimerStore), so twice is rare, costs one vain attempt, and
//                  nothing has to be written, or to time out, when a process dies.
//   never early    a timer is pushed once its time has come by the clock of this process and by that of the database,
//                  and refused by the lane before that time by the input's clock.
//   on time        it sleeps until the next timer that it knows is due. Of those that this process sets it hears from
//                  the lanes (Notify), of others' within poll_interval.
//   live events    at most in_flight_max timers are in the lanes at any moment, about half of a batch: a flood of them
//                  waits in the store, and an input waits behind that many at most.
//   failures       an attempt that fails (an error of the campaign's rules, content that cannot be stored) is made
//                  again later and later, then the timer is parked: it waits for people, in TimerStore::ListParked and
//                  cadenza_timers_parked. All of that is in the store, and outlives this process. An exception event
//                  takes a parked timer away too.
#ifndef CADENZA_SERVER_TIMERS_TIMER_PUMP_H_
#define CADENZA_SERVER_TIMERS_TIMER_PUMP_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "server/ingest/work_item.h"
#include "storage/base/clock.h"
#include "storage/base/metrics.h"
#include "storage/timer_store.h"

namespace cadenza {

// Start, Stop and the destructor on one thread; Notify on any. Its thread owns all its state, but what Notify and the
// verdicts leave for it under a lock.
class TimerPump {
 public:
  struct Options {
    absl::Duration poll_interval = absl::Milliseconds(250);  // between looks when nothing is known to come
    absl::Duration spacing = absl::Milliseconds(10);         // between looks at least
    int in_flight_max = 256;                                 // in the lanes
    size_t look_bytes = 8 << 20;                             // of payloads that one look takes
    int attempts_max = 6;                                    // then the timer is parked
    absl::Duration retry_first = absl::Seconds(1);           // after the first failure; four times as long after each
    absl::Duration count_interval = absl::Seconds(5);        // of the gauges
  };
  // Hands items to the lanes of their targets: never blocks.
  using Push = std::function<void(std::vector<WorkItem> items)>;

  // All of it outlives the pump, and `clock` and `metrics` whatever was pushed.
  TimerPump(const Options& options, TimerStore* store, Clock* clock, Metrics* metrics, Push push);
  ~TimerPump();

  // Begins. Call once.
  void Start();
  // No timer is pushed any more, and other processes take over; those in the lanes go on. Waits at most for the store's
  // deadline. Idempotent.
  void Stop();

  // A timer was set that is due then.
  void Notify(absl::Time due);

  // What the thread does when it wakes: keeps account of failures, looks for due timers if there is room for more, and
  // pushes them. For tests, instead of Start.
  void Step();

 private:
  class Ledger;

  void Run();
  void RecordFailures(absl::Time now);
  // When the next look is due.
  absl::Time Look(absl::Time now);
  void PushDue(std::vector<Timer> timers, absl::Time now);
  void CountNow(absl::Time now);

  const Options options_;
  TimerStore* const store_;
  Clock* const clock_;
  Metrics* const metrics_;
  const Push push_;
  const std::shared_ptr<Ledger> ledger_;
  absl::Time next_count_ = absl::InfinitePast();
  std::thread thread_;
};

}  // namespace cadenza

#endif  // CADENZA_SERVER_TIMERS_TIMER_PUMP_H_
