#include "server/delivery/subscriber.h"

#include <algorithm>
#include <utility>

namespace cadenza {
namespace {

// One read of the store: bounds what the hub's thread holds in memory (512 KiB a message at most).
constexpr size_t kPage = 64;

size_t Bytes(const Message& message) { return message.title.size() + message.body.size() + 256; }

}  // namespace

bool Subscriber::RoomLocked(const Message& message) const {
  return queue_.empty() || (queue_.size() < limits_.messages && bytes_ + Bytes(message) <= limits_.bytes);
}

bool Subscriber::WantsMoreLocked() const {
  return status_.ok() && !closed_ && covered_ < known_top_ &&
         (queue_.empty() || (queue_.size() <= limits_.messages / 2 && bytes_ <= limits_.bytes / 2));
}

void Subscriber::PushLocked(Message message) {
  covered_ = message.message_seq;
  known_top_ = std::max(known_top_, covered_);
  bytes_ += Bytes(message);
  queue_.push_back(std::move(message));
}

Subscriber::Offered Subscriber::Offer(const Message& message) {
  absl::MutexLock lock(&mu_);
  if (closed_ || !status_.ok() || message.message_seq <= covered_) return Offered::kKnown;
  if (message.message_seq == covered_ + 1 && RoomLocked(message)) {
    PushLocked(message);
    return Offered::kQueued;
  }
  known_top_ = std::max(known_top_, message.message_seq);
  return Offered::kBehind;
}

std::optional<Subscriber::Gap> Subscriber::Missing(int64_t top) {
  absl::MutexLock lock(&mu_);
  known_top_ = std::max(known_top_, top);
  if (!WantsMoreLocked()) return std::nullopt;
  size_t room = std::max<size_t>(limits_.messages - std::min(limits_.messages, queue_.size()), 1);
  return Gap{covered_, known_top_, static_cast<int>(std::min(room, kPage))};
}

// Offer may have moved `covered_` on since the page was read; the page begins at or before it, so nothing between is
// skipped.
Subscriber::Filled Subscriber::Fill(const Gap& gap, std::vector<Message> page) {
  absl::MutexLock lock(&mu_);
  if (closed_ || !status_.ok()) return {};
  Filled filled;
  bool all = page.size() < static_cast<size_t>(gap.limit);
  for (Message& message : page) {
    if (message.message_seq <= covered_) continue;
    if (!RoomLocked(message)) {
      all = false;
      break;
    }
    PushLocked(std::move(message));
    filled.queued = true;
  }
  // What the page does not have up to `top` has expired.
  if (all) covered_ = std::max(covered_, gap.top);
  filled.again = WantsMoreLocked();
  return filled;
}

Subscriber::Taken Subscriber::Take(size_t max, absl::Time now) {
  absl::MutexLock lock(&mu_);
  Taken taken;
  while (!queue_.empty() && taken.messages.size() < max) {
    bytes_ -= Bytes(queue_.front());
    if (queue_.front().expire_time > now) taken.messages.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  taken.again = WantsMoreLocked();
  return taken;
}

void Subscriber::Notify() {
  {
    absl::MutexLock lock(&mu_);
    if (closed_) return;
    if (notifying_) {
      notify_again_ = true;
      return;
    }
    notifying_ = true;
    notifier_ = std::this_thread::get_id();
  }
  for (bool again = true; again;) {
    ready_();
    absl::MutexLock lock(&mu_);
    again = notify_again_ && !closed_;
    notify_again_ = false;
    if (!again) notifying_ = false;
  }
}

void Subscriber::End(absl::Status status) {
  absl::MutexLock lock(&mu_);
  if (!status_.ok()) return;
  status_ = std::move(status);
  queue_.clear();
  bytes_ = 0;
}

absl::Status Subscriber::status() const {
  absl::MutexLock lock(&mu_);
  return status_;
}

void Subscriber::Close() {
  absl::MutexLock lock(&mu_);
  closed_ = true;
  queue_.clear();
  bytes_ = 0;
  if (notifying_ && notifier_ == std::this_thread::get_id()) return;
  auto quiet = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return !notifying_; };
  mu_.Await(absl::Condition(&quiet));
}

}  // namespace cadenza
