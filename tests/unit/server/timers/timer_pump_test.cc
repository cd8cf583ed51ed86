#include "server/timers/timer_pump.h"

#include <gmock/gmock.h>

#include <random>

#include "cadenza/v1/input.pb.h"
#include "server/lanes/lane_set.h"
#include "storage/codec/serialize.h"
#include "storage/codec/timer_codec.h"
#include "tests/support/seed.h"
#include "tests/unit/server/lanes/workbench.h"

namespace cadenza::lanes {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr absl::Duration kDelay = absl::Hours(1);

Campaign Cart() {
  Campaign campaign;
  campaign.workspace = "shop";
  campaign.campaign_id = "cart";
  campaign.state = Campaign::State::kActive;
  campaign.trigger = {.kind = Trigger::Kind::kEventName, .event_name = "cart_filled", .product_id = ""};
  campaign.delay = kDelay;
  campaign.exception_event_names = {"order_placed"};
  campaign.message = {.channel = "push", .title = "", .body = "{{ event.id }}", .time_to_live = absl::Hours(24)};
  campaign.revision = 1;
  return campaign;
}

std::shared_ptr<const rules::RuleSet> RulesWith(const Campaign& campaign) {
  return rules::RuleSet::Build(1, {campaign}, nullptr, nullptr);
}

// As the door lets it in, with the body that the wire would have given it.
WorkItem EventNow(const UserKey& user, std::string_view event_id, std::string_view name, absl::Time now) {
  WorkItem item = Event(user, event_id, name);
  v1::Input proto;
  proto.set_event_id(std::string(event_id));
  if (user.kind() == RefKind::kUserId) {
    proto.mutable_user()->set_user_id(std::string(user.name()));
  } else {
    proto.mutable_user()->set_anonymous_id(std::string(user.name()));
  }
  proto.mutable_custom_event()->set_name(std::string(name));
  item.input.body = SerializeDeterministic(proto);
  item.input.digest = DigestOf(item.input.body);
  item.input.time = item.input.receive_time = item.input.clock = now;
  return item;
}

TimerPump::Options PumpOptions() {
  TimerPump::Options options;
  options.attempts_max = 3;
  return options;
}

// A process with its pump, both driven by hand.
struct Pumped : Process {
  explicit Pumped(Store* base, const Campaign& campaign = Cart()) : Process(base), runner(options, Context()) {
    rules = RulesWith(campaign);
  }
  lanes::Context Context() {
    lanes::Context made = context();
    made.timer_set = [this](absl::Time due) { pump.Notify(due); };
    return made;
  }

  void Run(std::vector<WorkItem> items) {
    for (int batch = 0; !items.empty() && batch < 500; ++batch) {
      BatchRunner::Outcome outcome = runner.Run(std::move(items));
      items = std::move(outcome.retry);
      std::move(outcome.forward.begin(), outcome.forward.end(), std::back_inserter(items));
    }
    EXPECT_TRUE(items.empty()) << "no end";
  }
  void Submit(WorkItem item) {
    item.position = ++last_position;
    item.settlement = logbook;
    std::vector<WorkItem> items;
    items.push_back(std::move(item));
    Run(std::move(items));
  }
  // Time passes; what is due is pushed, and waits in `pushed`.
  void StepAt(absl::Time now) {
    clock.Set(now);
    pump.Step();
  }
  void RunPushed() { Run(std::exchange(pushed, {})); }
  void FireAt(absl::Time now) {
    StepAt(now);
    RunPushed();
    pump.Step();  // failures are recorded
  }

  const Options options = TestOptions();
  std::vector<WorkItem> pushed;
  TimerPump pump{PumpOptions(), &store.timers(), &clock, &metrics, [this](std::vector<WorkItem> items) {
                   std::move(items.begin(), items.end(), std::back_inserter(pushed));
                 }};
  BatchRunner runner;
  int64_t last_position = 0;
};

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
  one_.Submit(EventNow(ada_, "o1", "order_placed", kNow + kDelay));
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
  one_.Submit(EventNow(ada_, "c2", "cart_filled", kNow + kDelay));
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
    one_.store.Inject(FaultStore::Call::kCommit, {.error = absl::UnknownError("lost"), .do_it = done});
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
  one_.Submit(std::move(item));
  one_.FireAt(kNow);
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

// Faults, cancellations, merges, two processes: in the end each profile lists exactly what the store has, nothing has
// fired early or twice, and every sequence is gapless.
class FaultyStore : public FaultStore {
 public:
  FaultyStore(Store* base, uint64_t seed) : FaultStore(base), random_(seed) {}
  absl::StatusOr<CommitResult> Commit(const CommitBatch& batch) override {
    const int dice = static_cast<int>(random_() % 12);
    if (dice == 0) return absl::UnavailableError("random");
    if (dice == 1) return absl::UnknownError("not done");
    if (dice == 2) {
      (void)FaultStore::Commit(batch);
      return absl::UnknownError("done");
    }
    return FaultStore::Commit(batch);
  }

 private:
  std::mt19937_64 random_;
};

TEST(TimerPropertyTest, ProfilesAndStoreAgreeAndNothingIsEarlyOrTwice) {
  const uint64_t seed = cadenza::testing::TestSeed();
  SCOPED_TRACE(cadenza::testing::SeedLine(seed));
  for (int round = 0; round < 20; ++round) {
    std::mt19937_64 random(seed + round);
    auto below = [&random](int n) { return static_cast<int>(random() % n); };
    ManualClock clock(kNow);
    MemoryStore memory(MemoryOptions(&clock));
    FaultyStore faults_a(&memory, random()), faults_b(&memory, random());
    Pumped a(&faults_a), b(&faults_b);
    absl::Time now = kNow;
    for (int i = 0; i < 300; ++i) {
      Pumped& process = below(2) == 0 ? a : b;
      process.clock.Set(now);
      const int who = below(5);
      const UserKey user = who < 3 ? User(StrCat(who)) : Anonymous(StrCat(who));
      const int dice = below(20);
      if (dice < 9) {
        process.Submit(EventNow(user, StrCat("e", i), "cart_filled", now));
      } else if (dice < 11) {
        process.Submit(EventNow(user, StrCat("e", i), "order_placed", now));
      } else if (dice == 11 && i > 100) {
        process.Submit(IdentifyAs(User(StrCat(below(3))), StrCat("e", i), Anonymous(StrCat(3 + below(2)))));
      } else if (dice < 16) {
        process.StepAt(now);
      } else {
        process.RunPushed();
      }
      now += absl::Minutes(below(20));
    }
    for (int hour = 0; hour < 8; ++hour) {
      for (Pumped* process : {&a, &b}) {
        process->RunPushed();
        process->FireAt(now + absl::Hours(hour));
      }
    }
    EXPECT_THAT(memory.timers().FindDue({absl::InfiniteFuture(), 1000, 1 << 20})->timers, IsEmpty());
    EXPECT_THAT(memory.timers().ListParked({"shop", "", "", 1000}).value(), IsEmpty());
    absl::flat_hash_set<std::string> ids;
    size_t fired = 0;
    for (int who = 0; who < 5; ++who) {
      const UserKey user = who < 3 ? User(StrCat(who)) : Anonymous(StrCat(who));
      const Profile profile = StoredProfile(memory, user);
      EXPECT_THAT(profile.timers, IsEmpty());
      int64_t expected_seq = 0;
      for (const StoredEvent& event : memory.ListEvents(user, 0, false, 1000).value()) {
        EXPECT_EQ(event.user_seq, ++expected_seq);
        v1::Input input;
        // Of inputs that no timer was set by, the workbench makes bodies of its own.
        if (!input.ParseFromString(event.body) || !input.has_timer_fired()) continue;
        ++fired;
        EXPECT_GE(absl::ToUnixMicros(event.receive_time),
                  input.time().seconds() * 1'000'000 + input.time().nanos() / 1000)
            << "early";
      }
      for (const Message& message : memory.ListMessages(user, 0, 1000, absl::InfinitePast()).value()) {
        EXPECT_TRUE(ids.insert(message.event_id).second) << "twice: " << message.event_id;
      }
    }
    EXPECT_EQ(ids.size(), fired);
    EXPECT_GT(fired, 10u);
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace cadenza::lanes
