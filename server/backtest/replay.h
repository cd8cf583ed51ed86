// Lives the inputs of many users through again, group by group (world.h), in one course of events or several beside
// each other. What comes before Scene::from happens once: the courses part there. Pure; not thread-safe.
#ifndef CADENZA_SERVER_BACKTEST_REPLAY_H_
#define CADENZA_SERVER_BACKTEST_REPLAY_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "server/backtest/world.h"
#include "storage/model/input.h"

namespace cadenza::backtest {

class Replay {
 public:
  // `courses` have the same rules `before`, and must outlive this, as must the witnesses: one for each.
  Replay(const Scene& scene, const std::vector<Course>& courses, std::vector<Witness*> witnesses)
      : courses_(courses), witnesses_(std::move(witnesses)), workshop_(scene) {}

  // An input of the group: World::Apply.
  void Add(const UserKey& user, const Input& input, int64_t user_seq);
  // The group has no more; the next Add begins another one.
  void EndGroup();

 private:
  void Part();

  const std::vector<Course>& courses_;
  const std::vector<Witness*> witnesses_;
  Workshop workshop_;
  std::vector<World> worlds_;  // one until they part
  bool parted_ = false;
};

}  // namespace cadenza::backtest

#endif  // CADENZA_SERVER_BACKTEST_REPLAY_H_
