#include "server/lanes/lane_set.h"

#include <gmock/gmock.h>

#include "absl/synchronization/notification.h"
#include "tests/unit/server/lanes/workbench.h"

namespace cadenza::lanes {
namespace {

class LaneSetTest : public ::testing::Test {
 protected:
  void Push(LaneSet& lanes, std::vector<WorkItem> items) {
    for (WorkItem& item : items) {
      item.position = ++last_position_;
      item.settlement = process_.logbook;
    }
    lanes.Push(std::move(items));
  }
  std::vector<WorkItem> Events(const UserKey& user, int first, int count) {
    std::vector<WorkItem> items;
    for (int i = first; i < first + count; ++i) items.push_back(Event(user, StrCat(i), "order_placed"));
    return items;
  }

  ManualClock clock_{kNow};
  MemoryStore memory_{MemoryOptions(&clock_)};
  Process process_{&memory_};
  int64_t last_position_ = 0;
};

TEST_F(LaneSetTest, KeepsTheOrderOfEachUser) {
  LaneSet lanes(TestOptions(), process_.context());
  for (int i = 0; i < 50; ++i) {
    for (const char* user : {"ada", "bob", "cyd", "dan"}) Push(lanes, Events(User(user), i, 1));
  }
  ASSERT_TRUE(process_.logbook->AwaitSettled(200));
  for (int64_t i = 1; i <= 200; ++i) EXPECT_EQ(process_.logbook->verdict(i), StrCat("applied ", (i + 3) / 4));
}

TEST_F(LaneSetTest, WhatArrivesDuringACommitIsTheNextBatch) {
  absl::Notification committing, go_on;
  FaultStore::Fault held;
  held.before = [&] {
    committing.Notify();
    go_on.WaitForNotification();
  };
  process_.store.Inject(FaultStore::Call::kCommit, held);
  LaneSet lanes(TestOptions(), process_.context());
  Push(lanes, Events(User("ada"), 1, 1));
  committing.WaitForNotification();
  for (int i = 2; i <= 100; ++i) Push(lanes, Events(User("ada"), i, 1));
  go_on.Notify();
  ASSERT_TRUE(process_.logbook->AwaitSettled(100));
  EXPECT_EQ(process_.store.Calls(FaultStore::Call::kCommit), 2);
}

// One lane is held in its commit: does another with so many inputs commit meanwhile?
TEST_F(LaneSetTest, ALaneWaitsForAnotherUnlessItHasMuchOrVeryLittle) {
  Options options = TestOptions();
  options.lanes = 2;
  options.turn_inputs = 4;
  options.hurry_inputs = 20;
  options.turn_max = absl::Hours(1);
  std::string other = "ada";
  while (ShardOf(User(other)) % 2 == ShardOf(User("ada")) % 2) other += "a";
  int events = 0;
  for (const auto& [inputs, waits] :
       {std::pair(3, false), std::pair(4, true), std::pair(19, true), std::pair(20, false)}) {
    absl::Notification committing, go_on;
    FaultStore::Fault held;
    held.before = [&] {
      committing.Notify();
      go_on.WaitForNotification();
    };
    process_.store.Inject(FaultStore::Call::kCommit, held);
    LaneSet lanes(options, process_.context());
    const size_t before = process_.logbook->settled();
    Push(lanes, Events(User("ada"), ++events, 1));
    committing.WaitForNotification();
    Push(lanes, Events(User(other), events + 1, inputs));
    events += inputs;
    if (waits) {
      EXPECT_FALSE(process_.logbook->AwaitSettled(before + 1, absl::Milliseconds(20))) << inputs;
    } else {
      EXPECT_TRUE(process_.logbook->AwaitSettled(before + inputs)) << inputs;
    }
    go_on.Notify();
    ASSERT_TRUE(process_.logbook->AwaitSettled(before + inputs + 1));
  }
}

TEST_F(LaneSetTest, RetriesUntilTheStoreIsBack) {
  FaultStore::Fault away;
  away.error = absl::UnavailableError("away");
  process_.store.InjectAlways(FaultStore::Call::kLoad, away);
  LaneSet lanes(TestOptions(), process_.context());
  Push(lanes, Events(User("ada"), 1, 10));
  absl::Notification tried;
  FaultStore::Fault third = away;
  third.before = [&] { tried.Notify(); };
  process_.store.Inject(FaultStore::Call::kLoad, third);
  tried.WaitForNotification();
  EXPECT_EQ(process_.logbook->settled(), 0u);
  process_.store.Heal();
  ASSERT_TRUE(process_.logbook->AwaitSettled(10));
  EXPECT_EQ(CountOf(StoredProfile(memory_, User("ada")), "order_placed"), 10);
}

TEST_F(LaneSetTest, ForwardsToTheLaneOfTheUserThatANameLeadsTo) {
  Options options = TestOptions();
  options.lanes = 8;
  LaneSet lanes(options, process_.context());
  std::vector<WorkItem> identify;
  for (int i = 0; i < 20; ++i) identify.push_back(IdentifyAs(User("ada"), StrCat("i", i), Anonymous(StrCat(i))));
  Push(lanes, std::move(identify));
  ASSERT_TRUE(process_.logbook->AwaitSettled(20));
  for (int i = 0; i < 20; ++i) Push(lanes, Events(Anonymous(StrCat(i)), 1, 5));
  ASSERT_TRUE(process_.logbook->AwaitSettled(120));
  EXPECT_EQ(CountOf(StoredProfile(memory_, User("ada")), "order_placed"), 100);
  EXPECT_EQ(ListedSeqs(memory_, User("ada")).size(), 120u);
}

TEST_F(LaneSetTest, StopAnswersNothingForWhatIsQueued) {
  absl::Notification committing, go_on;
  FaultStore::Fault held;
  held.before = [&] {
    committing.Notify();
    go_on.WaitForNotification();
  };
  process_.store.Inject(FaultStore::Call::kCommit, held);
  auto admission = ingest::Admission::Create({.inputs_max = 100, .bytes_max = 1000}, &process_.metrics);
  LaneSet lanes(TestOptions(), process_.context());
  Push(lanes, Events(User("ada"), 1, 1));
  committing.WaitForNotification();
  std::vector<WorkItem> queued = Events(User("ada"), 2, 3);
  queued[0].ticket = admission->Acquire(100, 100, nullptr);
  Push(lanes, std::move(queued));
  // Somebody waits for the room that the queued items have; when they are dropped, he pushes.
  EXPECT_EQ(admission->Acquire(1, 1,
                               [&](std::shared_ptr<ingest::Ticket> ticket) {
                                 std::vector<WorkItem> items = Events(User("ada"), 5, 1);
                                 items[0].ticket = std::move(ticket);
                                 Push(lanes, std::move(items));
                               }),
            nullptr);
  std::thread stopping([&] { lanes.Stop(); });
  go_on.Notify();
  stopping.join();
  // The lane may have seen the queue before it was told to stop; what it saw, it finished.
  const int64_t committed = CountOf(StoredProfile(memory_, User("ada")), "order_placed");
  EXPECT_EQ(process_.logbook->settled(), static_cast<size_t>(committed));
  EXPECT_EQ(process_.metrics.queue_inputs.Value(), 0);
  Push(lanes, Events(User("ada"), 9, 1));
  lanes.Stop();
  EXPECT_EQ(process_.logbook->settled(), static_cast<size_t>(committed));
}

}  // namespace
}  // namespace cadenza::lanes
