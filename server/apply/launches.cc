#include "server/apply/launches.h"

#include <algorithm>

#include "storage/model/limits.h"

namespace cadenza::apply {
namespace {

// A launch is over once it is limits::kLateness late; the rest is for clocks that disagree.
const absl::Duration kKept = limits::kLateness + absl::Hours(24);

bool IsBefore(const LaunchMark& mark, absl::Time due_time) { return mark.due_time < due_time; }

}  // namespace

const LaunchMark* FindLaunch(const std::vector<LaunchMark>& launches, absl::Time due_time) {
  const auto it = std::lower_bound(launches.begin(), launches.end(), due_time, IsBefore);
  return it != launches.end() && it->due_time == due_time ? &*it : nullptr;
}

void MarkLaunch(const LaunchMark& mark, std::vector<LaunchMark>* launches) {
  const auto it = std::lower_bound(launches->begin(), launches->end(), mark.due_time, IsBefore);
  if (it != launches->end() && it->due_time == mark.due_time) {
    it->waits = mark.waits;
    return;
  }
  launches->insert(it, mark);
  const absl::Time newest = launches->back().due_time;
  std::erase_if(*launches, [newest](const LaunchMark& old) { return !old.waits && newest - old.due_time > kKept; });
  if (launches->size() > limits::kLaunchMarks) launches->erase(launches->begin());
}

void MergeLaunches(const std::vector<LaunchMark>& anonymous, std::vector<LaunchMark>* known) {
  for (const LaunchMark& mark : anonymous) {
    const LaunchMark* theirs = FindLaunch(*known, mark.due_time);
    MarkLaunch({mark.due_time, mark.waits && (theirs == nullptr || theirs->waits)}, known);
  }
}

}  // namespace cadenza::apply
