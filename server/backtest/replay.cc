#include "server/backtest/replay.h"

#include <utility>

namespace cadenza::backtest {

void Replay::Part() {
  parted_ = true;
  while (worlds_.size() < courses_.size()) {
    World world = worlds_.front();
    world.Follow(courses_[worlds_.size()]);
    worlds_.push_back(std::move(world));
  }
}

void Replay::Add(const UserKey& user, const Input& input, int64_t user_seq) {
  if (worlds_.empty()) worlds_.emplace_back(courses_.front(), &workshop_);
  if (!parted_ && input.clock >= workshop_.scene.from) Part();
  for (size_t i = 0; i < worlds_.size(); ++i) worlds_[i].Apply(user, input, user_seq, witnesses_[i]);
}

void Replay::EndGroup() {
  if (worlds_.empty()) return;
  if (!parted_) Part();
  for (size_t i = 0; i < worlds_.size(); ++i) worlds_[i].Finish(witnesses_[i]);
  worlds_.clear();
  parted_ = false;
  workshop_.Renew();
}

}  // namespace cadenza::backtest
