#include "server/timers/ledger.h"

#include <algorithm>

#include "storage/base/log.h"
#include "storage/model/limits.h"

namespace cadenza {

void TimerPump::Ledger::OnSettled(std::vector<Settled> settled) {
  const absl::Time now = clock_->Now();
  absl::MutexLock lock(&mu_);
  for (const Settled& one : settled) {
    const auto it = open_.find(one.position);
    if (it == open_.end()) continue;
    switch (one.verdict.kind) {
      case Verdict::Kind::kApplied:
        metrics_->timers_fired.Increment();
        if (!untimed_.contains(one.position)) {
          metrics_->timer_late_seconds.Observe(absl::ToDoubleSeconds(now - it->second.due_time));
        }
        CloseLocked(one.position);
        break;
      case Verdict::Kind::kDuplicate:
        // If it is still in the store after all, its row and its user's profile contradict each other.
        metrics_->timers_gone.Increment();
        FailLocked(one.position, absl::InternalError("the profile of its user does not list it"));
        break;
      case Verdict::Kind::kRejected:
        metrics_->timers_failed.Increment();
        FailLocked(one.position, one.verdict.rejection);
        break;
    }
  }
}

bool TimerPump::Ledger::Open(const Timer& timer, int64_t* position) {
  absl::MutexLock lock(&mu_);
  if (!names_.insert({timer.user, timer.timer_id, timer.set_seq}).second) return false;
  *position = ++last_position_;
  Timer& open = open_[*position];
  open.user = timer.user;
  open.timer_id = timer.timer_id;
  open.set_seq = timer.set_seq;
  open.due_time = timer.due_time;
  open.attempts = timer.attempts;
  return true;
}

void TimerPump::Ledger::Untimed(int64_t position) {
  absl::MutexLock lock(&mu_);
  untimed_.insert(position);
}

void TimerPump::Ledger::Fail(int64_t position, const absl::Status& why) {
  absl::MutexLock lock(&mu_);
  metrics_->timers_failed.Increment();
  FailLocked(position, why);
}

void TimerPump::Ledger::FailLocked(int64_t position, const absl::Status& why) {
  const Timer& timer = open_.at(position);
  TimerFailure failure;
  failure.user = timer.user;
  failure.timer_id = timer.timer_id;
  failure.set_seq = timer.set_seq;
  failure.attempts = timer.attempts + 1;
  failure.parked = failure.attempts >= options_.attempts_max;
  failure.error = std::string(why.message().substr(0, limits::kTimerErrorBytes));
  absl::Duration pause = options_.retry_first;
  for (int i = 1; i < failure.attempts; ++i) pause *= 4;
  failure.due_time = clock_->Now() + pause;
  failures_.emplace_back(position, std::move(failure));
}

void TimerPump::Ledger::CloseLocked(int64_t position) {
  const auto it = open_.find(position);
  names_.erase({it->second.user, it->second.timer_id, it->second.set_seq});
  open_.erase(it);
  untimed_.erase(position);
}

int TimerPump::Ledger::in_flight() const {
  absl::MutexLock lock(&mu_);
  return static_cast<int>(open_.size());
}

std::vector<std::pair<int64_t, TimerFailure>> TimerPump::Ledger::TakeFailures(absl::Time now) {
  absl::MutexLock lock(&mu_);
  if (now < hold_failures_until_) return {};
  return std::exchange(failures_, {});
}

void TimerPump::Ledger::Recorded(const std::vector<std::pair<int64_t, TimerFailure>>& failures) {
  absl::MutexLock lock(&mu_);
  for (const auto& [position, failure] : failures) CloseLocked(position);
}

void TimerPump::Ledger::GiveBack(std::vector<std::pair<int64_t, TimerFailure>> failures, absl::Time until) {
  absl::MutexLock lock(&mu_);
  hold_failures_until_ = until;
  std::move(failures.begin(), failures.end(), std::back_inserter(failures_));
}

void TimerPump::Ledger::LookAt(absl::Time time) {
  absl::MutexLock lock(&mu_);
  look_at_ = time;
}

void TimerPump::Ledger::Notify(absl::Time due) {
  absl::MutexLock lock(&mu_);
  look_at_ = std::min(look_at_, due);
}

bool TimerPump::Ledger::MayLook(absl::Time now) const {
  absl::MutexLock lock(&mu_);
  return HasRoomLocked() && look_at_ <= now;
}

bool TimerPump::Ledger::AwaitWork(absl::Duration most) {
  absl::MutexLock lock(&mu_);
  const absl::Time known = look_at_;
  const absl::Time now = clock_->Now();
  const absl::Duration pause = std::clamp(known - now, absl::ZeroDuration(), most);
  // Without room, only a verdict makes any.
  auto work = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return stopped_ || (!failures_.empty() && hold_failures_until_ <= now) || look_at_ < known ||
           (pause == absl::ZeroDuration() && HasRoomLocked());
  };
  mu_.AwaitWithTimeout(absl::Condition(&work), pause > absl::ZeroDuration() ? pause : most);
  return !stopped_;
}

void TimerPump::Ledger::Stop() {
  absl::MutexLock lock(&mu_);
  stopped_ = true;
}

}  // namespace cadenza
