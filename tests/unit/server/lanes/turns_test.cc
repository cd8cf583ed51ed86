#include "server/lanes/turns.h"

#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace cadenza::lanes {
namespace {

constexpr absl::Duration kForEver = absl::Hours(1);

void AwaitWaiting(const Turns& turns, size_t lanes) {
  while (turns.waiting() != lanes) std::this_thread::yield();
}

// Lanes that write down in which order they had their turns.
class Logbook {
 public:
  explicit Logbook(Turns* turns) : turns_(turns) {}
  // Returns once the lane waits, the `nth` to do so.
  void Wait(int lane, size_t nth) {
    threads_.emplace_back([this, lane] {
      const Turns::Turn turn(turns_, /*hurry=*/false);
      const std::lock_guard lock(mu_);
      lanes_.push_back(lane);
    });
    AwaitWaiting(*turns_, nth);
  }
  std::vector<int> lanes() {
    const std::lock_guard lock(mu_);
    return lanes_;
  }
  std::vector<int> Join() {
    for (std::thread& thread : threads_) thread.join();
    return lanes_;
  }

 private:
  Turns* const turns_;
  std::mutex mu_;
  std::vector<int> lanes_;
  std::vector<std::thread> threads_;
};

TEST(TurnsTest, NobodyWaitsAlone) {
  Turns turns(kForEver);
  for (int i = 0; i < 3; ++i) const Turns::Turn turn(&turns, /*hurry=*/false);
}

TEST(TurnsTest, TheOthersWaitAndComeInTheirOrder) {
  Turns turns(kForEver);
  Logbook logbook(&turns);
  auto first = std::make_unique<Turns::Turn>(&turns, false);
  for (int lane : {1, 2, 3}) logbook.Wait(lane, lane);
  EXPECT_TRUE(logbook.lanes().empty());
  first.reset();
  EXPECT_EQ(logbook.Join(), (std::vector<int>{1, 2, 3}));
}

TEST(TurnsTest, WhoHurriesDoesNotWaitAndIsWaitedFor) {
  Turns turns(kForEver);
  Logbook logbook(&turns);
  auto first = std::make_unique<Turns::Turn>(&turns, false);
  auto hurried = std::make_unique<Turns::Turn>(&turns, true);
  logbook.Wait(1, 1);
  first.reset();
  EXPECT_EQ(turns.waiting(), 1u);
  hurried.reset();
  EXPECT_EQ(logbook.Join(), std::vector<int>{1});
}

TEST(TurnsTest, PatienceEnds) {
  Turns turns(absl::Milliseconds(1));
  const Turns::Turn hangs(&turns, false);
  const Turns::Turn second(&turns, false);
  const Turns::Turn third(&turns, false);
  EXPECT_EQ(turns.waiting(), 0u);
}

// Of many that ask again and again, never two are at work at once, and all get their turns.
TEST(TurnsTest, TurnsGoAround) {
  constexpr int kLanes = 4;
  constexpr int kRounds = 200;
  Turns turns(kForEver);
  int at_work = 0;  // guarded by the turn
  std::vector<int> done(kLanes, 0);
  std::vector<std::thread> lanes;
  for (int lane = 0; lane < kLanes; ++lane) {
    lanes.emplace_back([&, lane] {
      for (int round = 0; round < kRounds; ++round) {
        const Turns::Turn turn(&turns, false);
        EXPECT_EQ(++at_work, 1);
        ++done[lane];
        --at_work;
      }
    });
  }
  for (std::thread& lane : lanes) lane.join();
  EXPECT_EQ(done, std::vector<int>(kLanes, kRounds));
}

}  // namespace
}  // namespace cadenza::lanes
