// The one way to learn the time. Pure code (server/apply, server/rules) takes an absl::Time instead.
#ifndef CADENZA_STORAGE_BASE_CLOCK_H_
#define CADENZA_STORAGE_BASE_CLOCK_H_

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace cadenza {

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  // Wall time, to the microsecond.
  virtual absl::Time Now() = 0;

  // The system's clock. Lives for ever.
  static Clock& System();
};

// A clock for tests: stands still until told.
class ManualClock : public Clock {
 public:
  explicit ManualClock(absl::Time start) : now_(start) {}
  absl::Time Now() override {
    absl::MutexLock lock(&mu_);
    return now_;
  }
  void Set(absl::Time now) {
    absl::MutexLock lock(&mu_);
    now_ = now;
  }
  void Advance(absl::Duration by) {
    absl::MutexLock lock(&mu_);
    now_ += by;
  }

 private:
  absl::Mutex mu_;
  absl::Time now_ ABSL_GUARDED_BY(mu_);
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_BASE_CLOCK_H_
