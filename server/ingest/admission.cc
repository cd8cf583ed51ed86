#include "server/ingest/admission.h"

#include <utility>
#include <vector>

namespace cadenza::ingest {

Ticket::~Ticket() { admission_->Release(inputs_, bytes_); }

std::shared_ptr<Admission> Admission::Create(const Options& options, Metrics* metrics) {
  return std::shared_ptr<Admission>(new Admission(options, metrics));
}

std::shared_ptr<Ticket> Admission::TryAcquire(int64_t inputs, int64_t bytes) {
  {
    absl::MutexLock lock(&mu_);
    if (!waiting_.empty() || !FitsLocked(inputs, bytes)) return nullptr;
    TakeLocked(inputs, bytes);
  }
  return std::make_shared<Ticket>(shared_from_this(), inputs, bytes);
}

std::shared_ptr<Ticket> Admission::Acquire(int64_t inputs, int64_t bytes, Waiter waiter) {
  absl::MutexLock lock(&mu_);
  if (!waiting_.empty() || !FitsLocked(inputs, bytes)) {
    waiting_.push_back({inputs, bytes, std::move(waiter)});
    return nullptr;
  }
  TakeLocked(inputs, bytes);
  return std::make_shared<Ticket>(shared_from_this(), inputs, bytes);
}

bool Admission::has_waiters() const {
  absl::MutexLock lock(&mu_);
  return !waiting_.empty();
}

void Admission::Release(int64_t inputs, int64_t bytes) {
  std::vector<Waiting> admitted;
  {
    absl::MutexLock lock(&mu_);
    TakeLocked(-inputs, -bytes);
    while (!waiting_.empty() && FitsLocked(waiting_.front().inputs, waiting_.front().bytes)) {
      TakeLocked(waiting_.front().inputs, waiting_.front().bytes);
      admitted.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
  }
  for (Waiting& next : admitted) {
    next.waiter(std::make_shared<Ticket>(shared_from_this(), next.inputs, next.bytes));
  }
}

bool Admission::FitsLocked(int64_t inputs, int64_t bytes) const {
  if (inputs_ == 0) return true;
  return inputs_ + inputs <= options_.inputs_max && bytes_ + bytes <= options_.bytes_max;
}

void Admission::TakeLocked(int64_t inputs, int64_t bytes) {
  inputs_ += inputs;
  bytes_ += bytes;
  metrics_->queue_inputs.Set(static_cast<double>(inputs_));
  metrics_->queue_bytes.Set(static_cast<double>(bytes_));
}

}  // namespace cadenza::ingest
