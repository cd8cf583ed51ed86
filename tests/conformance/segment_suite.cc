// Segments: what a commit says of who is in them, and what SegmentStore promises.
#include "tests/conformance/segment_suite.h"

#include <gmock/gmock.h>

#include <set>

namespace cadenza::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using State = SegmentEvaluation::State;

TEST_P(SegmentSuite, ASegmentComesBackAsItWasPut) {
  const Segment vip = Vip();
  Put(vip);
  EXPECT_EQ(Get(), vip);
  Segment second = Vip("vip", 2);
  second.state = Segment::State::kArchived;
  second.condition = "true";
  second.update_time += absl::Hours(1);
  Put(second);
  EXPECT_EQ(Get(), second);
  EXPECT_TRUE(absl::IsNotFound(segments().GetSegment(workspace_, "none").status()));
  EXPECT_TRUE(absl::IsNotFound(segments().GetSegment(workspace_ + "-other", "vip").status()));
}

TEST_P(SegmentSuite, RevisionsFollowOneAnotherAndRaiseTheRuleSets) {
  const int64_t before = Revision();
  Put(Vip());
  EXPECT_GT(Revision(), before);
  EXPECT_TRUE(absl::IsAlreadyExists(segments().PutSegment(Vip(), false)));
  EXPECT_TRUE(absl::IsAborted(segments().PutSegment(Vip("vip", 3), false)));
  EXPECT_TRUE(absl::IsNotFound(segments().PutSegment(Vip("none", 2), false)));
  EXPECT_TRUE(absl::IsInvalidArgument(segments().PutSegment(Vip("vip", 0), false)));
  Put(Vip("vip", 2));
}

TEST_P(SegmentSuite, AreListedInOrderByPageAndWithoutTheArchived) {
  for (const char* id : {"c", "a", "b", "d"}) Put(Vip(id));
  Segment archived = Vip("b", 2);
  archived.state = Segment::State::kArchived;
  Put(archived);
  auto ids = [&](std::string_view after, int limit, bool with_archived) {
    std::vector<std::string> listed;
    const auto found = segments().ListSegments(workspace_, after, limit, with_archived);
    for (const Segment& segment : *found) {
      listed.push_back(segment.segment_id);
    }
    return listed;
  };
  EXPECT_THAT(ids("", 0, true), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(ids("", 2, false), ElementsAre("a", "c"));
  EXPECT_THAT(ids("c", 2, false), ElementsAre("d"));
  EXPECT_GE(segments().ListSegments("", "", 0, false)->size(), 3u);
}

TEST_P(SegmentSuite, UsersEnterAndLeaveWithTheirProfiles) {
  Put(Vip());
  const std::vector<UserKey> users = {User("ada"), User("ben"), User("cy")};
  EXPECT_THAT(Commit(users, 0, {Enters(0), Enters(2, "vip", kStoreTime + absl::Seconds(5))}),
              ElementsAre(false, false, false));
  EXPECT_EQ(Count(), 2);
  EXPECT_EQ(*segments().ListMembers(workspace_, "vip", "", 10),
            (std::vector<SegmentMember>{{"u:ada", kStoreTime}, {"u:cy", kStoreTime + absl::Seconds(5)}}));
  EXPECT_THAT(Members("u:ada"), ElementsAre("u:cy"));
  EXPECT_THAT(Members("", 1), ElementsAre("u:ada"));
  EXPECT_THAT(Commit(users, 1, {Leaves(0), Leaves(1), Enters(2)}), ElementsAre(false, false, false))
      << "leaving what one is not in, and entering again, are no trouble";
  EXPECT_EQ(*segments().ListMembers(workspace_, "vip", "", 10), (std::vector<SegmentMember>{{"u:cy", kStoreTime}}));
  EXPECT_EQ(segments().CountMembers(workspace_ + "-other", "vip").value_or(-1), 0);
  EXPECT_EQ(Count("none"), 0);
}

TEST_P(SegmentSuite, WhoseFenceFailsDoesNotEnter) {
  Put(Vip());
  const std::vector<UserKey> users = {User("ada"), User("ben")};
  Commit({User("ada")}, 0, {});
  EXPECT_THAT(Commit(users, 0, {Enters(0), Enters(1)}), ElementsAre(true, false));
  EXPECT_THAT(Members(), ElementsAre("u:ben"));
  CommitBatch batch = Batch();
  batch.all_or_nothing = true;
  batch.profiles = {Write(User("ada"), 0), Write(User("ben"), 1)};
  batch.members = {Enters(0), Leaves(1)};
  EXPECT_THAT(CommitOk(batch), ElementsAre(true, true));
  EXPECT_THAT(Members(), ElementsAre("u:ben"));
}

TEST_P(SegmentSuite, AResendChangesNobodysSegments) {
  Put(Vip());
  Apply(User("ada"), 1, "e1");
  CommitBatch batch = Batch();
  batch.check_events = true;
  batch.profiles = {Write(User("ada"), 1)};
  batch.events = {Event(0, User("ada"), "e1", 2)};
  batch.members = {Enters(0)};
  EXPECT_TRUE(absl::IsAlreadyExists(store_->Commit(batch).status()));
  EXPECT_EQ(Count(), 0);
  EXPECT_EQ(LoadRow(User("ada"))->version, 1);
  batch.events[0].event_id = "e2";
  EXPECT_THAT(CommitOk(batch), ElementsAre(false));
  EXPECT_EQ(Count(), 1);
}

TEST_P(SegmentSuite, AMergeTakesTheNameOutInOneCommit) {
  Put(Vip());
  const UserKey anonymous = UserKey::Anonymous(workspace_, "a1");
  Commit({anonymous}, 0, {Enters(0)});
  CommitBatch batch = Batch();
  batch.all_or_nothing = true;
  batch.profiles = {{anonymous, 1, {2, User("ada").key, ""}}, Write(User("ada"), 0)};
  batch.members = {Leaves(0), Enters(1)};
  EXPECT_THAT(CommitOk(batch), ElementsAre(false, false));
  EXPECT_THAT(Members(), ElementsAre("u:ada"));
}

TEST_P(SegmentSuite, OwnersMustBeInTheBatch) {
  CommitBatch batch = Batch();
  batch.profiles = {Write(User("ada"), 0)};
  batch.members = {Enters(1)};
  EXPECT_TRUE(absl::IsInvalidArgument(store_->Commit(batch).status()));
}

TEST_P(SegmentSuite, AnEvaluationIsHeldByOneAndGoesOnWhereItWas) {
  Put(Vip(), /*evaluate=*/true);
  EXPECT_EQ(Get().evaluation.state, State::kRunning);
  EXPECT_EQ(Get().evaluation.start_time, Vip().update_time);
  std::optional<HeldEvaluation> held = Claim("first");
  ASSERT_TRUE(held.has_value());
  EXPECT_EQ(*held,
            (HeldEvaluation{
                .workspace = workspace_, .segment_id = "vip", .segment_state = Segment::State::kActive, .number = 1}));
  EXPECT_FALSE(Claim("second").has_value());

  held->cursor = "u:m";
  held->users_examined = 7;
  held->users_total = 20;
  ASSERT_TRUE(segments().SaveEvaluation(*held, "first", absl::ZeroDuration()).ok()) << "and lets go of it at once";
  EXPECT_EQ(Get().evaluation.users_examined, 7);
  EXPECT_EQ(Get().evaluation.users_total, 20);
  std::optional<HeldEvaluation> taken;
  for (int tries = 0; tries < 1000 && !taken.has_value(); ++tries) taken = Claim("second");
  ASSERT_TRUE(taken.has_value());
  EXPECT_EQ(*taken, *held);
  EXPECT_TRUE(absl::IsAborted(segments().SaveEvaluation(*held, "first", absl::Minutes(1))));
  EXPECT_TRUE(absl::IsAborted(segments().FinishEvaluation(*held, "first")));

  const int64_t revision = Revision();
  taken->users_examined = 20;
  ASSERT_TRUE(segments().FinishEvaluation(*taken, "second").ok());
  EXPECT_GT(Revision(), revision);
  EXPECT_EQ(Get().evaluation.state, State::kDone);
  EXPECT_NE(Get().evaluation.end_time, absl::InfinitePast());
  EXPECT_EQ(Get().evaluation.users_examined, 20);
  EXPECT_FALSE(Claim("third").has_value());
  EXPECT_TRUE(absl::IsAborted(segments().SaveEvaluation(*taken, "second", absl::Minutes(1))));
}

TEST_P(SegmentSuite, AnotherChangeBeginsAnotherEvaluation) {
  Put(Vip(), true);
  std::optional<HeldEvaluation> held = Claim("first");
  ASSERT_TRUE(held.has_value());
  held->users_examined = 7;
  ASSERT_TRUE(segments().SaveEvaluation(*held, "first", absl::Minutes(1)).ok());
  Put(Vip("vip", 2), false);
  EXPECT_EQ(Get().evaluation.users_examined, 7) << "a change of the name only";
  ASSERT_TRUE(segments().SaveEvaluation(*held, "first", absl::Minutes(1)).ok());
  Put(Vip("vip", 3), true);
  EXPECT_EQ(Get().evaluation.users_examined, 0);
  EXPECT_EQ(Get().evaluation.users_total, SegmentEvaluation::kNotCounted);
  EXPECT_TRUE(absl::IsAborted(segments().SaveEvaluation(*held, "first", absl::Minutes(1))));
  std::optional<HeldEvaluation> next = Claim("second");
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(next->number, held->number + 1);
  EXPECT_EQ(next->cursor, "");
}

TEST_P(SegmentSuite, AnEvaluationIsNotDueBeforeItsGrace) {
  Segment segment = Vip();
  segment.update_time = absl::Now() - absl::Minutes(5);
  Put(segment, true);
  for (const auto& [grace, due] : {std::pair{absl::Hours(1), false}, std::pair{absl::Minutes(1), true}}) {
    std::optional<HeldEvaluation> found;
    for (int other = 0; other < 1000; ++other) {
      auto held = segments().ClaimEvaluation("p", absl::Minutes(1), grace);
      ASSERT_TRUE(held.ok()) << held.status();
      found = *held;
      if (!found.has_value() || found->workspace == workspace_) break;
      ASSERT_TRUE(segments().FinishEvaluation(*found, "p").ok());
    }
    EXPECT_EQ(found.has_value(), due) << grace;
  }
}

TEST_P(SegmentSuite, UsersAreWalkedOverOnceEachAndNamesAreLeftOut) {
  std::set<std::string> expected;
  std::vector<UserKey> users;
  for (int i = 0; i < 25; ++i) {
    users.push_back(User("walker-" + std::to_string(i)));
    expected.insert(users.back().key);
    users.push_back(UserKey::User(workspace_ + "-other", "walker-" + std::to_string(i)));
  }
  Commit(users, 0, {});
  CommitBatch link = Batch();
  link.profiles = {{UserKey::Anonymous(workspace_, "name"), 0, {1, users[0].key, ""}}};
  CommitOk(link);
  std::set<std::string> walked;
  UserStretch stretch;
  for (int steps = 0; !stretch.at_end; ++steps) {
    ASSERT_LT(steps, 100'000);
    auto next = segments().ListUsers(workspace_, stretch.last_key, 7);
    ASSERT_TRUE(next.ok()) << next.status();
    for (const std::string& key : next->keys) EXPECT_TRUE(walked.insert(key).second) << key << " twice";
    ASSERT_TRUE(next->at_end || next->last_key > stretch.last_key);
    stretch = *std::move(next);
  }
  EXPECT_EQ(walked, expected);
}

}  // namespace
}  // namespace cadenza::testing
