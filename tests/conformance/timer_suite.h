// What the TimerStore of every Store must do, and Commit with timers; see store_suite.h.
#ifndef CADENZA_TESTS_CONFORMANCE_TIMER_SUITE_H_
#define CADENZA_TESTS_CONFORMANCE_TIMER_SUITE_H_

#include <string>
#include <utility>
#include <vector>

#include "tests/conformance/store_suite.h"

namespace cadenza::testing {

inline constexpr size_t kTimerBytes = 1 << 20;

class TimerSuite : public StoreSuite {
 protected:
  void SetUp() override {
    StoreSuite::SetUp();
    ASSERT_TRUE(store_->Probe().ok());  // who commits no heartbeat has no share
  }
  // Takes the user from version `expected` to the next with these timers.
  std::vector<bool> Write(const UserKey& user, int64_t expected, std::vector<TimerWrite> timers) {
    CommitBatch batch = Batch();
    batch.profiles = {StoreSuite::Write(user, expected)};
    batch.timers = std::move(timers);
    return CommitOk(batch);
  }
  // Of this test's workspace.
  std::vector<Timer> Due(absl::Time now) {
    auto due = store_->timers().FindDue({now, 10'000, kTimerBytes});
    EXPECT_TRUE(due.ok()) << due.status();
    std::vector<Timer> found;
    for (Timer& timer : due->timers) {
      if (timer.user.workspace == workspace_) found.push_back(std::move(timer));
    }
    return found;
  }
  std::vector<std::string> DueIds(absl::Time now) {
    std::vector<std::string> ids;
    for (const Timer& timer : Due(now)) ids.push_back(timer.timer_id);
    return ids;
  }
  std::vector<std::string> ParkedIds(std::string after_user = "", std::string after_id = "", int limit = 100) {
    auto parked = store_->timers().ListParked({workspace_, std::move(after_user), std::move(after_id), limit});
    EXPECT_TRUE(parked.ok()) << parked.status();
    std::vector<std::string> ids;
    for (const Timer& timer : *parked) ids.push_back(timer.timer_id);
    return ids;
  }
  void Fail(const UserKey& user, std::string id, int64_t set_seq, absl::Time due_time, bool parked) {
    const TimerFailure failure{user, std::move(id), set_seq, 1, due_time, parked, "why\0not"};
    ASSERT_TRUE(store_->timers().RecordFailures({failure}).ok());
  }
};

}  // namespace cadenza::testing

#endif  // CADENZA_TESTS_CONFORMANCE_TIMER_SUITE_H_
