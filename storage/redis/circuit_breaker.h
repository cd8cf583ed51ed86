// Decides whether a call to a troubled peer is worth its deadline.
//
// Closed: every call may go. After `failures` failures in a row it opens: calls are refused at once. When the backoff
// has passed it is half-open: one call, the probe, may go; its success closes the breaker, its failure opens it again
// for twice as long, up to `backoff_max`.
#ifndef CADENZA_STORAGE_REDIS_CIRCUIT_BREAKER_H_
#define CADENZA_STORAGE_REDIS_CIRCUIT_BREAKER_H_

#include <chrono>
#include <cstdint>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace cadenza::redis {

// Thread-safe. Time comes in as an argument, so that it can be tested.
class CircuitBreaker {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  enum class State : uint8_t { kClosed, kOpen, kHalfOpen };

  struct Options {
    int failures = 2;
    std::chrono::milliseconds backoff_min{100};
    std::chrono::milliseconds backoff_max{2000};
  };

  explicit CircuitBreaker(const Options& options) : options_(options), backoff_(options.backoff_min) {}

  // Whether a call may go now. Each call that was allowed must be followed by Succeeded or Failed.
  bool Allow(TimePoint now);
  void Succeeded();
  void Failed(TimePoint now);
  State state() const;

 private:
  const Options options_;
  mutable absl::Mutex mu_;
  State state_ ABSL_GUARDED_BY(mu_) = State::kClosed;
  int failures_ ABSL_GUARDED_BY(mu_) = 0;  // in a row
  std::chrono::milliseconds backoff_ ABSL_GUARDED_BY(mu_);
  TimePoint retry_at_ ABSL_GUARDED_BY(mu_);
};

}  // namespace cadenza::redis

#endif  // CADENZA_STORAGE_REDIS_CIRCUIT_BREAKER_H_
