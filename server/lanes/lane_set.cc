#include "server/lanes/lane_set.h"

#include <utility>

#include "server/lanes/lane.h"

namespace cadenza::lanes {

LaneSet::LaneSet(const Options& options, const Context& context) : options_(options), turns_(options.turn_max) {
  for (int i = 0; i < options_.lanes; ++i) lanes_.push_back(nullptr);
  for (int i = 0; i < options_.lanes; ++i) lanes_[i] = std::make_unique<Lane>(i, options_, context, &turns_, this);
}

LaneSet::~LaneSet() { Stop(); }

void LaneSet::Push(std::vector<WorkItem> items) {
  if (items.size() == 1) {
    lanes_[IndexOf(items.front().target)]->Push(std::move(items));
    return;
  }
  std::vector<std::vector<WorkItem>> by_lane(lanes_.size());
  for (std::vector<WorkItem>& of_lane : by_lane) of_lane.reserve(items.size());
  for (WorkItem& item : items) by_lane[IndexOf(item.target)].push_back(std::move(item));
  for (size_t i = 0; i < by_lane.size(); ++i) lanes_[i]->Push(std::move(by_lane[i]));
}

void LaneSet::Stop() {
  for (auto& lane : lanes_) lane->RequestStop();
  for (auto& lane : lanes_) lane->Join();
  // The tickets that dropped items give back may let others in.
  for (bool dropped = true; dropped;) {
    dropped = false;
    for (auto& lane : lanes_) dropped |= lane->DropQueued();
  }
}

size_t LaneSet::IndexOf(const UserKey& target) const { return static_cast<size_t>(ShardOf(target)) % lanes_.size(); }

}  // namespace cadenza::lanes
