#include "storage/memory/memory_timers.h"

#include <algorithm>

namespace cadenza {

void MemoryTimers::Apply(const CommitBatch& batch, const CommitResult& result) {
  if (batch.timers.empty() && batch.timer_moves.empty()) return;
  absl::MutexLock lock(&mu_);
  for (const TimerWrite& write : batch.timers) {
    if (result.conflicted[write.owner]) continue;
    const UserKey& user = batch.profiles[write.owner].key;
    if (auto it = timers_.find({user, write.timer_id}); it != timers_.end()) Erase(it);
    if (write.kind == TimerWrite::Kind::kDelete) continue;
    Timer timer;
    timer.user = user;
    timer.timer_id = write.timer_id;
    timer.set_seq = write.set_seq;
    timer.fire_time = write.fire_time;
    timer.due_time = std::max(write.fire_time, write.due_time);
    timer.payload = write.payload;
    Put(std::move(timer));
  }
  for (const TimerMove& move : batch.timer_moves) Move(move);
}

void MemoryTimers::Put(Timer timer) {
  Key key(timer.user, timer.timer_id);
  if (timer.parked) {
    parked_.insert(key);
  } else {
    by_due_time_.emplace(timer.due_time, key);
  }
  timers_.insert_or_assign(std::move(key), std::move(timer));
}

void MemoryTimers::Erase(Timers::iterator it) {
  by_due_time_.erase({it->second.due_time, it->first});
  parked_.erase(it->first);
  timers_.erase(it);
}

void MemoryTimers::Move(const TimerMove& move) {
  for (auto it = timers_.lower_bound({move.from, ""}); it != timers_.end() && it->first.first == move.from;) {
    const auto moving = it++;
    Timer timer = moving->second;
    Erase(moving);
    if (timers_.contains({move.to, timer.timer_id})) continue;
    timer.user = move.to;
    timer.set_seq = move.set_seq;
    Put(std::move(timer));
  }
}

absl::StatusOr<DueTimers> MemoryTimers::FindDue(const DueRequest& request) {
  absl::MutexLock lock(&mu_);
  DueTimers due;
  size_t bytes = 0;
  for (const auto& [time, key] : by_due_time_) {
    if (time > request.now) {
      due.next_due = time;
      break;
    }
    const Timer& timer = timers_.at(key);
    bytes += timer.payload.size();
    const bool fits = static_cast<int>(due.timers.size()) < request.limit && bytes <= request.bytes_max;
    if (!fits && !due.timers.empty()) {
      due.more = true;
      break;
    }
    due.timers.push_back(timer);
  }
  return due;
}

absl::Status MemoryTimers::RecordFailures(const std::vector<TimerFailure>& failures) {
  absl::MutexLock lock(&mu_);
  for (const TimerFailure& failure : failures) {
    const auto it = timers_.find({failure.user, failure.timer_id});
    if (it == timers_.end() || it->second.set_seq != failure.set_seq) continue;
    Timer timer = it->second;
    Erase(it);
    timer.attempts = failure.attempts;
    timer.due_time = failure.due_time;
    timer.parked = failure.parked;
    timer.error = failure.error;
    Put(std::move(timer));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Timer>> MemoryTimers::ListParked(const ParkedRequest& request) {
  absl::MutexLock lock(&mu_);
  std::vector<Timer> found;
  const Key after({request.workspace, request.after_user_key}, request.after_timer_id);
  for (auto it = parked_.upper_bound(after); it != parked_.end(); ++it) {
    if (it->first.workspace != request.workspace || static_cast<int>(found.size()) == request.limit) break;
    found.push_back(timers_.at(*it));
  }
  return found;
}

absl::StatusOr<bool> MemoryTimers::RetryParked(const UserKey& user, std::string_view timer_id, absl::Time now) {
  absl::MutexLock lock(&mu_);
  const auto it = timers_.find({user, std::string(timer_id)});
  if (it == timers_.end() || !it->second.parked) return false;
  Timer timer = it->second;
  Erase(it);
  timer.attempts = 0;
  timer.due_time = now;
  timer.parked = false;
  Put(std::move(timer));
  return true;
}

absl::StatusOr<std::vector<Timer>> MemoryTimers::ReadTimers(const std::vector<UserKey>& users) {
  absl::MutexLock lock(&mu_);
  std::vector<Timer> found;
  for (const UserKey& user : users) {
    for (auto it = timers_.lower_bound({user, ""}); it != timers_.end() && it->first.first == user; ++it) {
      found.push_back(it->second);
    }
  }
  return found;
}

absl::StatusOr<TimerCounts> MemoryTimers::Count(absl::Time now, int most) {
  absl::MutexLock lock(&mu_);
  TimerCounts counts;
  for (const auto& [time, key] : by_due_time_) {
    if (time > now || counts.due == most) break;
    ++counts.due;
  }
  counts.parked = std::min<int64_t>(static_cast<int64_t>(parked_.size()), most);
  return counts;
}

}  // namespace cadenza
