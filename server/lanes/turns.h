// Lanes take turns: while there is little to do, one batch at a time. What arrives meanwhile makes the next batch
// larger, and a batch of 60 inputs costs little more than one of 30 (measured at 20,000 inputs a second on two
// processors: see docs/performance.md). A lane with enough to do does not wait, so under full load all of them run.
//
// In short, the number of lanes at work follows the load, while each keeps its users.
#ifndef CADENZA_SERVER_LANES_TURNS_H_
#define CADENZA_SERVER_LANES_TURNS_H_

#include <cstddef>
#include <deque>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace cadenza::lanes {

// Thread-safe.
class Turns {
 public:
  // `patience` is the longest that anybody waits: a batch may hang on the store, and where a commit takes this long
  // anyway, several at a time are worth more than large ones.
  explicit Turns(absl::Duration patience) : patience_(patience) {}

  // A lane is at work for as long as one of these lives.
  class Turn {
   public:
    // Waits until no lane is at work and none has waited for longer. Not at all if `hurry`.
    Turn(Turns* turns, bool hurry) : turns_(turns) { turns_->Begin(hurry); }
    ~Turn() { turns_->End(); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    Turns* const turns_;
  };

  // Lanes that wait.
  size_t waiting() const {
    absl::MutexLock lock(&mu_);
    return waiting_.size();
  }

 private:
  struct Waiter {
    const Turns* turns;
    bool IsNext() const ABSL_NO_THREAD_SAFETY_ANALYSIS {
      return turns->at_work_ == 0 && turns->waiting_.front() == this;
    }
  };

  void Begin(bool hurry);
  void End();

  const absl::Duration patience_;
  mutable absl::Mutex mu_;
  int at_work_ ABSL_GUARDED_BY(mu_) = 0;
  std::deque<const Waiter*> waiting_ ABSL_GUARDED_BY(mu_);  // the longest first
};

}  // namespace cadenza::lanes

#endif  // CADENZA_SERVER_LANES_TURNS_H_
