#include "server/lanes/lane.h"

#include <pthread.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

namespace cadenza::lanes {

Lane::Lane(int index, const Options& options, const Context& context, Turns* turns, LaneSet* forward)
    : options_(options), turns_(turns), forward_(forward), runner_(options, context), thread_([this, index] {
        pthread_setname_np(pthread_self(), ("lane-" + std::to_string(index)).c_str());
        Run();
      }) {}

Lane::~Lane() {
  RequestStop();
  Join();
}

void Lane::Push(std::vector<WorkItem> items) {
  if (items.empty()) return;
  absl::MutexLock lock(&mu_);
  waiting_ += items.size();
  mailbox_.push_back(std::move(items));
}

void Lane::RequestStop() {
  absl::MutexLock lock(&mu_);
  stopped_ = true;
}

void Lane::Join() {
  if (thread_.joinable()) thread_.join();
}

bool Lane::DropQueued() {
  std::deque<std::vector<WorkItem>> dropped;  // after the lock
  absl::MutexLock lock(&mu_);
  dropped.swap(mailbox_);
  waiting_ = 0;
  return !dropped.empty();
}

void Lane::Run() {
  std::vector<WorkItem> items;
  absl::Duration pause = options_.retry_min;
  size_t last_inputs = 0;
  while (const std::optional<size_t> inputs = AwaitWork(items.size())) {
    BatchRunner::Outcome outcome;
    {
      const bool few = std::max(*inputs, last_inputs) < options_.turn_inputs;
      const Turns::Turn turn(turns_, /*hurry=*/few || *inputs >= options_.hurry_inputs);
      Take(&items);
      last_inputs = items.size();
      outcome = runner_.Run(std::exchange(items, {}));
    }
    items = std::move(outcome.retry);
    if (!outcome.forward.empty()) forward_->Push(std::move(outcome.forward));
    if (outcome.status.ok()) {
      pause = options_.retry_min;
    } else {
      Pause(pause);
      pause = std::min(pause * 2, options_.retry_max);
    }
  }
}

std::optional<size_t> Lane::AwaitWork(size_t retries) {
  absl::MutexLock lock(&mu_);
  if (retries == 0) {
    mu_.Await(absl::Condition(
        +[](Lane* lane) ABSL_NO_THREAD_SAFETY_ANALYSIS { return lane->stopped_ || !lane->mailbox_.empty(); }, this));
  }
  if (stopped_) return std::nullopt;
  return retries + waiting_;
}

void Lane::Take(std::vector<WorkItem>* items) {
  absl::MutexLock lock(&mu_);
  const auto enough = static_cast<size_t>(options_.batch_inputs_max);
  const size_t retries = items->size();
  size_t total = retries;
  auto end = mailbox_.begin();
  for (; end != mailbox_.end() && total < enough; ++end) total += end->size();
  waiting_ -= total - retries;
  if (items->empty() && end == mailbox_.begin() + 1) {
    *items = std::move(mailbox_.front());
  } else {
    items->reserve(total);
    for (auto pushed = mailbox_.begin(); pushed != end; ++pushed) {
      std::move(pushed->begin(), pushed->end(), std::back_inserter(*items));
    }
  }
  mailbox_.erase(mailbox_.begin(), end);
}

void Lane::Pause(absl::Duration duration) {
  absl::MutexLock lock(&mu_);
  mu_.AwaitWithTimeout(absl::Condition(&stopped_), duration);
}

}  // namespace cadenza::lanes
