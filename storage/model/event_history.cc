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
  recent_.Add(absl::ToUnixSeconds(time));
  Compact();
}

void EventHistory::Merge(const EventHistory& other) {
  if (other.count_ == 0) return;
  first_time_ = count_ == 0 ? other.first_time_ : std::min(first_time_, other.first_time_);
  last_time_ = count_ == 0 ? other.last_time_ : std::max(last_time_, other.last_time_);
  count_ += other.count_;
  const std::vector<int64_t> ours = recent_.ToVector();
  const std::vector<int64_t> theirs = other.recent_.ToVector();
  std::vector<int64_t> both;
  both.reserve(ours.size() + theirs.size());
  std::merge(ours.begin(), ours.end(), theirs.begin(), theirs.end(), std::back_inserter(both));
  recent_ = PackedSeconds();
  for (int64_t second : both) recent_.Add(second);
  for (const HourCount& entry : other.hours_) AddToHour(entry.hour, entry.count);
  Compact();
}

void EventHistory::Compact() {
  while (recent_.size() > limits::kRecentOccurrences) AddToHour(HourOf(recent_.PopFront()), 1);
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
  auto count = static_cast<int64_t>(recent_.CountUpTo(end) - recent_.CountUpTo(begin));
  // Every occurrence in hours_ is at or before the oldest recent one.
  for (auto it = hours_.rbegin(); it != hours_.rend(); ++it) {
    const int64_t last = std::min(LastSecondOf(it->hour), recent_.front());
    if (last <= begin) break;
    if (last <= end) count += it->count;
  }
  return count;
}

absl::Time EventHistory::NextChange(absl::Duration window, absl::Time now) const {
  if (count_ == 0 || window <= absl::ZeroDuration()) return absl::InfiniteFuture();
  std::vector<int64_t> seconds = recent_.ToVector();
  for (const HourCount& entry : hours_) seconds.push_back(std::min(LastSecondOf(entry.hour), recent_.front()));
  const int64_t end = absl::ToUnixSeconds(now);
  const int64_t begin = absl::ToUnixSeconds(now - window);
  absl::Time next = absl::InfiniteFuture();
  for (const int64_t second : seconds) {
    const absl::Time at = absl::FromUnixSeconds(second);
    if (second > begin) next = std::min(next, at + window);
    if (second > end) next = std::min(next, at);
  }
  return next;
}

EventHistory EventHistory::Restore(int64_t count, absl::Time first_time, absl::Time last_time, PackedSeconds recent,
                                   std::vector<HourCount> hours) {
  EventHistory history;
  history.count_ = count;
  history.first_time_ = first_time;
  history.last_time_ = last_time;
  history.recent_ = std::move(recent);
  history.hours_ = std::move(hours);
  return history;
}

}  // namespace cadenza
