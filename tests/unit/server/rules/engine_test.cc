#include "server/rules/engine.h"

#include "tests/unit/server/rules/fixtures.h"

namespace cadenza::rules {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST(Engine, ThePizzaStory) {
  const auto rules = RulesOf({KnotsCampaign()});
  Profile ada = Ada();
  const Outcome outcome = Submit(*rules, Order("o1", kNoon, {Line("Margherita", 2)}, 17.5), &ada);
  EXPECT_THAT(outcome.errors, IsEmpty());
  ASSERT_THAT(outcome.messages, SizeIs(1));
  const Message& message = outcome.messages[0];
  EXPECT_EQ(message.body, "Ada, your 2 Margherita pizzas are in the oven. Garlic knots for 3.50 EUR?");
  EXPECT_EQ(message.title, "Order 7");
  EXPECT_EQ(message.user, ada.key);
  EXPECT_EQ(message.message_seq, 1);
  EXPECT_EQ(message.message_id, ToHex(DigestOf(std::string("pizza\0u:ada\0knots\0o1", 20))));
  EXPECT_EQ(message.campaign_id, "knots");
  EXPECT_EQ(message.event_id, "o1");
  EXPECT_EQ(message.channel, "push");
  EXPECT_EQ(message.create_time, kNoon);
  EXPECT_EQ(message.expire_time, kNoon + absl::Hours(2));
  EXPECT_EQ(ada.message_seq, 1);
  EXPECT_EQ(ada.campaigns["knots"], (CampaignHistory{1, kNoon}));
}

TEST(Engine, EachPartOfTheConditionCounts) {
  const auto rules = RulesOf({KnotsCampaign()});
  Profile with_knots = Ada(), cheap = Ada(), again = Ada();
  EXPECT_THAT(
      Submit(*rules, Order("o1", kNoon, {Line("Margherita", 2), Line("Garlic knots", 1)}, 21), &with_knots).messages,
      IsEmpty());
  EXPECT_THAT(Submit(*rules, Order("o1", kNoon, {Line("Margherita", 1)}, 15), &cheap).messages, IsEmpty());
  // The second order within a week gets none, even though the first had no message; one a week after it does.
  EXPECT_THAT(Submit(*rules, Order("o1", kNoon, {Line("Margherita", 1)}, 9), &again).messages, IsEmpty());
  EXPECT_THAT(Submit(*rules, Order("o2", kNoon + absl::Hours(1), {Line("Margherita", 2)}, 18), &again).messages,
              IsEmpty());
  EXPECT_THAT(Submit(*rules, Order("o3", kNoon + absl::Hours(170), {Line("Margherita", 2)}, 18), &again).messages,
              SizeIs(1));
}

TEST(Engine, CooldownHoldsUntilItIsOver) {
  Campaign campaign = KnotsCampaign();
  campaign.condition.clear();
  campaign.cooldown = absl::Hours(24);
  const auto rules = RulesOf({campaign});
  Profile ada = Ada();
  auto order_after = [&](absl::Duration after) {
    return Submit(*rules, Order(absl::FormatDuration(after), kNoon + after, {}, 20), &ada).messages.size();
  };
  EXPECT_EQ(order_after(absl::ZeroDuration()), 1);
  EXPECT_EQ(order_after(absl::Hours(1)), 0);
  EXPECT_EQ(order_after(absl::Hours(24) - absl::Microseconds(1)), 0);
  EXPECT_EQ(order_after(absl::Hours(24)), 1);
  EXPECT_EQ(order_after(absl::Hours(47)), 0);
  EXPECT_EQ(ada.message_seq, 2);
}

TEST(Engine, SubscriptionsByChannelAndForAll) {
  using State = SubscriptionState;
  struct Case {
    State all;
    State push;
    bool sent;
  };
  Campaign campaign = KnotsCampaign();
  campaign.condition.clear();
  const auto rules = RulesOf({campaign});
  for (const Case& c : std::vector<Case>{{State::kUnspecified, State::kUnspecified, true},
                                         {State::kUnspecified, State::kUnsubscribed, false},
                                         {State::kSubscribed, State::kUnsubscribed, false},
                                         {State::kUnsubscribed, State::kUnspecified, false},
                                         {State::kUnsubscribed, State::kSubscribed, true},
                                         {State::kUnsubscribed, State::kOptedIn, true},
                                         {State::kOptedIn, State::kUnspecified, true}}) {
    Profile ada = Ada();
    if (c.all != State::kUnspecified) ada.subscriptions[""] = c.all;
    if (c.push != State::kUnspecified) ada.subscriptions["push"] = c.push;
    ada.subscriptions["email"] = State::kUnsubscribed;
    EXPECT_EQ(Submit(*rules, Order("o1", kNoon, {}, 20), &ada).messages.size(), c.sent ? 1 : 0)
        << static_cast<int>(c.all) << " " << static_cast<int>(c.push);
  }
}

TEST(Engine, TheEventItselfIsInsideTheWindowsWhenItsClockRunsAhead) {
  const auto rules = RulesOf({KnotsCampaign()});
  Profile ada = Ada();
  Input order = Order("o1", kNoon, {Line("Margherita", 2)}, 20);
  order.time = kNoon + absl::Minutes(5);
  EXPECT_THAT(Submit(*rules, order, &ada).messages, SizeIs(1));
}

TEST(Engine, SessionsAndPurchasesTrigger) {
  Campaign start = KnotsCampaign(), any = start, knots = start;
  start.campaign_id = "c-start";
  start.trigger = {Trigger::Kind::kSessionStarted, "", ""};
  any.campaign_id = "a-any";
  any.trigger = {Trigger::Kind::kPurchaseMade, "", ""};
  knots.campaign_id = "b-knots";
  knots.trigger = {Trigger::Kind::kPurchaseMade, "", "knots"};
  for (Campaign* campaign : {&start, &any, &knots}) {
    campaign->condition = "user.session.active";
    campaign->message.body = "{{ event.kind }} {{ event.product_id }} {{ user.session.count }}";
  }
  const auto rules = RulesOf({start, any, knots});
  Profile ada = Ada();
  auto summary = [](const std::vector<Message>& messages) {
    std::vector<std::string> texts;
    for (const Message& message : messages) texts.push_back(message.campaign_id + ": " + message.body);
    return texts;
  };
  EXPECT_THAT(summary(Submit(*rules, PurchaseOf("p1", kNoon, "knots"), &ada).messages),
              ElementsAre("a-any: purchase knots 1", "b-knots: purchase knots 1", "c-start: purchase knots 1"));
  ada.campaigns.clear();
  EXPECT_THAT(summary(Submit(*rules, PurchaseOf("p2", kNoon + absl::Minutes(1), "cola"), &ada).messages),
              ElementsAre("a-any: purchase cola 1"));
  Input session = Order("s1", kNoon + absl::Hours(2), {}, 0);
  session.payload = SessionStart{};
  EXPECT_THAT(summary(Submit(*rules, session, &ada).messages), ElementsAre("c-start: session_start  2"));
  // Purchases do not trigger campaigns on a custom event named like them.
  Campaign event_named_purchase = KnotsCampaign();
  event_named_purchase.trigger.event_name = "purchase";
  event_named_purchase.condition.clear();
  EXPECT_THAT(Submit(*RulesOf({event_named_purchase}), PurchaseOf("p3", kNoon, "cola"), &ada).messages, IsEmpty());
}

TEST(Engine, HistoryTriggersNothing) {
  Campaign campaign = KnotsCampaign();
  campaign.condition.clear();
  const auto rules = RulesOf({campaign});
  Profile ada = Ada();
  Effects effects;
  const Input order = Order("o1", kNoon, {}, 20);
  Decide(*rules, order, {.history = true}, kOptions, &ada, &effects);
  EXPECT_THAT(effects.messages, IsEmpty());
  EXPECT_TRUE(effects.decisions.empty());
  Decision decision;
  EXPECT_FALSE(Consider(*rules->ForEvent("pizza", "order_placed")[0], {&order, &ada, {.history = true}}, kOptions,
                        &decision, nullptr));
  ASSERT_THAT(decision.gates, SizeIs(1));
  EXPECT_THAT(decision.gates[0].detail, HasSubstr("too old"));
}

TEST(Engine, AnErrorStopsOneCampaignAndIsReported) {
  Campaign fails = KnotsCampaign(), divides = KnotsCampaign(), works = KnotsCampaign();
  fails.campaign_id = "a-fails";
  fails.condition = "event.properties.no_such_thing > 1";
  divides.campaign_id = "b-divides";
  divides.message.body = "{{ 1 | divided_by: event.properties.nothing }}";
  works.campaign_id = "c-works";
  const auto rules = RulesOf({fails, divides, works});
  Profile ada = Ada();
  const Outcome outcome = Submit(*rules, Order("o1", kNoon, {Line("Margherita", 2)}, 20), &ada);
  ASSERT_THAT(outcome.messages, SizeIs(1));
  EXPECT_EQ(outcome.messages[0].campaign_id, "c-works");
  EXPECT_EQ(outcome.messages[0].message_seq, 1);
  ASSERT_THAT(outcome.errors, SizeIs(2));
  EXPECT_EQ(outcome.errors[0].campaign_id, "a-fails");
  EXPECT_THAT(outcome.errors[0].text, HasSubstr("no_such_thing"));
  EXPECT_THAT(outcome.errors[1].text, testing::StartsWith("render: body: line 1, column 8: divided by 0\n"));
}

TEST(Engine, AnAbortedMessageIsNoError) {
  Campaign campaign = KnotsCampaign();
  campaign.message.body = "{% if event.properties.total > 10 %}{% abort_message 'too dear' %}{% endif %}";
  const auto rules = RulesOf({campaign});
  Profile ada = Ada();
  const Outcome outcome = Submit(*rules, Order("o1", kNoon, {Line("Margherita", 2)}, 20), &ada);
  EXPECT_THAT(outcome.messages, IsEmpty());
  EXPECT_THAT(outcome.errors, IsEmpty());
  EXPECT_EQ(ada.message_seq, 0);
  EXPECT_TRUE(ada.campaigns.empty());
}

TEST(Engine, ALaterCampaignSeesTheMessageOfAnEarlierOne) {
  Campaign first = KnotsCampaign(), second = KnotsCampaign();
  second.campaign_id = "later";
  second.condition = "!user.received('knots', duration('1h'))";
  const auto rules = RulesOf({second, first});
  Profile ada = Ada();
  const Outcome outcome = Submit(*rules, Order("o1", kNoon, {Line("Margherita", 2)}, 20), &ada);
  ASSERT_THAT(outcome.messages, SizeIs(1));
  EXPECT_EQ(outcome.messages[0].campaign_id, "knots");
}

TEST(Engine, VerdictsExplainEachGateUpToTheOneThatStops) {
  auto compiled = CompileCampaign(KnotsCampaign());
  ASSERT_TRUE(compiled.ok());
  Profile ada = Ada();
  const Input order = Order("o1", kNoon, {Line("Margherita", 2)}, 20);
  apply::Applied applied;
  ASSERT_TRUE(apply::ApplyInput(order, {kGap}, &ada, &applied).ok());
  auto gates = [&](const Input& input) {
    Decision decision;
    Consider(**compiled, {&input, &ada, applied}, kOptions, &decision, nullptr);
    return GatesOf(decision);
  };
  EXPECT_THAT(gates(order), ElementsAre("trigger+", "condition+", "subscription+", "re_eligibility+", "render+"));
  ada.campaigns["knots"] = {1, kNoon - absl::Hours(1)};
  EXPECT_THAT(gates(order), ElementsAre("trigger+", "condition+", "subscription+", "re_eligibility-"));
  ada.subscriptions["push"] = SubscriptionState::kUnsubscribed;
  EXPECT_THAT(gates(order), ElementsAre("trigger+", "condition+", "subscription-"));
  EXPECT_THAT(gates(Order("o2", kNoon, {}, 1)), ElementsAre("trigger+", "condition-"));
  EXPECT_THAT(gates(PurchaseOf("p1", kNoon, "x")), ElementsAre("trigger-"));
}

TEST(Engine, TheSameInputsGiveTheSameMessages) {
  const auto rules = RulesOf({KnotsCampaign()});
  Profile one = Ada(), two = Ada();
  const Input order = Order("o1", kNoon, {Line("Margherita", 2)}, 17.5);
  EXPECT_EQ(Submit(*rules, order, &one).messages, Submit(*rules, order, &two).messages);
  EXPECT_EQ(one, two);
}

}  // namespace
}  // namespace cadenza::rules
