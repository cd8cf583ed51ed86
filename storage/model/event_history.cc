#include "storage/model/event_history.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "storage/model/limits.h"

namespace cadenza {
namespace {

constexpr int64_t kHourSeconds = 3600;
constexpr int64_t kHistorySeconds = int64_t{limits::kHistoryDays} * 24 * kHourSeconds;

int64_t HourOf(int64_t second) {
  return second >= 0 ? second / kHourSeconds : (second - kHourSeconds + 1) / kHourSeconds;
}

int64_t LastSecondOf(int64_t hour) { return hour * kHourSeconds + kHourSeconds - 1; }

}  // namespace

void EventHistory::Add(absl::Time time) {
  if (count_ == 0 || time < first_time_) first_time_ = time;
  if (count_ == 0 || time > last_time_) last_time_ = time;
  ++count_;
  const int64_t second = absl::ToUnixSeconds(time);
  if (recent_.empty() || second >= recent_.back()) {
    recent_.push_back(second);
  } else {
    recent_.insert(std::upper_bound(recent_.begin(), recent_.end(), second), second);
  }
  Compact();
}

void EventHistory::Merge(const EventHistory& other) {
  if (other.count_ == 0) return;
  first_time_ = count_ == 0 ? other.first_time_ : std::min(first_time_, other.first_time_);
  last_time_ = count_ == 0 ? other.last_time_ : std::max(last_time_, other.last_time_);
  count_ += other.count_;
  std::vector<int64_t> recent;
  recent.reserve(recent_.size() + other.recent_.size());
  std::merge(recent_.begin(), recent_.end(), other.recent_.begin(), other.recent_.end(), std::back_inserter(recent));
  recent_ = std::move(recent);
  for (const HourCount& entry : other.hours_) AddToHour(entry.hour, entry.count);
  Compact();
}

void EventHistory::Compact() {
  if (recent_.size() > limits::kRecentOccurrences) {
    const auto keep = recent_.end() - limits::kRecentOccurrences;
    for (auto it = recent_.begin(); it != keep; ++it) AddToHour(HourOf(*it), 1);
    recent_.erase(recent_.begin(), keep);
  }
  if (hours_.empty()) return;
  const int64_t oldest = recent_.back() - kHistorySeconds;
  const auto keep = std::find_if(hours_.begin(), hours_.end(),
                                 [oldest](const HourCount& entry) { return LastSecondOf(entry.hour) > oldest; });
  hours_.erase(hours_.begin(), keep);
}

void EventHistory::AddToHour(int64_t hour, uint32_t count) {
  if (hours_.empty() || hours_.back().hour < hour) {
    hours_.push_back({hour, count});
    return;
  }
  const auto it = std::lower_bound(hours_.begin(), hours_.end(), hour,
                                   [](const HourCount& entry, int64_t h) { return entry.hour < h; });
  if (it->hour == hour) {
    it->count += count;
  } else {
    hours_.insert(it, {hour, count});
  }
}

int64_t EventHistory::CountWithin(absl::Duration window, absl::Time now) const {
  if (count_ == 0) return 0;
  const int64_t end = absl::ToUnixSeconds(now);
  const int64_t begin = absl::ToUnixSeconds(now - window);
  if (begin >= end) return 0;
  int64_t count =
      std::upper_bound(recent_.begin(), recent_.end(), end) - std::upper_bound(recent_.begin(), recent_.end(), begin);
  // Every occurrence in hours_ is at or before the oldest recent one.
  for (auto it = hours_.rbegin(); it != hours_.rend(); ++it) {
    const int64_t last = std::min(LastSecondOf(it->hour), recent_.front());
    if (last <= begin) break;
    if (last <= end) count += it->count;
  }
  return count;
}

EventHistory EventHistory::Restore(int64_t count, absl::Time first_time, absl::Time last_time,
                                   std::vector<int64_t> recent_seconds, std::vector<HourCount> hours) {
  EventHistory history;
  history.count_ = count;
  history.first_time_ = first_time;
  history.last_time_ = last_time;
  history.recent_ = std::move(recent_seconds);
  history.hours_ = std::move(hours);
  return history;
}

}  // namespace cadenza
