// Segments in a batch: kept with the profile, in the same commit, whatever becomes of it.
#include <gmock/gmock.h>

#include "tests/unit/server/lanes/workbench.h"

namespace cadenza::lanes {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kSegment[] = "vip";

class SegmentsOfABatchTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Campaign welcome;
    welcome.workspace = "shop";
    welcome.campaign_id = "welcome";
    welcome.state = Campaign::State::kActive;
    welcome.trigger = {Trigger::Kind::kSegmentEntered, "", "", kSegment};
    welcome.message = {.channel = "push", .title = "", .body = "Welcome", .time_to_live = absl::Hours(24)};
    welcome.revision = 1;
    Campaign farewell = welcome;
    farewell.campaign_id = "farewell";
    farewell.trigger.kind = Trigger::Kind::kSegmentLeft;
    segment_.workspace = "shop";
    segment_.segment_id = kSegment;
    segment_.state = Segment::State::kActive;
    segment_.condition = "user.event_count(\"visited\") >= 3 && !has(user.attributes.banned)";
    segment_.revision = 1;
    ASSERT_TRUE(store_.segments().PutSegment(segment_, false).ok());
    std::vector<std::string> errors;
    runner_.rules = rules::RuleSet::Build(2, {welcome, farewell}, nullptr, &errors, {}, {segment_});
    ASSERT_THAT(errors, IsEmpty());
  }

  static WorkItem EvaluateOf(const UserKey& user) {
    WorkItem item = Item(user, "evaluation", Evaluate());
    item.fresh = true;
    return item;
  }
  // In the table; the profile says the same.
  bool IsIn(const UserKey& user) {
    bool found = false;
    const auto members = store_.segments().ListMembers("shop", kSegment, "", 1000);
    for (const SegmentMember& member : *members) {
      found = found || member.user_key == user.key;
    }
    const Profile profile = StoredProfile(store_, user);
    EXPECT_EQ(profile.segments.find(kSegment) != profile.segments.end(), found) << user.key;
    return found;
  }
  std::vector<std::string> Messages(const UserKey& user) {
    std::vector<std::string> campaigns;
    const auto messages = store_.ListMessages(user, 0, 100, kNow);
    for (const Message& message : *messages) campaigns.push_back(message.campaign_id);
    return campaigns;
  }
  std::vector<WorkItem> Visits(const UserKey& user, int from, int to) {
    std::vector<WorkItem> items;
    for (int i = from; i <= to; ++i) items.push_back(Event(user, StrCat(user.key, i)));
    return items;
  }

  MemoryStore store_{MemoryOptions(&clock_)};
  ManualClock clock_{kNow};
  HandDriven runner_{&store_};
  Segment segment_;
};

TEST_F(SegmentsOfABatchTest, TheThirdVisitBringsHimInAndIsAnswered) {
  runner_.RunAll(Visits(User("ada"), 1, 2));
  EXPECT_FALSE(IsIn(User("ada")));
  runner_.RunAll(Visits(User("ada"), 3, 3));
  EXPECT_TRUE(IsIn(User("ada")));
  EXPECT_THAT(Messages(User("ada")), ElementsAre("welcome"));
  runner_.RunAll({Change(User("ada"), "ban", AttributeOperation::Op::kSet, Value::Bool(true), "banned")});
  EXPECT_FALSE(IsIn(User("ada")));
  EXPECT_THAT(Messages(User("ada")), ElementsAre("welcome", "farewell"));
  EXPECT_THAT(ListedSeqs(store_, User("ada")), ElementsAre(1, 2, 3, 4));
}

TEST_F(SegmentsOfABatchTest, InAndOutAndInWithinOneBatchEndsIn) {
  std::vector<WorkItem> items = Visits(User("ada"), 1, 3);
  items.push_back(Change(User("ada"), "ban", AttributeOperation::Op::kSet, Value::Bool(true), "banned"));
  items.push_back(Change(User("ada"), "unban", AttributeOperation::Op::kUnset, Value::Null(), "banned"));
  runner_.RunAll(std::move(items));
  EXPECT_TRUE(IsIn(User("ada")));
  EXPECT_THAT(Messages(User("ada")), ElementsAre("welcome", "farewell", "welcome"));
}

TEST_F(SegmentsOfABatchTest, AnEvaluationOfNothingNewTakesNoNumberAndWritesNothing) {
  runner_.RunAll(Visits(User("ada"), 1, 3));
  const int64_t commits = runner_.store.Calls(FaultStore::Call::kCommit);
  runner_.RunAll({EvaluateOf(User("ada")), EvaluateOf(User("nobody"))});
  EXPECT_EQ(runner_.store.Calls(FaultStore::Call::kCommit), commits);
  EXPECT_EQ(runner_.logbook->settled(), 5u);
  EXPECT_EQ(StoredProfile(store_, User("ada")).version, 3);
  EXPECT_EQ(StoredProfile(store_, User("nobody")).version, 0);
}

TEST_F(SegmentsOfABatchTest, AnEvaluationThatChangesSomethingTakesANumberAndIsNoEvent) {
  const auto with_segments = runner_.rules;
  runner_.rules = Rules();
  runner_.RunAll(Visits(User("ada"), 1, 3));
  EXPECT_FALSE(IsIn(User("ada")));
  runner_.rules = with_segments;
  runner_.RunAll({EvaluateOf(User("ada"))});
  EXPECT_TRUE(IsIn(User("ada")));
  EXPECT_EQ(StoredProfile(store_, User("ada")).version, 4);
  runner_.RunAll(Visits(User("ada"), 4, 4));
  EXPECT_THAT(ListedSeqs(store_, User("ada")), ElementsAre(1, 2, 3, 5));
  runner_.rules = Rules();
  runner_.RunAll({EvaluateOf(User("ada"))});
  EXPECT_FALSE(IsIn(User("ada"))) << "it is not in force any more";
  EXPECT_THAT(Messages(User("ada")), ElementsAre("welcome")) << "so he left silently";
}

TEST_F(SegmentsOfABatchTest, AnEvaluationLooksAtWhatIsStoredNotAtWhatTheCacheBelieves) {
  runner_.RunAll(Visits(User("ada"), 1, 1));
  HandDriven other(&store_);
  other.rules = Rules();
  other.RunAll(Visits(User("ada"), 2, 3));
  runner_.RunAll({EvaluateOf(User("ada"))});
  EXPECT_TRUE(IsIn(User("ada")));
}

TEST_F(SegmentsOfABatchTest, WhatAnotherProcessChangedMeanwhileIsDoneAgain) {
  runner_.RunAll(Visits(User("ada"), 1, 2));
  HandDriven other(&store_);
  other.rules = runner_.rules;
  other.RunAll({Change(User("ada"), "ban", AttributeOperation::Op::kSet, Value::Bool(true), "banned")});
  EXPECT_GT(runner_.RunAll(Visits(User("ada"), 3, 3)), 1) << "the fence";
  EXPECT_FALSE(IsIn(User("ada")));
  EXPECT_THAT(Messages(User("ada")), IsEmpty());
}

TEST_F(SegmentsOfABatchTest, AnUnknownOutcomeEntersOnce) {
  for (bool did_it : {true, false}) {
    const UserKey user = User(did_it ? "did" : "did-not");
    runner_.RunAll(Visits(user, 1, 2));
    FaultStore::Fault fault;
    fault.error = absl::UnknownError("lost");
    fault.do_it = did_it;
    runner_.store.Inject(FaultStore::Call::kCommit, fault);
    runner_.RunAll(Visits(user, 3, 3));
    EXPECT_TRUE(IsIn(user));
    EXPECT_THAT(Messages(user), ElementsAre("welcome"));
  }
}

TEST_F(SegmentsOfABatchTest, AMergeMovesHimAndLetsTheNameGo) {
  runner_.RunAll(Visits(Anonymous("phone"), 1, 3));
  EXPECT_TRUE(IsIn(Anonymous("phone")));
  runner_.RunAll({IdentifyAs(User("ada"), "i1", Anonymous("phone"))});
  EXPECT_TRUE(IsIn(User("ada")));
  EXPECT_EQ(*store_.segments().CountMembers("shop", kSegment), 1);
  EXPECT_THAT(Messages(User("ada")), ElementsAre("welcome")) << "the name's: the user was in all along";

  runner_.RunAll(Visits(User("ben"), 1, 2));
  runner_.RunAll(Visits(Anonymous("tablet"), 1, 1));
  runner_.RunAll({IdentifyAs(User("ben"), "i2", Anonymous("tablet"))});
  EXPECT_TRUE(IsIn(User("ben"))) << "three visits together";
  EXPECT_THAT(Messages(User("ben")), ElementsAre("welcome"));

  runner_.RunAll(Visits(Anonymous("watch"), 1, 3));
  runner_.RunAll({Change(User("cy"), "ban", AttributeOperation::Op::kSet, Value::Bool(true), "banned")});
  runner_.RunAll({IdentifyAs(User("cy"), "i3", Anonymous("watch"))});
  EXPECT_FALSE(IsIn(User("cy"))) << "what both together are";
  EXPECT_EQ(*store_.segments().CountMembers("shop", kSegment), 2);
}

TEST_F(SegmentsOfABatchTest, AnEvaluationOfANameFollowsItToTheUser) {
  runner_.RunAll(Visits(Anonymous("phone"), 1, 1));
  runner_.RunAll({IdentifyAs(User("ada"), "i1", Anonymous("phone"))});
  const auto with_segments = runner_.rules;
  runner_.rules = Rules();
  runner_.RunAll(Visits(User("ada"), 2, 3));
  runner_.rules = with_segments;
  runner_.RunAll({EvaluateOf(Anonymous("phone"))});
  EXPECT_TRUE(IsIn(User("ada")));
}

TEST_F(SegmentsOfABatchTest, AnotherWorkspaceIsNotConcerned) {
  const UserKey user = UserKey::User("other-shop", "ada");
  runner_.RunAll(Visits(user, 1, 3));
  EXPECT_TRUE(StoredProfile(store_, user).segments.empty());
  EXPECT_THAT(Messages(user), IsEmpty());
}

}  // namespace
}  // namespace cadenza::lanes
