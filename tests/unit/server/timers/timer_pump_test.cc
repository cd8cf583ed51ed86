#include "server/timers/timer_pump.h"

#include <gmock/gmock.h>

#include "server/lanes/lane_set.h"
#include "storage/codec/timer_codec.h"
#include "tests/unit/server/timers/pumped.h"

namespace cadenza::lanes {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class TimerPumpTest : public ::testing::Test {
 protected:
  std::vector<std::string> Bodies(const UserKey& user) {
    std::vector<std::string> bodies;
    const std::vector<Message> messages = memory_.ListMessages(user, 0, 10'000, kNow).value();
    for (const Message& message : messages) bodies.push_back(message.body);
    return bodies;
  }
  std::vector<Timer> Stored() { return memory_.timers().FindDue({absl::InfiniteFuture(), 100'000, 1 << 30})->timers; }
  std::vector<Timer> Parked() { return memory_.timers().ListParked({"shop", "", "", 100}).value(); }

  ManualClock clock_{kNow};
  MemoryStore memory_{MemoryOptions(&clock_)};
  Pumped one_{&memory_};
  const UserKey ada_ = User("ada");
};

TEST_F(TimerPumpTest, FiresOnceWhenItIsDueAndIsAnInputLikeOthers) {
  one_.Submit(EventNow(ada_, "c1", "cart_filled", kNow));
  EXPECT_THAT(Bodies(ada_), IsEmpty());
  one_.FireAt(kNow + kDelay - absl::Microseconds(1));
  EXPECT_THAT(Bodies(ada_), IsEmpty());
  one_.FireAt(kNow + kDelay);
  EXPECT_THAT(Bodies(ada_), ElementsAre("c1"));
  EXPECT_THAT(Stored(), IsEmpty());
  one_.FireAt(kNow + 2 * kDelay);
  EXPECT_THAT(Bodies(ada_), SizeIs(1));

  one_.Submit(EventNow(ada_, "v1", "visited", kNow + 2 * kDelay));
  const Profile profile = StoredProfile(memory_, ada_);
  EXPECT_EQ(profile.version, 3);
  EXPECT_THAT(profile.timers, IsEmpty());
  EXPECT_THAT(ListedSeqs(memory_, ada_), ElementsAre(1, 2, 3));
  v1::Input listed;
  ASSERT_TRUE(listed.ParseFromString(memory_.ListEvents(ada_, 1, false, 1)->at(0).body));
  EXPECT_EQ(listed.timer_fired().subject(), "cart");
  EXPECT_EQ(listed.timer_fired().trigger().event_id(), "c1");
  EXPECT_EQ(one_.metrics.timers_fired.Value(), 1);
}

TEST_F(TimerPumpTest, WhatIsCancelledOnTheWayDoesNothing) {
  one_.Submit(EventNow(ada_, "c1", "cart_filled", kNow));
  one_.StepAt(kNow + kDelay);
  ASSERT_THAT(one_.pushed, SizeIs(1));
  one_.Submit(EventNow(ada_, "o1", "order_placed", kNow + kDelay - absl::Milliseconds(1)));  // it came in time
  one_.RunPushed();
  one_.FireAt(kNow + kDelay + absl::Hours(1));
  EXPECT_THAT(Bodies(ada_), IsEmpty());
  EXPECT_EQ(StoredProfile(memory_, ada_).version, 2);
  EXPECT_EQ(one_.metrics.timers_gone.Value(), 1);
  EXPECT_THAT(Stored(), IsEmpty());
  EXPECT_THAT(Parked(), IsEmpty());
}

TEST_F(TimerPumpTest, WhatIsReplacedOnTheWayFiresAtItsNewTime) {
  Campaign campaign = Cart();
  campaign.exception_event_names = {"cart_filled"};
  one_.rules = RulesWith(campaign);
  one_.Submit(EventNow(ada_, "c1", "cart_filled", kNow));
  one_.StepAt(kNow + kDelay);
  one_.Submit(EventNow(ada_, "c2", "cart_filled", kNow + kDelay - absl::Milliseconds(1)));
  one_.RunPushed();
  EXPECT_THAT(Bodies(ada_), IsEmpty());
  one_.FireAt(kNow + 2 * kDelay);
  EXPECT_THAT(Bodies(ada_), ElementsAre("c2"));
}

TEST_F(TimerPumpTest, TwoProcessesThatFindTheSameLetItFireOnce) {
  Pumped two(&memory_);
  // The second knows the user from before the timer.
  one_.Submit(EventNow(ada_, "v1", "visited", kNow));
  two.Submit(EventNow(ada_, "v2", "visited", kNow));
  one_.Submit(EventNow(ada_, "c1", "cart_filled", kNow));
  one_.StepAt(kNow + kDelay);
  two.StepAt(kNow + kDelay);
  ASSERT_THAT(two.pushed, SizeIs(1));
  two.RunPushed();
  EXPECT_THAT(Bodies(ada_), ElementsAre("c1"));
  one_.RunPushed();
  EXPECT_THAT(Bodies(ada_), ElementsAre("c1"));
  EXPECT_EQ(StoredProfile(memory_, ada_).version, 4);
  EXPECT_EQ(two.metrics.timers_fired.Value(), 1);
  EXPECT_EQ(one_.metrics.timers_gone.Value(), 1);
}

TEST_F(TimerPumpTest, AnUnknownOutcomeIsFoundOutAndTheSubscriberIsTold) {
  for (bool done : {true, false}) {
    const UserKey user = User(done ? "done" : "undone");
    one_.Submit(EventNow(user, "c1", "cart_filled", kNow));
    one_.StepAt(kNow + kDelay);
    one_.store.Inject(FaultStore::Call::kCommit, {absl::UnknownError("lost"), done, absl::ZeroDuration(), nullptr});
    one_.RunPushed();
    EXPECT_THAT(Bodies(user), ElementsAre("c1"));
    EXPECT_EQ(StoredProfile(memory_, user).version, 2);
    one_.clock.Set(kNow);
  }
  EXPECT_THAT(one_.logbook->lines(), ::testing::Contains("hint u:done"));
  EXPECT_THAT(one_.logbook->lines(), ::testing::Contains("message u:undone 1"));
}

TEST_F(TimerPumpTest, AFailureIsTriedAgainThenParkedAlsoByAnotherProcess) {
  Campaign campaign = Cart();
  campaign.recheck_condition = true;
  campaign.condition = "1 / (1 - user.event_count('visited')) == 1";
  one_.rules = RulesWith(campaign);
  one_.Submit(EventNow(ada_, "c1", "cart_filled", kNow));
  one_.Submit(EventNow(ada_, "v1", "visited", kNow));
  const absl::Time due = kNow + kDelay;
  one_.FireAt(due);
  EXPECT_EQ(StoredProfile(memory_, ada_).version, 2);
  one_.FireAt(due + absl::Milliseconds(900));
  EXPECT_EQ(one_.metrics.timers_failed.Value(), 1) << "not before its pause is over";
  ASSERT_THAT(Stored(), SizeIs(1));
  EXPECT_EQ(Stored()[0].attempts, 1);
  EXPECT_EQ(Stored()[0].due_time, due + absl::Seconds(1));

  Pumped two(&memory_, campaign);  // as after a restart
  two.FireAt(due + absl::Seconds(1));
  EXPECT_EQ(Stored()[0].attempts, 2);
  two.FireAt(due + absl::Seconds(5));
  EXPECT_THAT(Stored(), IsEmpty());
  ASSERT_THAT(Parked(), SizeIs(1));
  EXPECT_EQ(Parked()[0].attempts, 3);
  EXPECT_THAT(Parked()[0].error, HasSubstr("cart: condition: "));
  EXPECT_THAT(StoredProfile(memory_, ada_).timers, SizeIs(1));
  two.FireAt(due + absl::Hours(1));
  EXPECT_EQ(two.metrics.timers_parked.Value(), 1);
  // It is still his: what cancels it takes it away.
  two.Submit(EventNow(ada_, "o1", "order_placed", due + absl::Hours(1)));
  EXPECT_THAT(Parked(), IsEmpty());
  EXPECT_THAT(Bodies(ada_), IsEmpty());
}

TEST_F(TimerPumpTest, AFailureThatHealsSends) {
  Campaign failing = Cart();
  failing.message.body = "{% for i in (1..100000) %}{{ i }}{% endfor %}";
  one_.rules = RulesWith(failing);
  one_.Submit(EventNow(ada_, "c1", "cart_filled", kNow));
  one_.FireAt(kNow + kDelay);
  EXPECT_EQ(one_.metrics.timers_failed.Value(), 1);
  one_.rules = RulesWith(Cart());
  one_.FireAt(kNow + kDelay + absl::Seconds(1));
  EXPECT_THAT(Bodies(ada_), ElementsAre("c1"));
}

TEST_F(TimerPumpTest, DamageIsParked) {
  CommitBatch batch;
  batch.profiles = {{ada_, 0, {1, "", ""}}};
  batch.timers = {{0, TimerWrite::Kind::kSet, "t", 1, kNow, "\xff\xff"},
                  {0, TimerWrite::Kind::kSet, "orphan", 1, kNow, EncodeTimerContent({})}};
  ASSERT_TRUE(memory_.Commit(batch).ok());
  for (int hour = 0; hour < 4; ++hour) one_.FireAt(kNow + absl::Hours(hour));
  ASSERT_THAT(Parked(), SizeIs(2));
  EXPECT_THAT(Parked()[0].error, HasSubstr("does not list it"));
  EXPECT_THAT(Parked()[1].error, HasSubstr("damaged"));
}

TEST_F(TimerPumpTest, AFloodWaitsInTheStore) {
  constexpr int kTimers = 1000;
  for (int i = 0; i < kTimers; ++i) one_.Submit(EventNow(User(StrCat(i)), "c1", "cart_filled", kNow));
  size_t fired = 0;
  const size_t most = static_cast<size_t>(PumpOptions().in_flight_max);
  for (int step = 0; fired < kTimers && step < 100; ++step) {
    one_.StepAt(kNow + kDelay + absl::Seconds(step));
    one_.StepAt(kNow + kDelay + absl::Seconds(step) + absl::Milliseconds(500));
    EXPECT_LE(one_.pushed.size(), most);
    fired += one_.pushed.size();
    one_.RunPushed();
  }
  EXPECT_EQ(fired, static_cast<size_t>(kTimers));
  EXPECT_EQ(one_.metrics.timers_fired.Value(), kTimers);
  EXPECT_THAT(Stored(), IsEmpty());
}

TEST_F(TimerPumpTest, GoesWithItsUserWhenHeIsIdentified) {
  const UserKey phone = Anonymous("phone");
  one_.Submit(EventNow(phone, "c1", "cart_filled", kNow));
  one_.Submit(EventNow(ada_, "c2", "cart_filled", kNow));
  one_.StepAt(kNow + kDelay);
  ASSERT_THAT(one_.pushed, SizeIs(2));
  one_.Submit(IdentifyAs(ada_, "i1", phone));
  one_.RunPushed();  // that of the phone is not its any more
  EXPECT_THAT(Bodies(ada_), ElementsAre("c2"));
  one_.FireAt(kNow + kDelay + absl::Seconds(10));
  EXPECT_THAT(Bodies(ada_), ElementsAre("c2", "c1"));
  EXPECT_THAT(StoredProfile(memory_, ada_).timers, IsEmpty());
  EXPECT_THAT(Stored(), IsEmpty());
}

TEST_F(TimerPumpTest, AnImportFiresUnderItsOwnTime) {
  WorkItem item = EventNow(ada_, "c1", "cart_filled", kNow - absl::Hours(50));
  item.input.import = true;
  item.input.receive_time = kNow;
  one_.Submit(std::move(item));
  one_.FireAt(kNow + one_.options.import_timer_wait);
  const std::vector<Message> messages = memory_.ListMessages(ada_, 0, 10, absl::InfinitePast()).value();
  ASSERT_THAT(messages, SizeIs(1));
  EXPECT_EQ(messages[0].create_time, kNow - absl::Hours(49));
}

// With its thread, real lanes and the system's clock. The poll is so slow that only Notify can wake it.
TEST(TimerPumpThreadTest, WakesForWhatTheLanesSet) {
  MemoryStore memory;
  Process process(&memory);
  Campaign campaign = Cart();
  campaign.delay = absl::Milliseconds(30);
  process.rules = RulesWith(campaign);
  std::unique_ptr<TimerPump> pump;
  Context context = process.context();
  context.clock = &Clock::System();
  context.timer_set = [&pump](absl::Time due) { pump->Notify(due); };
  LaneSet lanes(TestOptions(), context);
  TimerPump::Options options;
  options.poll_interval = absl::Hours(1);
  pump = std::make_unique<TimerPump>(options, &memory.timers(), &Clock::System(), &process.metrics,
                                     [&lanes](std::vector<WorkItem> items) { lanes.Push(std::move(items)); });
  pump->Start();
  constexpr int kUsers = 50;
  for (int i = 0; i < kUsers; ++i) {
    std::vector<WorkItem> items;
    items.push_back(EventNow(User(StrCat(i)), "c1", "cart_filled", Clock::System().Now()));
    items.back().settlement = process.logbook;
    items.back().position = i + 1;
    lanes.Push(std::move(items));
  }
  ASSERT_TRUE(process.logbook->AwaitSettled(kUsers));
  ASSERT_TRUE(process.logbook->AwaitLines(2 * kUsers));
  for (int i = 0; i < kUsers; ++i) {
    const std::vector<StoredEvent> events = memory.ListEvents(User(StrCat(i)), 0, false, 10).value();
    ASSERT_THAT(events, SizeIs(2));
    EXPECT_GE(events[1].receive_time, events[0].receive_time + campaign.delay) << "never early";
  }
  pump->Stop();
  lanes.Stop();
}

}  // namespace
}  // namespace cadenza::lanes
