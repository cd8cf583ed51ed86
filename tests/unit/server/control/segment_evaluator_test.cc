#include "server/control/segment_evaluator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "server/lanes/sinks.h"
#include "storage/memory/memory_store.h"

namespace cadenza {
namespace {

using ::testing::Each;
using ::testing::IsEmpty;
using State = SegmentEvaluation::State;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

class SegmentEvaluatorTest : public ::testing::Test {
 protected:
  SegmentEvaluator::Options OptionsOf(std::string process) {
    SegmentEvaluator::Options options;
    options.process_name = std::move(process);
    options.stretch_users = 10;
    options.rows_max = 40;
    options.poll_interval = absl::Milliseconds(1);
    options.pause_min = options.pause_max = absl::ZeroDuration();
    return options;
  }
  std::unique_ptr<SegmentEvaluator> Evaluator(std::string process = "p") {
    return std::make_unique<SegmentEvaluator>(
        OptionsOf(std::move(process)), &store_.segments(), &clock_,
        [this](std::vector<WorkItem> items) { Push(std::move(items)); }, [this] { ++changes_; });
  }
  // As the lanes: settles, unless the test keeps it.
  void Push(std::vector<WorkItem> items) {
    absl::MutexLock lock(&mu_);
    EXPECT_LE(items.size(), 10u);
    for (WorkItem& item : items) {
      EXPECT_TRUE(item.fresh);
      EXPECT_EQ(item.input.kind(), InputKind::kEvaluate);
      EXPECT_EQ(item.input.user, item.target);
      ++examined_[item.target.key];
      std::shared_ptr<Settlement> settlement = item.settlement;
      if (!keep_) settlement->OnSettled({{item.position, item.target, {}}});
    }
  }
  void Users(int count, const std::string& workspace = "w") {
    CommitBatch batch;
    batch.journal_seq = 1;
    for (int i = 0; i < count; ++i) {
      batch.profiles.push_back({UserKey::User(workspace, "user-" + std::to_string(i)), 0, {1, "", ""}});
    }
    ASSERT_TRUE(store_.Commit(batch).ok());
  }
  void Put(Segment::State state = Segment::State::kActive, int64_t revision = 1) {
    Segment segment;
    segment.workspace = "w";
    segment.segment_id = "vip";
    segment.state = state;
    segment.condition = "true";
    segment.update_time = clock_.Now();
    segment.revision = revision;
    ASSERT_TRUE(store_.segments().PutSegment(segment, true).ok());
  }
  SegmentEvaluation Progress() { return store_.segments().GetSegment("w", "vip")->evaluation; }
  bool AwaitExamined(size_t users) {
    absl::MutexLock lock(&mu_);
    auto enough = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return examined_.size() >= users; };
    return mu_.AwaitWithTimeout(absl::Condition(&enough), absl::Seconds(60));
  }
  std::vector<int> Times() {
    absl::MutexLock lock(&mu_);
    std::vector<int> times;
    for (const auto& [key, count] : examined_) times.push_back(count);
    return times;
  }

  ManualClock clock_{kNow};
  MemoryStore store_{{.clock = &clock_}};
  int changes_ = 0;
  absl::Mutex mu_;
  std::map<std::string, int> examined_ ABSL_GUARDED_BY(mu_);
  bool keep_ ABSL_GUARDED_BY(mu_) = false;
};

TEST_F(SegmentEvaluatorTest, HasNothingToDoWithoutAnEvaluationThatIsDue) {
  EXPECT_EQ(*Evaluator()->RunOne(), false);
  Put();
  EXPECT_EQ(*Evaluator()->RunOne(), false) << "within the grace";
  clock_.Advance(absl::Seconds(3));
  EXPECT_EQ(*Evaluator()->RunOne(), true);
  EXPECT_EQ(*Evaluator()->RunOne(), false) << "done";
  EXPECT_EQ(changes_, 1);
}

TEST_F(SegmentEvaluatorTest, LooksAtEveryUserOfTheWorkspaceOnce) {
  Users(95);
  Users(50, "other");
  Put();
  clock_.Advance(absl::Seconds(3));
  ASSERT_EQ(*Evaluator()->RunOne(), true);
  EXPECT_EQ(Times().size(), 95u);
  EXPECT_THAT(Times(), Each(1));
  EXPECT_EQ(Progress().state, State::kDone);
  EXPECT_EQ(Progress().users_examined, 95);
  EXPECT_EQ(Progress().users_total, 95);
}

TEST_F(SegmentEvaluatorTest, GoesOnWhereAProcessWasStopped) {
  Users(50);
  Put();
  clock_.Advance(absl::Seconds(3));
  {
    auto first = Evaluator("first");
    {
      absl::MutexLock lock(&mu_);
      keep_ = true;
    }
    first->Start();
    ASSERT_TRUE(AwaitExamined(10));
    first->Stop();
  }
  EXPECT_EQ(Progress().users_examined, 0) << "what was not committed is not remembered";
  EXPECT_EQ(Progress().users_total, 50);
  {
    absl::MutexLock lock(&mu_);
    keep_ = false;
  }
  EXPECT_EQ(*Evaluator("second")->RunOne(), false) << "the first one holds it";
  clock_.Advance(absl::Seconds(6));
  EXPECT_EQ(*Evaluator("second")->RunOne(), true);
  EXPECT_EQ(Times().size(), 50u);
  EXPECT_EQ(Progress().users_examined, 50);
}

TEST_F(SegmentEvaluatorTest, AThreadFindsTheWorkByItself) {
  Users(25);
  auto evaluator = Evaluator();
  evaluator->Start();
  Put();
  clock_.Advance(absl::Seconds(3));
  EXPECT_TRUE(AwaitExamined(25));
  evaluator->Stop();
}

TEST_F(SegmentEvaluatorTest, OfAnArchivedSegmentOnlyItsUsers) {
  Users(30);
  Put();
  CommitBatch batch;
  batch.journal_seq = 2;
  for (int i : {3, 7}) {
    batch.profiles.push_back({UserKey::User("w", "user-" + std::to_string(i)), 1, {2, "", ""}});
    batch.members.push_back({.owner = batch.profiles.size() - 1, .segment_id = "vip", .entered = true, .since = kNow});
  }
  ASSERT_TRUE(store_.Commit(batch).ok());
  Put(Segment::State::kArchived, 2);
  clock_.Advance(absl::Seconds(3));
  ASSERT_EQ(*Evaluator()->RunOne(), true);
  EXPECT_EQ(Times().size(), 2u);
  EXPECT_EQ(Progress().users_total, 2);
}

TEST_F(SegmentEvaluatorTest, AnotherChangeBeginsAgain) {
  Users(30);
  Put();
  clock_.Advance(absl::Seconds(3));
  ASSERT_EQ(*Evaluator()->RunOne(), true);
  Put(Segment::State::kActive, 2);
  clock_.Advance(absl::Seconds(3));
  ASSERT_EQ(*Evaluator()->RunOne(), true);
  EXPECT_THAT(Times(), Each(2));
}

}  // namespace
}  // namespace cadenza
