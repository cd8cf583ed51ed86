// Timers: written with their user, found when they are due, failed and parked.
#include "tests/conformance/timer_suite.h"

#include <gmock/gmock.h>

#include "storage/base/text.h"

namespace cadenza::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;

TimerWrite Set(size_t owner, std::string id, int64_t set_seq, absl::Time fire_time, std::string payload = "payload") {
  return {owner, TimerWrite::Kind::kSet, std::move(id), set_seq, fire_time, std::move(payload)};
}
TimerWrite Delete(size_t owner, std::string id) {
  TimerWrite write;
  write.owner = owner;
  write.kind = TimerWrite::Kind::kDelete;
  write.timer_id = std::move(id);
  return write;
}

TEST_P(TimerSuite, IsReadBackAsItWasSetOnceItIsDue) {
  Write(User("ada"), 0, {Set(0, "t1", 1, kStoreTime, std::string("pay\0load", 8))});
  EXPECT_THAT(DueIds(kStoreTime - absl::Microseconds(1)), IsEmpty());
  const std::vector<Timer> due = Due(kStoreTime);
  ASSERT_EQ(due.size(), 1u);
  Timer expected;
  expected.user = User("ada");
  expected.timer_id = "t1";
  expected.set_seq = 1;
  expected.fire_time = expected.due_time = kStoreTime;
  expected.payload = std::string("pay\0load", 8);
  EXPECT_EQ(due[0], expected);
}

TEST_P(TimerSuite, IsNotDueBeforeTheDatabasesClockSaysSoToo) {
  if (GetParam().name == "memory") GTEST_SKIP() << "has no clock of its own";
  const absl::Time later = absl::Now() + absl::Hours(1);
  Write(User("ada"), 0, {Set(0, "t1", 1, later)});
  EXPECT_THAT(DueIds(later + absl::Hours(1)), IsEmpty());
}

TEST_P(TimerSuite, OneMayBeTriedLaterThanItsTime) {
  TimerWrite write = Set(0, "t1", 1, kStoreTime);
  write.due_time = kStoreTime + absl::Minutes(1);
  Write(User("ada"), 0, {write});
  EXPECT_THAT(DueIds(kStoreTime + absl::Seconds(59)), IsEmpty());
  const std::vector<Timer> due = Due(kStoreTime + absl::Minutes(1));
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(due[0].fire_time, kStoreTime);
  EXPECT_EQ(due[0].due_time, kStoreTime + absl::Minutes(1));
}

TEST_P(TimerSuite, AllOfAUserAreReadDueOrNotAndParked) {
  Write(User("ada"), 0, {Set(0, "t1", 1, kStoreTime), Set(0, "t2", 1, kStoreTime + absl::Hours(9), "other")});
  Write(User("bob"), 0, {Set(0, "t1", 1, kStoreTime)});
  Write(User("cleo"), 0, {Set(0, "t1", 1, kStoreTime)});
  Fail(User("ada"), "t1", 1, kStoreTime, true);
  auto read = store_->timers().ReadTimers({User("ada"), User("nobody"), User("bob")});
  ASSERT_TRUE(read.ok()) << read.status();
  std::vector<std::string> lines;
  for (const Timer& timer : *read) {
    lines.push_back(StrCat(timer.user.key, " ", timer.timer_id, " ", timer.payload, timer.parked ? " parked" : ""));
  }
  EXPECT_THAT(lines, ::testing::UnorderedElementsAre("u:ada t1 payload parked", "u:ada t2 other", "u:bob t1 payload"));
  EXPECT_THAT(store_->timers().ReadTimers({}).value(), IsEmpty());
}

TEST_P(TimerSuite, TheEarliestComeFirstAndAsManyAsAreAskedFor) {
  // A time that no other test uses, so that no other test's timers are due.
  const absl::Time start = absl::FromUnixSeconds(1'000'000);
  auto at = [&](int seconds) { return start + absl::Seconds(seconds); };
  Write(User("ada"), 0, {Set(0, "c", 1, at(3)), Set(0, "a", 1, at(1), std::string(600, 'x'))});
  Write(User("bob"), 0, {Set(0, "b", 1, at(2), std::string(600, 'x')), Set(0, "d", 1, at(10))});
  auto look = [&](absl::Time now, int limit, size_t bytes) {
    auto due = store_->timers().FindDue({now, limit, bytes});
    EXPECT_TRUE(due.ok()) << due.status();
    std::string line;
    for (const Timer& timer : due->timers) StrAppend(&line, timer.timer_id, timer.payload.empty() ? "!" : "", " ");
    if (due->more) StrAppend(&line, "more ");
    if (due->next_due < at(1000)) StrAppend(&line, absl::ToInt64Seconds(due->next_due - start));
    return line;
  };
  EXPECT_EQ(look(at(5), 10, kTimerBytes), "a b c 10");
  EXPECT_EQ(look(at(5), 3, kTimerBytes), "a b c 10");
  EXPECT_THAT(look(at(5), 2, kTimerBytes), ::testing::StartsWith("a b more"));
  EXPECT_THAT(look(at(5), 10, 1000), ::testing::StartsWith("a more"));
  EXPECT_THAT(look(at(5), 10, 1), ::testing::StartsWith("a more"));
  EXPECT_EQ(look(at(0), 10, kTimerBytes), "1");
  Write(User("ada"), 1, {Delete(0, "a"), Delete(0, "c")});
  Write(User("bob"), 1, {Delete(0, "b"), Delete(0, "d")});
}

TEST_P(TimerSuite, TheSameIdReplacesAndADeleteDeletes) {
  Write(User("ada"), 0, {Set(0, "t1", 1, kStoreTime), Set(0, "t2", 1, kStoreTime)});
  Write(User("bob"), 0, {Set(0, "t1", 1, kStoreTime)});
  Fail(User("ada"), "t1", 1, kStoreTime, true);
  Write(User("ada"), 1, {Set(0, "t1", 2, kStoreTime + absl::Hours(1), "other"), Delete(0, "t2"), Delete(0, "none")});
  EXPECT_THAT(Due(kStoreTime), ElementsAre(Field(&Timer::user, User("bob"))));
  const std::vector<Timer> due = Due(kStoreTime + absl::Hours(1));
  ASSERT_EQ(due.size(), 2u);
  EXPECT_EQ(due[1].user, User("ada"));
  EXPECT_EQ(due[1].set_seq, 2);
  EXPECT_EQ(due[1].payload, "other");
  EXPECT_EQ(due[1].attempts, 0);
  EXPECT_EQ(due[1].error, "");
}

TEST_P(TimerSuite, GoTheWayOfTheirOwner) {
  Apply(User("b"), 1, "b1");
  CommitBatch batch = Batch();
  batch.profiles = {StoreSuite::Write(User("a"), 0), StoreSuite::Write(User("b"), 0), StoreSuite::Write(User("c"), 0)};
  batch.timers = {Set(0, "of a", 1, kStoreTime), Set(1, "of b", 1, kStoreTime), Set(2, "of c", 1, kStoreTime)};
  EXPECT_THAT(CommitOk(batch), ElementsAre(false, true, false));
  EXPECT_THAT(DueIds(kStoreTime), ::testing::UnorderedElementsAre("of a", "of c"));
  // A stale writer takes nothing away.
  EXPECT_THAT(Write(User("a"), 0, {Delete(0, "of a")}), ElementsAre(true));
  EXPECT_THAT(DueIds(kStoreTime), ::testing::UnorderedElementsAre("of a", "of c"));
}

TEST_P(TimerSuite, ACommitThatFindsAnEventStoredLeavesTimersAlone) {
  Apply(User("ada"), 1, "e1");
  CommitBatch batch = Batch();
  batch.check_events = true;
  batch.profiles = {StoreSuite::Write(User("ada"), 1)};
  batch.events = {Event(0, User("ada"), "e1", 2)};
  batch.timers = {Set(0, "t1", 2, kStoreTime)};
  EXPECT_TRUE(absl::IsAlreadyExists(store_->Commit(batch).status()));
  EXPECT_THAT(DueIds(kStoreTime), IsEmpty());
  // Unless it does not look.
  batch.check_events = false;
  EXPECT_THAT(CommitOk(batch), ElementsAre(false));
  EXPECT_THAT(DueIds(kStoreTime), ElementsAre("t1"));
}

TEST_P(TimerSuite, MoveWithTheirUserAndGiveWayToHis) {
  const UserKey anonymous = UserKey::Anonymous(workspace_, "phone");
  Write(anonymous, 0, {Set(0, "both", 1, kStoreTime, "his"), Set(0, "his", 1, kStoreTime)});
  Write(User("ada"), 0, {Set(0, "both", 1, kStoreTime, "hers")});
  Fail(anonymous, "his", 1, kStoreTime, false);
  CommitBatch batch = Batch();
  batch.all_or_nothing = true;
  batch.profiles = {{anonymous, 1, {2, "u:ada", ""}}, StoreSuite::Write(User("ada"), 1)};
  batch.timer_moves = {{anonymous, User("ada"), 2}};
  EXPECT_THAT(CommitOk(batch), ElementsAre(false, false));
  const std::vector<Timer> due = Due(kStoreTime);
  ASSERT_EQ(due.size(), 2u);
  for (const Timer& timer : due) EXPECT_EQ(timer.user, User("ada"));
  EXPECT_EQ(due[0].timer_id, "both");
  EXPECT_EQ(due[0].payload, "hers");
  EXPECT_EQ(due[0].set_seq, 1);
  EXPECT_EQ(due[1].timer_id, "his");
  EXPECT_EQ(due[1].set_seq, 2);
  EXPECT_EQ(due[1].attempts, 1);
}

TEST_P(TimerSuite, AFailureIsKeptAndAParkedOneWaitsForPeople) {
  Write(User("ada"), 0, {Set(0, "t1", 1, kStoreTime), Set(0, "t2", 1, kStoreTime), Set(0, "t3", 1, kStoreTime)});
  Fail(User("ada"), "t1", 1, kStoreTime + absl::Seconds(4), false);
  EXPECT_THAT(DueIds(kStoreTime), ElementsAre("t2", "t3"));
  const std::vector<Timer> due = Due(kStoreTime + absl::Seconds(4));
  ASSERT_EQ(due.size(), 3u);
  EXPECT_EQ(due[2].timer_id, "t1");
  EXPECT_EQ(due[2].fire_time, kStoreTime);
  EXPECT_EQ(due[2].due_time, kStoreTime + absl::Seconds(4));
  EXPECT_EQ(due[2].attempts, 1);
  EXPECT_EQ(due[2].error, "why");

  const int64_t parked_before = store_->timers().Count(kStoreTime, 1000)->parked;
  Fail(User("ada"), "t1", 1, kStoreTime, true);
  Fail(User("ada"), "t2", 1, kStoreTime, true);
  Fail(User("ada"), "t3", 7, kStoreTime, true);  // another setting
  EXPECT_THAT(DueIds(kStoreTime + absl::Hours(1)), ElementsAre("t3"));
  EXPECT_THAT(ParkedIds(), ElementsAre("t1", "t2"));
  EXPECT_THAT(ParkedIds("", "", 1), ElementsAre("t1"));
  EXPECT_THAT(ParkedIds("u:ada", "t1"), ElementsAre("t2"));
  const TimerCounts counts = store_->timers().Count(kStoreTime, 1000).value();
  EXPECT_EQ(counts.parked, parked_before + 2);
  EXPECT_GE(counts.due, 1);
  EXPECT_EQ(store_->timers().Count(kStoreTime, 1)->due, 1);
  Write(User("ada"), 1, {Delete(0, "t1")});
  EXPECT_THAT(ParkedIds(), ElementsAre("t2"));
}

TEST_P(TimerSuite, AParkedOneIsDueWhenItIsRetried) {
  Write(User("ada"), 0, {Set(0, "t1", 1, kStoreTime), Set(0, "t2", 1, kStoreTime)});
  Fail(User("ada"), "t1", 1, kStoreTime, true);
  Fail(User("ada"), "t2", 1, kStoreTime + absl::Hours(9), false);
  const auto retry = [&](const UserKey& user, std::string_view timer_id, absl::Time now) {
    const absl::StatusOr<bool> retried = store_->timers().RetryParked(user, timer_id, now);
    EXPECT_TRUE(retried.ok()) << retried.status();
    return retried.value_or(false);
  };
  EXPECT_FALSE(retry(User("ada"), "t2", kStoreTime)) << "it is not parked";
  EXPECT_FALSE(retry(User("ada"), "none", kStoreTime));
  EXPECT_FALSE(retry(User("bob"), "t1", kStoreTime));
  EXPECT_TRUE(retry(User("ada"), "t1", kStoreTime + absl::Seconds(3)));
  EXPECT_FALSE(retry(User("ada"), "t1", kStoreTime)) << "it is not parked any more";
  EXPECT_THAT(ParkedIds(), IsEmpty());
  EXPECT_THAT(DueIds(kStoreTime + absl::Seconds(2)), IsEmpty());
  const std::vector<Timer> due = Due(kStoreTime + absl::Seconds(3));
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(due[0].timer_id, "t1");
  EXPECT_EQ(due[0].attempts, 0);
  EXPECT_EQ(due[0].fire_time, kStoreTime);
  EXPECT_EQ(due[0].error, "why");
}

TEST_P(TimerSuite, ABatchThatBreaksTheContractIsRefused) {
  auto refused = [&](const CommitBatch& batch) { return absl::IsInvalidArgument(store_->Commit(batch).status()); };
  CommitBatch batch = Batch();
  batch.profiles = {StoreSuite::Write(User("ada"), 0)};
  batch.timers = {Set(1, "t1", 1, kStoreTime)};
  EXPECT_TRUE(refused(batch));
  batch.timers = {Set(0, "t1", 1, kStoreTime), Delete(0, "t1")};
  EXPECT_TRUE(refused(batch));
  batch.timers.clear();
  batch.timer_moves = {{User("eve"), User("ada"), 1}};
  EXPECT_TRUE(refused(batch)) << "needs all_or_nothing";
}

}  // namespace
}  // namespace cadenza::testing
