// The batch when the store misbehaves.
#include <gmock/gmock.h>

#include "server/lanes/batch.h"
#include "tests/unit/server/lanes/workbench.h"

namespace cadenza::lanes {
namespace {

using ::testing::ElementsAre;

FaultStore::Fault Failing(absl::StatusCode code, bool do_it = false) {
  FaultStore::Fault fault;
  fault.error = absl::Status(code, "as the test wants it");
  fault.do_it = do_it;
  return fault;
}

// Writes down the journal numbers of what is committed, and refuses some inputs for good.
class WatchingStore : public FaultStore {
 public:
  explicit WatchingStore(Store* base) : FaultStore(base) {}
  absl::StatusOr<CommitResult> Commit(const CommitBatch& batch) override {
    for (const EventWrite& event : batch.events) {
      if (event.event_id == "poison") return absl::InvalidArgumentError("cannot hold it");
    }
    auto result = FaultStore::Commit(batch);
    if (result.ok()) numbers.push_back(StrCat(batch.journal, ".", batch.journal_seq));
    return result;
  }
  std::vector<std::string> numbers;
};

class BatchFaultsTest : public ::testing::Test {
 protected:
  ManualClock clock_{kNow};
  MemoryStore memory_{MemoryOptions(&clock_)};
  WatchingStore watched_{&memory_};
  HandDriven lane_{&watched_};
  HandDriven other_{&memory_};
  const UserKey ada_ = User("ada");
  const UserKey bob_ = User("bob");

  std::vector<WorkItem> Orders(int count, int first = 1) {
    std::vector<WorkItem> items;
    for (int i = 0; i < count; ++i) items.push_back(Event(ada_, StrCat(first + i), "order_placed"));
    return items;
  }
  std::vector<WorkItem> One(WorkItem item) {
    std::vector<WorkItem> items;
    items.push_back(std::move(item));
    return items;
  }
};

TEST_F(BatchFaultsTest, AForeignCommitInBetweenCostsOnlyItsUserASecondTry) {
  FaultStore::Fault foreign;
  foreign.before = [this] { other_.RunAll(One(Event(ada_, "foreign"))); };
  lane_.store.Inject(FaultStore::Call::kCommit, foreign);
  std::vector<WorkItem> items = Orders(2);
  items.push_back(Event(bob_, "1"));
  lane_.RunOnce(std::move(items));
  EXPECT_EQ(lane_.logbook->verdict(1), "none");
  EXPECT_EQ(lane_.logbook->verdict(3), "applied 1");
  ASSERT_EQ(lane_.outcome.retry.size(), 2u);
  EXPECT_TRUE(lane_.outcome.status.ok());
  EXPECT_THAT(lane_.logbook->lines(), ElementsAre("settled 3"));

  lane_.RunAll(std::move(lane_.outcome.retry));
  EXPECT_EQ(lane_.logbook->verdict(1), "applied 2");
  EXPECT_EQ(lane_.logbook->verdict(2), "applied 3");
  EXPECT_EQ(lane_.metrics.fence_conflicts.Value(), 1);
}

TEST_F(BatchFaultsTest, TheSameEventCommittedElsewhereInBetweenIsADuplicate) {
  FaultStore::Fault foreign;
  foreign.before = [this] { other_.RunAll(Orders(1)); };
  lane_.store.Inject(FaultStore::Call::kCommit, foreign);
  lane_.RunAll(Orders(2));
  EXPECT_EQ(lane_.logbook->verdict(1), "duplicate 1");
  EXPECT_EQ(lane_.logbook->verdict(2), "applied 2");
  EXPECT_EQ(StoredProfile(memory_, ada_).message_seq, 2);
}

TEST_F(BatchFaultsTest, TroubleDelaysAndLosesNothing) {
  for (auto call : {FaultStore::Call::kLoad, FaultStore::Call::kOpenJournal, FaultStore::Call::kCommit}) {
    lane_.store.Inject(call, Failing(absl::StatusCode::kUnavailable), 3);
  }
  lane_.RunOnce(Orders(8));
  EXPECT_TRUE(absl::IsUnavailable(lane_.outcome.status));
  EXPECT_EQ(lane_.outcome.retry.size(), 8u);
  lane_.RunAll(std::move(lane_.outcome.retry));
  for (int64_t i = 1; i <= 8; ++i) EXPECT_EQ(lane_.logbook->verdict(i), StrCat("applied ", i));
  EXPECT_EQ(CountOf(StoredProfile(memory_, ada_), "order_placed"), 8);
  auto events = memory_.ListEvents(ada_, 0, false, 100);
  for (const StoredEvent& event : *events) EXPECT_EQ(event.body, StrCat("u:ada/", event.user_seq, "/"));
}

TEST_F(BatchFaultsTest, ABatchThatIsTooMuchForTheStoreIsHalved) {
  lane_.store.Inject(FaultStore::Call::kCommit, Failing(absl::StatusCode::kUnavailable), 2);
  lane_.RunOnce(Orders(8));
  lane_.RunOnce(std::move(lane_.outcome.retry));
  EXPECT_EQ(lane_.logbook->settled(), 0u);
  lane_.RunOnce(std::move(lane_.outcome.retry));
  EXPECT_EQ(lane_.logbook->settled(), 2u);
  lane_.RunOnce(std::move(lane_.outcome.retry));
  EXPECT_EQ(lane_.logbook->settled(), 6u);
}

TEST_F(BatchFaultsTest, AnUnknownOutcomeThatWasACommitIsAppliedNotDuplicate) {
  lane_.store.Inject(FaultStore::Call::kCommit, Failing(absl::StatusCode::kUnknown, /*do_it=*/true));
  lane_.RunOnce(Orders(2));
  EXPECT_EQ(lane_.logbook->settled(), 0u);
  lane_.RunAll(std::move(lane_.outcome.retry));
  EXPECT_EQ(lane_.logbook->verdict(1), "applied 1");
  EXPECT_EQ(lane_.logbook->verdict(2), "applied 2");
  EXPECT_THAT(lane_.logbook->lines(), ElementsAre("hint u:ada", "settled 1", "hint u:ada", "settled 2"));
  EXPECT_EQ(StoredProfile(memory_, ada_).message_seq, 2);
}

TEST_F(BatchFaultsTest, AnUnknownOutcomeThatWasNoneIsCommittedOnce) {
  lane_.store.Inject(FaultStore::Call::kCommit, Failing(absl::StatusCode::kUnknown));
  lane_.RunAll(Orders(2));
  EXPECT_THAT(lane_.logbook->lines(), ElementsAre("message u:ada 1", "settled 1", "message u:ada 2", "settled 2"));
}

TEST_F(BatchFaultsTest, OnlyWhatWasInTheUnknownCommitCountsAsItsOwn) {
  lane_.store.Inject(FaultStore::Call::kCommit, Failing(absl::StatusCode::kUnknown, /*do_it=*/true));
  std::vector<WorkItem> items = Orders(1);
  items.push_back(Event(ada_, "1", "order_placed"));
  lane_.RunAll(std::move(items));
  EXPECT_EQ(lane_.logbook->verdict(1), "applied 1");
  EXPECT_EQ(lane_.logbook->verdict(2), "duplicate 1");
}

TEST_F(BatchFaultsTest, AnUnknownMergeIsLookedAtUnderBothNames) {
  lane_.RunAll(One(Event(Anonymous("x"), "1", "order_placed")));
  lane_.store.Inject(FaultStore::Call::kCommit, Failing(absl::StatusCode::kUnknown, /*do_it=*/true));
  lane_.RunAll(One(IdentifyAs(ada_, "1", Anonymous("x"))));
  EXPECT_EQ(lane_.logbook->verdict(2), "applied 1");
  EXPECT_THAT(lane_.logbook->lines(), ::testing::IsSupersetOf({"hint u:ada", "hint a:x"}));
}

TEST_F(BatchFaultsTest, JournalsHaveNoGaps) {
  lane_.RunAll(Orders(1, 1));
  // Nothing goes through: the number is free.
  FaultStore::Fault foreign;
  foreign.before = [this] { other_.RunAll(One(Event(ada_, "foreign"))); };
  lane_.store.Inject(FaultStore::Call::kCommit, foreign);
  lane_.RunAll(Orders(1, 2));
  lane_.store.Inject(FaultStore::Call::kCommit, Failing(absl::StatusCode::kUnavailable));
  lane_.RunAll(Orders(1, 3));
  // Who knows whether the number is free: a new journal.
  lane_.store.Inject(FaultStore::Call::kCommit, Failing(absl::StatusCode::kUnknown));
  lane_.RunAll(Orders(1, 4));
  lane_.store.Inject(FaultStore::Call::kCommit, Failing(absl::StatusCode::kAborted));
  lane_.RunAll(Orders(1, 5));
  // Process::store goes through watched_, where the second try of "2" has the number of its first.
  EXPECT_THAT(watched_.numbers, ElementsAre("1.1", "1.2", "1.2", "1.3", "3.1", "4.1"));
}

TEST_F(BatchFaultsTest, AnInputThatCannotBeStoredIsFoundAndRejectedAlone) {
  std::vector<WorkItem> items;
  for (int i = 0; i < 21; ++i) items.push_back(Event(User(StrCat("u", i % 3)), i == 13 ? "poison" : StrCat("e", i)));
  const int batches = lane_.RunAll(std::move(items));
  for (int64_t i = 1; i <= 21; ++i) {
    if (i == 14) {
      EXPECT_EQ(lane_.logbook->verdict(i), "rejected INVALID_FIELD");
    } else {
      EXPECT_THAT(lane_.logbook->verdict(i), ::testing::StartsWith("applied"));
    }
  }
  EXPECT_LE(batches, 20);
  EXPECT_THAT(ListedSeqs(memory_, User("u1")), ElementsAre(1, 2, 3, 4, 5, 6));
}

// Gives rows that do not decode, until asked past the caches.
class PoisonedStore : public FaultStore {
 public:
  explicit PoisonedStore(Store* base) : FaultStore(base) {}
  absl::StatusOr<LoadResult> Load(const LoadRequest& request) override {
    auto result = FaultStore::Load(request);
    if (!request.fresh) {
      for (auto& row : result->rows) row = ProfileRow{7, "", "\xff\xff\xff garbage"};
    }
    return result;
  }
};

TEST_F(BatchFaultsTest, GarbageInACacheRejectsNobody) {
  PoisonedStore poisoned(&memory_);
  HandDriven lane(&poisoned);
  lane.RunAll(One(Event(ada_, "1")));
  EXPECT_EQ(lane.logbook->verdict(1), "applied 1");
  std::vector<WorkItem> items = Orders(3, 2);
  items.push_back(Event(bob_, "1"));
  lane.RunAll(std::move(items));
  EXPECT_EQ(lane.logbook->verdict(4), "applied 4");
  EXPECT_EQ(lane.logbook->verdict(5), "applied 1");
}

TEST_F(BatchFaultsTest, AFailedBatchForwardsNothingAhead) {
  lane_.RunAll(One(IdentifyAs(ada_, "1", Anonymous("x"))));
  lane_.store.Inject(FaultStore::Call::kCommit, Failing(absl::StatusCode::kUnavailable));
  std::vector<WorkItem> items = One(Event(Anonymous("x"), "1"));
  items.push_back(Event(bob_, "1"));
  lane_.RunOnce(std::move(items));
  // It stays what it was: were it ada's already, a later input under the old name could overtake it in ada's lane.
  ASSERT_EQ(lane_.outcome.retry.size(), 2u);
  EXPECT_TRUE(lane_.outcome.forward.empty());
  EXPECT_EQ(lane_.outcome.retry[0].target, Anonymous("x"));
}

}  // namespace
}  // namespace cadenza::lanes
