#include "server/lanes/turns.h"

#include <algorithm>

namespace cadenza::lanes {

void Turns::Begin(bool hurry) {
  absl::MutexLock lock(&mu_);
  if (!hurry && (at_work_ > 0 || !waiting_.empty())) {
    const Waiter self{this};
    waiting_.push_back(&self);
    mu_.AwaitWithTimeout(absl::Condition(&self, &Waiter::IsNext), patience_);
    waiting_.erase(std::find(waiting_.begin(), waiting_.end(), &self));
  }
  ++at_work_;
}

void Turns::End() {
  absl::MutexLock lock(&mu_);
  --at_work_;
}

}  // namespace cadenza::lanes
