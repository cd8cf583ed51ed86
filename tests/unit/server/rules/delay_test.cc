#include "server/rules/delay.h"

#include "storage/model/limits.h"
#include "storage/model/rejection.h"
#include "tests/unit/server/rules/fixtures.h"

namespace cadenza::rules {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr absl::Duration kDelay = absl::Hours(1);

Campaign CartCampaign() {
  Campaign campaign = KnotsCampaign();
  campaign.campaign_id = "cart";
  campaign.trigger.event_name = "cart_filled";
  campaign.condition = "event.properties.total > 15.0";
  campaign.cooldown = absl::ZeroDuration();
  campaign.delay = kDelay;
  campaign.exception_event_names = {"order_placed", "purchase"};
  campaign.message.title.clear();
  campaign.message.body = "{{ user.attributes.first_name }}: {{ event.properties.total }}, {{ event.time }}";
  return campaign;
}

Input Named(Input input, std::string name) {
  std::get<CustomEvent>(input.payload).name = std::move(name);
  return input;
}
Input Cart(std::string id, absl::Time time, double total = 20) {
  return Named(Order(std::move(id), time, {}, total), "cart_filled");
}

struct Fired {
  absl::Status status;
  std::vector<Message> messages;
};

class DelayTest : public testing::Test {
 protected:
  Outcome Submit(const Input& input) { return rules::Submit(*rules_, input, &ada_); }
  // The first that waits comes due; as a lane, on a copy.
  Fired Fire(const Outcome& outcome, absl::Time now) {
    const TimerChange& set = outcome.timers.back();
    EXPECT_TRUE(set.set);
    Input input = Order("timer", now, {}, 0);
    input.payload = TimerFired{set.timer_id, set.timer.set_seq, std::make_shared<const TimerContent>(set.content)};
    Profile next = ada_;
    apply::Applied applied;
    EXPECT_TRUE(apply::ApplyInput(input, {kGap}, &next, &applied).ok());
    Fired fired;
    Effects effects;
    effects.Clear(now);
    fired.status = FireTimer(*rules_, input, kOptions, &next, &effects);
    fired.messages = effects.messages;
    if (fired.status.ok()) ada_ = next;
    return fired;
  }

  Profile ada_ = Ada();
  std::shared_ptr<const RuleSet> rules_ = RulesOf({CartCampaign()});
};

TEST_F(DelayTest, TheMessageComesWhenTheDelayIsOverWithTheEventThatTriggered) {
  const Outcome waiting = Submit(Cart("c1", kNoon));
  EXPECT_THAT(waiting.messages, IsEmpty());
  ASSERT_THAT(waiting.timers, SizeIs(1));
  EXPECT_EQ(waiting.timers[0].timer.fire_time, kNoon + kDelay);
  EXPECT_EQ(waiting.timers[0].timer.set_seq, 1);
  EXPECT_THAT(ada_.timers, SizeIs(1));
  ada_.attributes.Set("first_name", Value::String("Countess"));

  const Fired fired = Fire(waiting, kNoon + kDelay);
  ASSERT_TRUE(fired.status.ok()) << fired.status;
  ASSERT_THAT(fired.messages, SizeIs(1));
  EXPECT_EQ(fired.messages[0].body, "Countess: 20.0, 2023-11-15 12:00:00 UTC");
  EXPECT_EQ(fired.messages[0].event_id, "c1");
  EXPECT_EQ(fired.messages[0].create_time, kNoon + kDelay);
  EXPECT_EQ(fired.messages[0].message_seq, 1);
  EXPECT_EQ(ada_.campaigns["cart"], (CampaignHistory{1, kNoon + kDelay}));
  EXPECT_EQ(ada_.version, 2);
  EXPECT_THAT(ada_.timers, IsEmpty());
}

TEST_F(DelayTest, OnlyWhatPassesTheConditionWaits) {
  EXPECT_THAT(Submit(Cart("c1", kNoon, 10)).timers, IsEmpty());
  EXPECT_THAT(Submit(Named(Cart("c2", kNoon), "other")).timers, IsEmpty());
}

TEST_F(DelayTest, AnExceptionEventCancelsAllThatWaits) {
  Submit(Cart("c1", kNoon));
  Submit(Cart("c2", kNoon));
  EXPECT_THAT(ada_.timers, SizeIs(2));
  EXPECT_THAT(Submit(Named(Cart("x", kNoon), "something_else")).timers, IsEmpty());
  const Outcome cancelled = Submit(Order("o1", kNoon, {}, 1));
  EXPECT_THAT(cancelled.timers, SizeIs(2));
  EXPECT_THAT(ada_.timers, IsEmpty());
  Submit(Cart("c3", kNoon));
  Submit(PurchaseOf("p1", kNoon, "margherita"));
  EXPECT_THAT(ada_.timers, IsEmpty());
  // History changes nothing.
  Submit(Cart("c4", kNoon));
  Input old = Order("o2", kNoon - absl::Hours(100), {}, 1);
  old.clock = kNoon;
  Submit(old);
  EXPECT_THAT(ada_.timers, SizeIs(1));
}

TEST_F(DelayTest, OneThatIsTheTriggerTooStartsAnew) {
  Campaign campaign = CartCampaign();
  campaign.exception_event_names = {"cart_filled"};
  rules_ = RulesOf({campaign});
  Submit(Cart("c1", kNoon));
  Submit(Cart("c2", kNoon + absl::Minutes(30)));
  ASSERT_THAT(ada_.timers, SizeIs(1));
  EXPECT_EQ(ada_.timers.begin()->second.fire_time, kNoon + absl::Minutes(90));
}

TEST_F(DelayTest, CancelsNothingOfOtherCampaigns) {
  Campaign longer = CartCampaign(), other = CartCampaign();
  longer.campaign_id = "cart-2";
  longer.exception_event_names.clear();
  other.campaign_id = "car";
  other.exception_event_names = {"left"};
  rules_ = RulesOf({CartCampaign(), longer, other});
  Submit(Cart("c1", kNoon));
  TimerChanges others;
  ASSERT_TRUE(SetTimer("delay", kNoon, {}, &ada_, &others).ok());
  EXPECT_THAT(ada_.timers, SizeIs(4));
  Submit(Order("o1", kNoon, {}, 1));
  EXPECT_THAT(ada_.timers, SizeIs(3));
  Submit(Named(Cart("l", kNoon), "left"));
  EXPECT_THAT(ada_.timers, SizeIs(2));
}

TEST_F(DelayTest, TheConditionIsLookedAtAgainIfAsked) {
  for (bool recheck : {false, true}) {
    Campaign campaign = CartCampaign();
    campaign.recheck_condition = recheck;
    campaign.condition = "user.event_count('seen') == 0";
    rules_ = RulesOf({campaign});
    ada_ = Ada();
    const Outcome waiting = Submit(Cart("c1", kNoon));
    Submit(Named(Cart("s1", kNoon), "seen"));
    const Fired fired = Fire(waiting, kNoon + kDelay);
    EXPECT_TRUE(fired.status.ok());
    EXPECT_THAT(fired.messages, SizeIs(recheck ? 0 : 1));
    EXPECT_THAT(ada_.timers, IsEmpty());
  }
}

TEST_F(DelayTest, CooldownAndSubscriptionAreThoseOfTheSending) {
  Campaign campaign = CartCampaign();
  campaign.cooldown = absl::Hours(24);
  rules_ = RulesOf({campaign});
  const Outcome first = Submit(Cart("c1", kNoon));
  const Outcome second = Submit(Cart("c2", kNoon));
  EXPECT_THAT(Fire(first, kNoon + kDelay).messages, SizeIs(1));
  EXPECT_THAT(Fire(second, kNoon + kDelay).messages, IsEmpty());
  const Outcome third = Submit(Cart("c3", kNoon + absl::Hours(24)));
  ada_.subscriptions["push"] = SubscriptionState::kUnsubscribed;
  EXPECT_THAT(Fire(third, kNoon + absl::Hours(25)).messages, IsEmpty());
  EXPECT_THAT(ada_.timers, IsEmpty());
}

TEST_F(DelayTest, ACampaignThatIsNotActiveAnyMoreSendsNothing) {
  const Outcome waiting = Submit(Cart("c1", kNoon));
  rules_ = RulesOf({});
  const Fired fired = Fire(waiting, kNoon + kDelay);
  EXPECT_TRUE(fired.status.ok());
  EXPECT_THAT(fired.messages, IsEmpty());
  EXPECT_THAT(ada_.timers, IsEmpty());
}

TEST_F(DelayTest, ARuleErrorIsToldAndChangesNothing) {
  Campaign campaign = CartCampaign();
  campaign.recheck_condition = true;
  campaign.condition = "1 / (1 - user.event_count('seen')) == 1";
  rules_ = RulesOf({campaign});
  const Outcome waiting = Submit(Cart("c1", kNoon));
  Submit(Named(Cart("s1", kNoon), "seen"));
  const Profile before = ada_;
  const Fired fired = Fire(waiting, kNoon + kDelay);
  EXPECT_THAT(std::string(fired.status.message()), HasSubstr("cart: condition: "));
  EXPECT_EQ(ada_, before);
}

TEST_F(DelayTest, AnEventTooLargeToWaitIsARuleError) {
  Input cart = Cart("c1", kNoon);
  cart.body = std::string(limits::kTimerContentBytes + 1, 'x');
  const Outcome outcome = Submit(cart);
  ASSERT_THAT(outcome.errors, SizeIs(1));
  EXPECT_THAT(outcome.errors[0].text, HasSubstr("delay: "));
  EXPECT_THAT(ada_.timers, IsEmpty());
}

TEST_F(DelayTest, APreviewSaysThatItWaits) {
  const auto compiled = CompileCampaign(CartCampaign()).value();
  const Input cart = Cart("c1", kNoon);
  Decision decision;
  EXPECT_FALSE(Consider(*compiled, {&cart, &ada_, {}}, kOptions, &decision, nullptr).has_value());
  EXPECT_THAT(GatesOf(decision), ElementsAre("trigger+", "condition+", "delay+"));
  EXPECT_EQ(decision.outcome, DecisionOutcome::kWaits);
  EXPECT_EQ(decision.wait_time, kNoon + kDelay);
  EXPECT_EQ(decision.gates.back().detail, "waits until 2023-11-15T13:00:00Z");
}

TEST_F(DelayTest, ItsFieldsAreChecked) {
  auto field = [](const std::function<void(Campaign*)>& change) {
    Campaign campaign = CartCampaign();
    change(&campaign);
    return RejectionField(CompileCampaign(campaign).status());
  };
  EXPECT_EQ(field([](Campaign* c) { c->delay = -absl::Seconds(1); }), "delay");
  EXPECT_EQ(field([](Campaign* c) { c->delay = limits::kDelay + absl::Microseconds(1); }), "delay");
  EXPECT_EQ(field([](Campaign* c) { c->exception_event_names = {"a", ""}; }), "exception_event_names[1]");
  EXPECT_EQ(field([](Campaign* c) { c->exception_event_names = {"a\nb"}; }), "exception_event_names[0]");
  EXPECT_EQ(field([](Campaign* c) { c->exception_event_names.assign(limits::kExceptionEvents + 1, "a"); }),
            "exception_event_names");
  EXPECT_EQ(field([](Campaign* c) { c->delay_until = DelayUntil{{18 * 60}, {}}; }), "delay_until");
  const auto until = [](int minutes) {
    return [minutes](Campaign* c) {
      c->delay = absl::ZeroDuration();
      c->delay_until = DelayUntil{{minutes}, {}};
    };
  };
  EXPECT_EQ(field(until(24 * 60)), "delay_until.time_of_day");
  EXPECT_EQ(field(until(18 * 60)), "");
  // The workspace may make wait what the campaign does not.
  EXPECT_EQ(field([](Campaign* c) { c->delay = absl::ZeroDuration(); }), "");
}

}  // namespace
}  // namespace cadenza::rules
