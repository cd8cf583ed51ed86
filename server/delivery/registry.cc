#include "server/delivery/registry.h"

#include <algorithm>
#include <utility>

namespace cadenza {

absl::Status Registry::Add(std::shared_ptr<Subscriber> subscriber) {
  absl::MutexLock lock(&mu_);
  if (stopped_) return absl::UnavailableError("the server is stopping; subscribe again elsewhere");
  if (count_ >= options_.subscriptions) {
    return absl::ResourceExhaustedError("too many subscriptions on this server; try again elsewhere or later");
  }
  User& user = users_[subscriber->user()];
  if (user.subscribers.size() >= options_.subscriptions_per_user) {
    return absl::ResourceExhaustedError("too many subscriptions for this user; close one first");
  }
  user.merge_check = true;
  asked_.insert(subscriber->user());
  user.subscribers.push_back(std::move(subscriber));
  ++count_;
  return absl::OkStatus();
}

void Registry::Remove(const std::shared_ptr<Subscriber>& subscriber) {
  absl::MutexLock lock(&mu_);
  auto user = users_.find(subscriber->user());
  if (user == users_.end()) return;
  count_ -= std::erase(user->second.subscribers, subscriber);
  if (!user->second.subscribers.empty()) return;
  asked_.erase(subscriber->user());
  users_.erase(user);
}

Registry::List Registry::RemoveAll(const UserKey& key) {
  absl::MutexLock lock(&mu_);
  auto user = users_.find(key);
  if (user == users_.end()) return {};
  List subscribers = std::move(user->second.subscribers);
  count_ -= subscribers.size();
  asked_.erase(key);
  users_.erase(user);
  return subscribers;
}

Registry::List Registry::Of(const UserKey& key) const {
  absl::MutexLock lock(&mu_);
  auto user = users_.find(key);
  return user == users_.end() ? List() : user->second.subscribers;
}

std::vector<Registry::List> Registry::OfEach(const std::vector<Message>& messages) const {
  absl::MutexLock lock(&mu_);
  if (stopped_ || users_.empty()) return {};
  std::vector<List> lists(messages.size());
  for (size_t i = 0; i < messages.size(); ++i) {
    if (auto user = users_.find(messages[i].user); user != users_.end()) lists[i] = user->second.subscribers;
  }
  return lists;
}

size_t Registry::count() const {
  absl::MutexLock lock(&mu_);
  return count_;
}

void Registry::Ask(const std::vector<UserKey>& keys, bool merge_check) {
  absl::MutexLock lock(&mu_);
  for (const UserKey& key : keys) {
    auto user = users_.find(key);
    if (user == users_.end()) continue;
    if (merge_check) user->second.merge_check = true;
    asked_.insert(key);
  }
}

void Registry::AddWorkLocked(const UserKey& key, SteadyTime now, Work* work) {
  auto found = users_.find(key);
  if (found == users_.end()) return;
  User& user = found->second;
  work->users.push_back(key);
  bool due = user.merge_check || now >= user.next_merge_check;
  if (due && key.kind() == RefKind::kAnonymousId) {
    work->merge_checks.push_back(key);
    user.merge_check = false;
    user.next_merge_check = now + absl::ToChronoNanoseconds(options_.merge_check_interval);
  }
}

Registry::Work Registry::Next(size_t max) {
  absl::MutexLock lock(&mu_);
  auto waiting = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return stopped_ || !asked_.empty() || !poll_.empty(); };
  mu_.AwaitWithTimeout(absl::Condition(&waiting), absl::FromChrono(next_poll_ - std::chrono::steady_clock::now()));
  SteadyTime now = std::chrono::steady_clock::now();
  if (now >= next_poll_ && poll_.empty()) {
    next_poll_ = now + absl::ToChronoNanoseconds(options_.poll_interval);
    poll_.reserve(users_.size());
    for (const auto& [key, user] : users_) poll_.push_back(key);
  }
  Work work;
  work.stopped = stopped_;
  while (work.users.size() < max && !asked_.empty()) {
    UserKey key = *asked_.begin();
    asked_.erase(asked_.begin());
    AddWorkLocked(key, now, &work);
  }
  while (work.users.size() < max && !poll_.empty()) {
    AddWorkLocked(poll_.back(), now, &work);
    poll_.pop_back();
  }
  return work;
}

bool Registry::Pause(absl::Duration time) {
  absl::MutexLock lock(&mu_);
  return !mu_.AwaitWithTimeout(absl::Condition(&stopped_), time);
}

void Registry::Stop() {
  absl::MutexLock lock(&mu_);
  stopped_ = true;
}

}  // namespace cadenza
