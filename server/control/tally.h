// Waits for the verdicts of what a background worker sent through the lanes.
#ifndef CADENZA_SERVER_CONTROL_TALLY_H_
#define CADENZA_SERVER_CONTROL_TALLY_H_

#include <algorithm>
#include <cstddef>
#include <functional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/lanes/sinks.h"

namespace cadenza {

// Counts what is settled. Thread-safe.
class Tally : public Settlement {
 public:
  explicit Tally(size_t expected) : open_(expected) {}

  void OnSettled(std::vector<Settled> settled) override {
    absl::MutexLock lock(&mu_);
    open_ -= std::min(open_, settled.size());
    for (const Settled& one : settled) rejected_ += one.verdict.kind == Verdict::Kind::kRejected ? 1 : 0;
  }

  // Until all are settled; false if `stopped`, asked now and then, said true before.
  bool Await(const std::function<bool()>& stopped) {
    constexpr absl::Duration kLook = absl::Milliseconds(100);
    while (true) {
      {
        absl::MutexLock lock(&mu_);
        const auto done = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return open_ == 0; };
        if (mu_.AwaitWithTimeout(absl::Condition(&done), kLook)) return true;
      }
      if (stopped()) return false;
    }
  }

  size_t rejected() const {
    absl::MutexLock lock(&mu_);
    return rejected_;
  }

 private:
  mutable absl::Mutex mu_;
  size_t open_ ABSL_GUARDED_BY(mu_);
  size_t rejected_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace cadenza

#endif  // CADENZA_SERVER_CONTROL_TALLY_H_
