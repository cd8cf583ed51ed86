#include "server/lanes/batch.h"

#include <gmock/gmock.h>

#include "storage/model/limits.h"
#include "tests/unit/server/lanes/workbench.h"

namespace cadenza::lanes {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class BatchTest : public ::testing::Test {
 protected:
  ManualClock clock_{kNow};
  MemoryStore memory_{MemoryOptions(&clock_)};
  HandDriven lane_{&memory_};
  HandDriven other_{&memory_};  // another process over the same store
  const UserKey ada_ = User("ada");
  const UserKey bob_ = User("bob");
  const UserKey anon_ = Anonymous("x");

  std::vector<std::string> Verdicts(const HandDriven& lane) {
    std::vector<std::string> verdicts;
    for (int64_t i = 1; i <= lane.last_position; ++i) verdicts.push_back(lane.logbook->verdict(i));
    return verdicts;
  }
};

template <typename... Items>
std::vector<WorkItem> List(Items... items) {
  std::vector<WorkItem> list;
  (list.push_back(std::move(items)), ...);
  return list;
}

TEST_F(BatchTest, GivesEachUserAGaplessSequenceInOrder) {
  lane_.RunOnce(List(Event(ada_, "1"), Event(bob_, "1"), Event(ada_, "2"), Event(bob_, "2"), Event(ada_, "3")));
  EXPECT_THAT(Verdicts(lane_), ElementsAre("applied 1", "applied 1", "applied 2", "applied 2", "applied 3"));
  lane_.RunOnce(List(Event(ada_, "4")));
  EXPECT_EQ(lane_.logbook->verdict(6), "applied 4");
  EXPECT_THAT(ListedSeqs(memory_, ada_), ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(CountOf(StoredProfile(memory_, ada_), "visited"), 4);
  EXPECT_EQ(lane_.store.Calls(FaultStore::Call::kCommit), 2);
}

TEST_F(BatchTest, OffersMessagesBeforeItSettles) {
  lane_.RunOnce(List(Event(ada_, "1", "order_placed"), Event(bob_, "1"), Event(ada_, "2", "order_placed")));
  EXPECT_THAT(lane_.logbook->lines(),
              ElementsAre("message u:ada 1", "message u:ada 2", "settled 1", "settled 2", "settled 3"));
}

TEST_F(BatchTest, ADuplicateChangesNothing) {
  lane_.RunOnce(List(Event(ada_, "1", "order_placed"), Event(ada_, "1", "order_placed")));
  lane_.RunAll(List(Event(ada_, "1", "order_placed")));
  other_.RunAll(List(Event(ada_, "1", "order_placed")));
  EXPECT_THAT(Verdicts(lane_), ElementsAre("applied 1", "duplicate 1", "duplicate 1"));
  EXPECT_THAT(Verdicts(other_), ElementsAre("duplicate 1"));
  const Profile profile = StoredProfile(memory_, ada_);
  EXPECT_EQ(CountOf(profile, "order_placed"), 1);
  EXPECT_EQ(profile.message_seq, 1);
}

TEST_F(BatchTest, AnIdWithOtherContentIsRefused) {
  lane_.RunOnce(List(Event(ada_, "1", "visited", "a"), Event(ada_, "1", "visited", "b"), Event(bob_, "1")));
  lane_.RunAll(List(Event(ada_, "1", "visited", "b")));
  EXPECT_THAT(Verdicts(lane_),
              ElementsAre("applied 1", "rejected EVENT_ID_REUSED", "applied 1", "rejected EVENT_ID_REUSED"));
}

TEST_F(BatchTest, HotUsersCostOneCallOfTheStore) {
  lane_.RunOnce(List(Event(ada_, "1"), Event(bob_, "1")));
  const int64_t loads = lane_.store.Calls(FaultStore::Call::kLoad);
  lane_.RunOnce(List(Event(ada_, "2"), Event(bob_, "2"), Event(ada_, "3")));
  EXPECT_EQ(lane_.store.Calls(FaultStore::Call::kLoad), loads);
  EXPECT_EQ(lane_.store.Calls(FaultStore::Call::kCommit), 2);
  EXPECT_THAT(Verdicts(lane_), ElementsAre("applied 1", "applied 1", "applied 2", "applied 2", "applied 3"));
}

TEST_F(BatchTest, WhereOneResendIsOthersAreLookedForFirst) {
  lane_.RunOnce(List(Event(ada_, "1"), Event(ada_, "2"), Event(bob_, "1")));
  // Found by the commit: the batch is tried again, its neighbours with it.
  EXPECT_EQ(lane_.RunAll(List(Event(ada_, "1"), Event(bob_, "2"))), 2);
  // Found before.
  EXPECT_EQ(lane_.RunAll(List(Event(ada_, "2"), Event(bob_, "3"))), 1);
  EXPECT_THAT(Verdicts(lane_), ElementsAre("applied 1", "applied 2", "applied 1", "duplicate 1", "applied 2",
                                           "duplicate 2", "applied 3"));
  // And not for ever.
  for (int i = 4; i < 30; ++i) lane_.RunOnce(List(Event(bob_, StrCat(i))));
  const int64_t loads = lane_.store.Calls(FaultStore::Call::kLoad);
  lane_.RunOnce(List(Event(bob_, "30")));
  EXPECT_EQ(lane_.store.Calls(FaultStore::Call::kLoad), loads);
}

TEST_F(BatchTest, AResendThatWouldBeRejectedNowIsADuplicate) {
  lane_.RunOnce(List(Increment(ada_, "1"), Change(ada_, "2", AttributeOperation::Op::kSet, Value::String("text"))));
  lane_.RunAll(List(Event(ada_, "3"), Increment(ada_, "1"), Event(ada_, "4")));
  EXPECT_THAT(Verdicts(lane_), ElementsAre("applied 1", "applied 2", "applied 3", "duplicate 1", "applied 4"));
}

TEST_F(BatchTest, ARejectedInputLeavesItsNeighboursAlone) {
  lane_.RunAll(List(Change(ada_, "1", AttributeOperation::Op::kSet, Value::String("text")), Increment(ada_, "2"),
                    Event(ada_, "3"), Increment(bob_, "1")));
  EXPECT_THAT(Verdicts(lane_), ElementsAre("applied 1", "rejected ATTRIBUTE_TYPE_MISMATCH", "applied 2", "applied 1"));
  EXPECT_EQ(AttributeOf(StoredProfile(memory_, ada_), "n"), Value::String("text"));
}

TEST_F(BatchTest, SaysNoOnlyAfterALookPastTheCaches) {
  lane_.RunOnce(List(Change(ada_, "1", AttributeOperation::Op::kSet, Value::String("text"))));
  other_.RunOnce(List(Change(ada_, "2", AttributeOperation::Op::kSet, Value::Int(41))));
  // By what the lane remembers the increment is an error; by what is stored it is not, and the event behind it must
  // wait.
  lane_.RunOnce(List(Increment(ada_, "3"), Event(ada_, "4"), Event(bob_, "1")));
  EXPECT_EQ(lane_.outcome.retry.size(), 2u);
  EXPECT_EQ(lane_.logbook->verdict(4), "applied 1");
  lane_.RunAll(std::move(lane_.outcome.retry));
  EXPECT_EQ(lane_.logbook->verdict(2), "applied 3");
  EXPECT_EQ(lane_.logbook->verdict(3), "applied 4");
  EXPECT_EQ(AttributeOf(StoredProfile(memory_, ada_), "n"), Value::Int(42));
}

TEST_F(BatchTest, IdentifyMergesAndTheOldNameLeadsOn) {
  lane_.RunAll(List(Event(anon_, "1", "order_placed"), Event(anon_, "2", "order_placed"),
                    Event(ada_, "1", "order_placed"), IdentifyAs(ada_, "2", anon_), Event(anon_, "3", "order_placed"),
                    Event(ada_, "3")));
  EXPECT_EQ(LeadsTo(memory_, anon_), ada_.key);
  const Profile profile = StoredProfile(memory_, ada_);
  EXPECT_EQ(CountOf(profile, "order_placed"), 4);
  EXPECT_EQ(profile.message_seq, 4);
  EXPECT_THAT(profile.other_names, ElementsAre(anon_.key));
  auto messages = memory_.ListMessages(ada_, 0, 100, kNow);
  ASSERT_EQ(messages->size(), 4u);
  for (size_t i = 0; i < messages->size(); ++i) EXPECT_EQ((*messages)[i].message_seq, static_cast<int64_t>(i) + 1);
  EXPECT_THAT(*memory_.ListMessages(anon_, 0, 100, kNow), IsEmpty());
  EXPECT_EQ(lane_.logbook->verdict(4), "applied 2");
  // The moved messages have been offered to nobody who listens to ada.
  const auto lines = lane_.logbook->lines();
  EXPECT_THAT(lines, ::testing::IsSupersetOf({"merged a:x", "hint u:ada"}));
}

TEST_F(BatchTest, AnInputUnderAnOldNameIsForwardedOnce) {
  lane_.RunAll(List(IdentifyAs(ada_, "1", anon_)));
  other_.RunOnce(List(Event(anon_, "2"), Event(anon_, "3")));
  ASSERT_EQ(other_.outcome.forward.size(), 2u);
  EXPECT_EQ(other_.outcome.forward[0].target, ada_);
  EXPECT_EQ(other_.outcome.forward[0].input.user, anon_);
  other_.RunOnce(std::move(other_.outcome.forward));
  EXPECT_THAT(Verdicts(other_), ElementsAre("applied 2", "applied 3"));
  // Known by the name it was sent under.
  lane_.RunAll(List(Event(anon_, "2")));
  EXPECT_EQ(lane_.logbook->verdict(2), "duplicate 2");
}

TEST_F(BatchTest, AStaleIdeaOfANameIsCorrectedByTheFence) {
  lane_.RunAll(List(Event(anon_, "1")));
  other_.RunAll(List(IdentifyAs(ada_, "1", anon_)));
  lane_.RunOnce(List(Event(anon_, "2"), Event(anon_, "3"), Event(bob_, "1")));
  EXPECT_EQ(lane_.outcome.retry.size(), 2u);
  lane_.RunAll(std::move(lane_.outcome.retry));
  EXPECT_EQ(lane_.logbook->verdict(2), "applied 2");
  EXPECT_EQ(lane_.logbook->verdict(3), "applied 3");
  EXPECT_EQ(CountOf(StoredProfile(memory_, ada_), "visited"), 3);
}

TEST_F(BatchTest, ANameLeadsToOneUserForGood) {
  const UserKey mail = UserKey::Alias("shop", "mail", "b");
  lane_.RunAll(List(IdentifyAs(ada_, "1", anon_), IdentifyAs(bob_, "1", anon_), IdentifyAs(ada_, "2", anon_)));
  EXPECT_THAT(Verdicts(lane_), ElementsAre("applied 1", "rejected IDENTITY_TAKEN", "applied 2"));
  lane_.RunAll(List(Item(bob_, "2", AddAlias{mail}), Event(mail, "3")));
  lane_.RunAll(List(Item(ada_, "3", AddAlias{mail}), Event(bob_, "4")));
  EXPECT_EQ(lane_.logbook->verdict(4), "applied 1");
  EXPECT_EQ(lane_.logbook->verdict(5), "applied 2");
  EXPECT_EQ(lane_.logbook->verdict(6), "rejected IDENTITY_TAKEN");
  EXPECT_EQ(lane_.logbook->verdict(7), "applied 3");
}

TEST_F(BatchTest, AUserHasABoundedNumberOfNames) {
  std::vector<WorkItem> items;
  for (size_t i = 0; i <= limits::kOtherNames; ++i) {
    items.push_back(IdentifyAs(ada_, StrCat("i", i), Anonymous(StrCat("x", i))));
  }
  items.push_back(Event(ada_, "last"));
  lane_.RunAll(std::move(items));
  EXPECT_EQ(lane_.logbook->verdict(limits::kOtherNames), StrCat("applied ", limits::kOtherNames));
  EXPECT_EQ(lane_.logbook->verdict(limits::kOtherNames + 1), "rejected LIMIT_EXCEEDED");
  EXPECT_EQ(lane_.logbook->verdict(limits::kOtherNames + 2), StrCat("applied ", limits::kOtherNames + 1));
  EXPECT_EQ(LeadsTo(memory_, Anonymous(StrCat("x", limits::kOtherNames))), "");
}

TEST_F(BatchTest, AMergeWaitsForAForeignInputUnderTheOldName) {
  lane_.RunAll(List(Event(anon_, "1")));
  FaultStore::Fault foreign;
  foreign.before = [this] { other_.RunAll(List(Event(anon_, "2"))); };
  lane_.store.Inject(FaultStore::Call::kCommit, foreign);
  lane_.RunAll(List(IdentifyAs(ada_, "1", anon_)));
  EXPECT_EQ(lane_.logbook->verdict(2), "applied 1");
  EXPECT_EQ(CountOf(StoredProfile(memory_, ada_), "visited"), 2);
}

TEST_F(BatchTest, TakesWhatOneCommitCanHold) {
  Options options = TestOptions();
  options.batch_inputs_max = 3;
  options.batch_bytes_max = 100;
  HandDriven lane(&memory_, options);
  lane.RunOnce(List(Event(ada_, "1"), Event(ada_, "2"), Event(ada_, "3"), Event(ada_, "4")));
  EXPECT_EQ(lane.logbook->settled(), 3u);
  lane.RunOnce(
      List(Event(ada_, "5", "visited", std::string(90, 'x')), Event(ada_, "6", "visited", std::string(90, 'x'))));
  EXPECT_EQ(lane.logbook->settled(), 4u);
  // One alone always goes.
  lane.RunOnce(List(Event(ada_, "7", "visited", std::string(200, 'x'))));
  EXPECT_EQ(lane.logbook->settled(), 5u);
}

TEST_F(BatchTest, LoadsAHotUserOnce) {
  for (int i = 0; i < 5; ++i) lane_.RunOnce(List(Event(ada_, StrCat(i))));
  EXPECT_EQ(lane_.metrics.loads_store.Value(), 1);
  EXPECT_EQ(lane_.metrics.loads_hot.Value(), 4);
}

TEST_F(BatchTest, TheHotCacheKeepsItsBounds) {
  Options options = TestOptions();
  options.hot.users_max = 2;
  HandDriven lane(&memory_, options);
  for (int round = 0; round < 3; ++round) {
    std::vector<WorkItem> items;
    for (int user = 0; user < 5; ++user) items.push_back(Event(User(StrCat(user)), StrCat(round)));
    lane.RunOnce(std::move(items));
  }
  EXPECT_EQ(lane.metrics.loads_hot.Value() + lane.metrics.loads_store.Value(), 15);
  EXPECT_LE(lane.metrics.loads_hot.Value(), 4);
  for (int user = 0; user < 5; ++user) {
    EXPECT_EQ(CountOf(StoredProfile(memory_, User(StrCat(user))), "visited"), 3);
  }
}

TEST_F(BatchTest, AppliesTheSessionGapOfTheWorkspace) {
  Options options = TestOptions();
  options.session_gaps["shop"] = absl::Minutes(1);
  HandDriven lane(&memory_, options);
  WorkItem later = Event(ada_, "2");
  later.input.time = later.input.clock = later.input.receive_time = kNow + absl::Minutes(2);
  lane.RunOnce(List(Event(ada_, "1"), std::move(later)));
  EXPECT_EQ(StoredProfile(memory_, ada_).sessions.count, 2);
}

}  // namespace
}  // namespace cadenza::lanes
