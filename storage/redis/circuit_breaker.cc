#include "storage/redis/circuit_breaker.h"

#include <algorithm>

namespace cadenza::redis {

bool CircuitBreaker::Allow(TimePoint now) {
  absl::MutexLock lock(&mu_);
  if (state_ == State::kClosed) return true;
  if (state_ == State::kHalfOpen || now < retry_at_) return false;
  state_ = State::kHalfOpen;
  return true;
}

void CircuitBreaker::Succeeded() {
  absl::MutexLock lock(&mu_);
  // A call that was allowed before the breaker opened may end well after it; only a probe closes it.
  if (state_ == State::kOpen) return;
  state_ = State::kClosed;
  failures_ = 0;
  backoff_ = options_.backoff_min;
}

void CircuitBreaker::Failed(TimePoint now) {
  absl::MutexLock lock(&mu_);
  switch (state_) {
    case State::kClosed:
      if (++failures_ < options_.failures) return;
      break;
    case State::kOpen:
      return;
    case State::kHalfOpen:
      backoff_ = std::min(backoff_ * 2, options_.backoff_max);
      break;
  }
  state_ = State::kOpen;
  retry_at_ = now + backoff_;
}

CircuitBreaker::State CircuitBreaker::state() const {
  absl::MutexLock lock(&mu_);
  return state_;
}

}  // namespace cadenza::redis
