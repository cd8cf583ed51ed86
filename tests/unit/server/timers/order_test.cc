// Timers of one user that are due at one moment, and what they may send of a launch that he has had by another name.
#include <gmock/gmock.h>

#include "storage/codec/wire.h"
#include "tests/unit/server/timers/pumped.h"

namespace cadenza::lanes {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Campaign Named(std::string campaign_id, int32_t priority) {
  Campaign campaign = Cart();
  campaign.campaign_id = std::move(campaign_id);
  campaign.message.body = campaign.campaign_id;
  campaign.exception_event_names = {};
  campaign.priority = priority;
  return campaign;
}

class TimerOrderTest : public ::testing::Test {
 protected:
  // Who gets one message a day.
  void Use(const std::vector<Campaign>& campaigns, int32_t most = 1) {
    WorkspaceSettings settings;
    settings.workspace = "shop";
    settings.frequency_caps = {{most, absl::Hours(24), "", "", ""}};
    std::vector<std::string> errors;
    one_.rules = rules::RuleSet::Build(1, campaigns, nullptr, &errors, {}, {}, {settings});
    EXPECT_THAT(errors, IsEmpty());
  }
  std::vector<std::string> Bodies() {
    std::vector<std::string> bodies;
    const std::vector<Message> messages = memory_.ListMessages(ada_, 0, 100, absl::InfinitePast()).value();
    for (const Message& message : messages) bodies.push_back(message.body);
    return bodies;
  }
  std::vector<Timer> Stored() { return memory_.timers().ReadTimers({ada_}).value(); }
  double Fired() { return one_.metrics.timers_fired.Value(); }

  MemoryStore memory_;
  Pumped one_{&memory_};
  const UserKey ada_ = User("ada");
};

TEST_F(TimerOrderTest, TheGreaterPriorityTakesThePlaceThatACapHas) {
  Use({Named("a", 0), Named("b", 2), Named("c", 1)});
  one_.Submit(EventNow(ada_, "e1", "cart_filled", kNow));
  ASSERT_THAT(Stored(), SizeIs(3));
  one_.FireAt(kNow + kDelay);
  EXPECT_THAT(Bodies(), ElementsAre("b"));
  EXPECT_THAT(Stored(), IsEmpty());
  EXPECT_EQ(Fired(), 3);
}

TEST_F(TimerOrderTest, AlsoIfItWasSetLaterAndIsFoundLater) {
  Campaign late = Named("late", 5);
  late.trigger.event_name = "visited";
  late.delay = kDelay / 2;
  Use({Named("a", 0), late});
  one_.Submit(EventNow(ada_, "e1", "cart_filled", kNow));
  one_.Submit(EventNow(ada_, "e2", "visited", kNow + kDelay / 2));
  ASSERT_THAT(Stored(), SizeIs(2));
  one_.StepAt(kNow + kDelay);
  ASSERT_THAT(one_.pushed, SizeIs(2));
  // The lane is given one after the other, the lesser first.
  std::vector<WorkItem> items = std::exchange(one_.pushed, {});
  if (std::get<TimerFired>(items[0].input.payload).timer_id.starts_with("delay/late")) std::swap(items[0], items[1]);
  for (WorkItem& item : items) {
    std::vector<WorkItem> alone;
    alone.push_back(std::move(item));
    one_.Run(std::move(alone));
  }
  one_.pump.Step();
  EXPECT_THAT(Bodies(), ElementsAre("late"));
  EXPECT_THAT(Stored(), IsEmpty());
  EXPECT_EQ(Fired(), 2) << "the one that the lane found counts, and once";
}

TEST_F(TimerOrderTest, OfOnePriorityTheOneThatWasSetFirst) {
  Campaign later = Named("a", 0);
  later.trigger.event_name = "visited";
  later.delay = kDelay / 2;
  Use({Named("z", 0), later});
  one_.Submit(EventNow(ada_, "e1", "cart_filled", kNow));
  one_.Submit(EventNow(ada_, "e2", "visited", kNow + kDelay / 2));
  ASSERT_THAT(Stored(), SizeIs(2));
  one_.FireAt(kNow + kDelay);
  EXPECT_THAT(Bodies(), ElementsAre("z"));
  EXPECT_THAT(Stored(), IsEmpty());
}

TEST_F(TimerOrderTest, AlsoIfAnInputFindsThem) {
  Use({Named("a", 0), Named("b", 2), Named("c", 1)}, 2);
  one_.Submit(EventNow(ada_, "e1", "cart_filled", kNow));
  one_.clock.Set(kNow + kDelay + absl::Seconds(3));
  one_.Submit(EventNow(ada_, "e2", "visited", kNow + kDelay + absl::Seconds(3)));
  EXPECT_THAT(Bodies(), ElementsAre("b", "c"));
  EXPECT_THAT(Stored(), IsEmpty());
  EXPECT_EQ(Fired(), 3) << "whoever fires them, they count";
  const auto late = one_.metrics.timer_late_seconds.Collect().histogram;
  EXPECT_EQ(late.sample_count, 3u);
  EXPECT_DOUBLE_EQ(late.sample_sum, 9.0);
}

TEST_F(TimerOrderTest, AnEarlierOneStillGoesFirst) {
  Campaign early = Named("early", -1);
  early.delay = kDelay - absl::Seconds(1);
  Use({Named("a", 4), early});
  one_.Submit(EventNow(ada_, "e1", "cart_filled", kNow));
  one_.FireAt(kNow + kDelay);
  EXPECT_THAT(Bodies(), ElementsAre("early"));
}

TEST_F(TimerOrderTest, OneThatFailsOrIsParkedHoldsUpNoOther) {
  Campaign broken = Named("broken", 5);
  broken.message.body = "{% for i in (1..100000) %}{% for j in (1..100000) %}x{% endfor %}{% endfor %}";
  Use({Named("a", 0), broken, Named("c", 1)}, 2);
  one_.Submit(EventNow(ada_, "e1", "cart_filled", kNow));
  one_.FireAt(kNow + kDelay);
  EXPECT_THAT(Bodies(), ElementsAre("c", "a"));
  ASSERT_THAT(Stored(), SizeIs(1));
  EXPECT_EQ(Stored()[0].attempts, 1);
  EXPECT_GE(one_.metrics.timers_failed.Value(), 1);
}

TEST_F(TimerOrderTest, WhatIsFiredForAnImportHasNoLateness) {
  Use({Named("a", 0)});
  WorkItem cart = EventNow(ada_, "e1", "cart_filled", kNow - absl::Hours(500));
  WorkItem later = EventNow(ada_, "e2", "visited", kNow - absl::Hours(400));
  for (WorkItem* item : {&cart, &later}) {
    item->input.import = true;
    item->input.receive_time = kNow;
  }
  one_.Submit(std::move(cart));
  one_.Submit(std::move(later));
  EXPECT_THAT(Bodies(), ElementsAre("a"));
  EXPECT_EQ(Fired(), 1);
  EXPECT_EQ(one_.metrics.timer_late_seconds.Collect().histogram.sample_count, 0u);
}

class LaunchedByTwoNamesTest : public TimerOrderTest {
 protected:
  Campaign Evening() {
    Campaign campaign = Named("evening", 0);
    campaign.trigger = {};
    campaign.trigger.kind = Trigger::Kind::kSchedule;
    campaign.trigger.schedule = {Schedule::Kind::kLocalCron, {}, "0 18 * * *", "", ""};
    campaign.delay = kDelay;
    return campaign;
  }
  // Due at kNow; `local_time` by the user's clock, which is UTC.
  WorkItem LaunchAt(const UserKey& user, absl::Time now, std::string_view local_time) {
    v1::Input proto;
    proto.set_event_id("schedule-1");
    ToProto(user, proto.mutable_user());
    ToProto(kNow, proto.mutable_time());
    proto.mutable_campaign_launch()->set_campaign_id("evening");
    proto.mutable_campaign_launch()->set_local_time(std::string(local_time));
    proto.mutable_campaign_launch()->set_scheduled(true);
    WorkItem item;
    item.input = FromProto(user.workspace, proto).value();
    item.input.clock = item.input.receive_time = now;
    item.target = user;
    return item;
  }
  void IdentifyPhone(absl::Time now) {
    WorkItem item = IdentifyAs(ada_, "i1", phone_);
    item.input.time = item.input.receive_time = item.input.clock = now;
    one_.Submit(std::move(item));
  }
  std::string Local(absl::Duration after) {
    return absl::FormatTime("%E4Y-%m-%dT%H:%M", kNow + after, absl::UTCTimeZone());
  }

  const UserKey phone_ = UserKey::Anonymous("shop", "phone");
};

// Whenever the two turn out to be one person: before anything was sent, in between, or after it.
TEST_F(LaunchedByTwoNamesTest, ItIsOneMessageWheneverTheyBecomeOne) {
  const absl::Duration shown = absl::Minutes(30);  // until the clock shows the time; the delay follows
  for (const bool both : {false, true}) {
    for (const absl::Duration identified : {absl::Minutes(1), absl::Minutes(40), absl::Minutes(100)}) {
      SCOPED_TRACE(StrCat(both ? "both launched, " : "one launched, ", absl::FormatDuration(identified)));
      MemoryStore memory;
      Pumped one(&memory, Evening());
      const std::string local = Local(shown);
      const auto submit = [&](WorkItem item) { one.Submit(std::move(item)); };
      submit(LaunchAt(phone_, kNow, local));
      submit(EventNow(ada_, "e1", "visited", kNow));
      if (both && identified < kDelay + shown) submit(LaunchAt(ada_, kNow, local));
      for (absl::Duration passed; passed <= identified; passed += absl::Minutes(10)) one.FireAt(kNow + passed);
      WorkItem identify = IdentifyAs(ada_, "i1", phone_);
      identify.input.time = identify.input.receive_time = identify.input.clock = kNow + identified;
      submit(std::move(identify));
      submit(LaunchAt(ada_, kNow + identified, local));
      for (int hours = 2; hours < 30; hours += 3) one.FireAt(kNow + absl::Hours(hours));
      EXPECT_THAT(memory.ListMessages(ada_, 0, 100, absl::InfinitePast()).value(), SizeIs(1));
      EXPECT_THAT(memory.timers().ReadTimers({ada_, phone_}).value(), IsEmpty());
    }
  }
}

TEST_F(LaunchedByTwoNamesTest, OneWhoHasHadItAndOneWhoWaits) {
  one_.rules = RulesWith(Evening());
  one_.Submit(LaunchAt(ada_, kNow, ""));
  one_.FireAt(kNow + kDelay);
  EXPECT_THAT(Bodies(), ElementsAre("evening"));
  one_.Submit(LaunchAt(phone_, kNow + kDelay, ""));
  IdentifyPhone(kNow + kDelay + absl::Minutes(1));
  ASSERT_THAT(Stored(), SizeIs(1));
  one_.FireAt(kNow + 3 * kDelay);
  EXPECT_THAT(Bodies(), ElementsAre("evening"));
  EXPECT_THAT(Stored(), IsEmpty());
}

}  // namespace
}  // namespace cadenza::lanes
