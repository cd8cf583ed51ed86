#include "server/lanes/free_time.h"

#include <algorithm>

namespace cadenza::lanes {

FreeTime FreeTime::FromBounds(const std::vector<absl::Time>& bounds) {
  FreeTime free;
  if (bounds.empty()) free.Add({absl::InfinitePast(), absl::InfiniteFuture()});
  for (size_t i = 0; i < bounds.size(); i += 2) {
    free.Add({bounds[i], i + 1 < bounds.size() ? bounds[i + 1] : absl::InfiniteFuture()});
  }
  return free;
}

std::vector<absl::Time> FreeTime::Bounds() const {
  std::vector<absl::Time> bounds;
  for (const Stretch& stretch : stretches_) {
    bounds.push_back(stretch.from);
    bounds.push_back(stretch.to);
  }
  bounds.pop_back();
  return bounds;
}

std::optional<absl::Time> FreeTime::FindRoom(absl::Time at, absl::Duration length) const {
  for (const Stretch& stretch : stretches_) {
    const absl::Time from = std::max(stretch.from, at);
    if (from + length <= stretch.to) return from;
  }
  return std::nullopt;
}

absl::Time FreeTime::EndOf(absl::Time at) const {
  const auto after = std::upper_bound(stretches_.begin(), stretches_.end(), at,
                                      [](absl::Time time, const Stretch& stretch) { return time < stretch.from; });
  return std::prev(after)->to;
}

void FreeTime::Add(Stretch stretch) {
  if (stretch.from >= stretch.to) return;
  const auto first =
      std::find_if(stretches_.begin(), stretches_.end(), [&](const Stretch& s) { return s.to >= stretch.from; });
  auto last = first;
  for (; last != stretches_.end() && last->from <= stretch.to; ++last) {
    stretch.from = std::min(stretch.from, last->from);
    stretch.to = std::max(stretch.to, last->to);
  }
  stretches_.insert(stretches_.erase(first, last), stretch);
}

void FreeTime::Take(Stretch stretch) {
  if (stretch.from >= stretch.to) return;
  std::vector<Stretch> left;
  for (const Stretch& s : stretches_) {
    if (s.from < std::min(s.to, stretch.from)) left.push_back({s.from, std::min(s.to, stretch.from)});
    if (std::max(s.from, stretch.to) < s.to) left.push_back({std::max(s.from, stretch.to), s.to});
  }
  stretches_ = std::move(left);
}

void FreeTime::DropShorterThan(absl::Duration length) {
  std::erase_if(stretches_, [length](const Stretch& stretch) { return stretch.to - stretch.from < length; });
}

}  // namespace cadenza::lanes
