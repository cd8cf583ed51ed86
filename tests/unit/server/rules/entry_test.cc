#include "server/rules/entry.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/rules/delay.h"
#include "server/rules/send.h"
#include "tests/unit/server/rules/user_scene.h"

namespace cadenza::rules {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(EntryTest, TheActiveWindow) {
  Campaign campaign = PlainCampaign("knots", "order_placed");
  campaign.start_time = kNoon;
  campaign.end_time = kNoon + absl::Hours(1);
  UserScene ada(RulesOf({campaign}));
  EXPECT_EQ(LastWord(ada.Event("1", "order_placed", kNoon - absl::Seconds(1))),
            "knots: active_window stopped: the campaign runs from 2023-11-15T12:00:00Z to 2023-11-15T13:00:00Z");
  EXPECT_THAT(ada.Event("2", "order_placed", kNoon).messages, SizeIs(1));
  EXPECT_THAT(ada.Event("3", "order_placed", kNoon + absl::Minutes(59)).messages, SizeIs(1));
  EXPECT_THAT(ada.Event("4", "order_placed", kNoon + absl::Hours(1)).messages, IsEmpty());
}

TEST(EntryTest, TheAudienceIsTestedOnTheProfileAfterTheEvent) {
  Campaign campaign = PlainCampaign("first", "order_placed");
  campaign.audience = "user.event_count(\"order_placed\") == 1";
  UserScene ada(RulesOf({campaign}));
  EXPECT_THAT(ada.Event("1", "order_placed", kNoon).messages, SizeIs(1));
  EXPECT_EQ(LastWord(ada.Event("2", "order_placed", kNoon)),
            "first: audience stopped: user.event_count(\"order_placed\") == 1 is false");
}

TEST(EntryTest, OnceIsOnce) {
  Campaign campaign = PlainCampaign("welcome", "signed_up");
  campaign.once = true;
  UserScene ada(RulesOf({campaign}));
  EXPECT_THAT(ada.Event("1", "signed_up", kNoon).messages, SizeIs(1));
  EXPECT_EQ(LastWord(ada.Event("2", "signed_up", kNoon + absl::Hours(24 * 3650))),
            "welcome: re_eligibility stopped: the user has been in this campaign, which takes nobody twice");
}

TEST(EntryTest, TheGlobalHoldout) {
  WorkspaceSettings workspace = PlainSettings();
  workspace.holdout.basis_points = 10000;
  UserScene ada(RulesOf({PlainCampaign("knots", "order_placed")}, workspace));
  EXPECT_EQ(LastWord(ada.Event("1", "order_placed", kNoon)),
            "knots: holdout stopped: the user is among the 100.00 % who get nothing");
  workspace.holdout.basis_points = 1;
  UserScene bob(RulesOf({PlainCampaign("knots", "order_placed")}, workspace));
  EXPECT_THAT(bob.Event("1", "order_placed", kNoon).messages, SizeIs(1));
}

Campaign Tested(int weight_a, int weight_b, int weight_control) {
  Campaign campaign = PlainCampaign("ab", "order_placed");
  for (const char* id : {"a", "b"}) {
    Variant variant{id, id[0] == 'a' ? weight_a : weight_b, false, campaign.message};
    variant.message.body = std::string("text ") + id;
    campaign.variants.push_back(variant);
  }
  campaign.variants.push_back({"none", weight_control, true, {}});
  campaign.message = {};
  return campaign;
}

TEST(EntryTest, AVariantIsKeptWhenWeightsChange) {
  UserScene ada(RulesOf({Tested(1, 0, 0)}));
  const Scene first = ada.Event("1", "order_placed", kNoon);
  ASSERT_THAT(first.messages, SizeIs(1));
  EXPECT_EQ(first.messages[0].body, "text a");
  EXPECT_EQ(first.decisions[0].variant_id, "a");
  EXPECT_EQ(ada.profile().entries.at("ab").variant_id, "a");
  ada.set_rules(RulesOf({Tested(0, 1, 0)}));
  EXPECT_EQ(ada.Event("2", "order_placed", kNoon).messages[0].body, "text a");
  UserScene bob(RulesOf({Tested(0, 1, 0)}));
  EXPECT_EQ(bob.Event("1", "order_placed", kNoon).messages[0].body, "text b");
}

TEST(EntryTest, AControlGetsNothingAndHasBeenIn) {
  Campaign campaign = Tested(0, 0, 1);
  campaign.cooldown = absl::Hours(24);
  UserScene ada(RulesOf({campaign}));
  const Scene decisions = ada.Event("1", "order_placed", kNoon);
  EXPECT_THAT(decisions.messages, IsEmpty());
  ASSERT_THAT(decisions.decisions, SizeIs(1));
  EXPECT_EQ(decisions.decisions[0].outcome, DecisionOutcome::kControl);
  EXPECT_THAT(LastWord(decisions), HasSubstr("variant stopped: none, a control, which gets nothing; bucket 0."));
  EXPECT_TRUE(ada.profile().campaigns.empty());
  EXPECT_THAT(LastWord(ada.Event("2", "order_placed", kNoon + absl::Hours(1))), HasSubstr("re_eligibility stopped"));
  EXPECT_THAT(LastWord(ada.Event("3", "order_placed", kNoon + absl::Hours(24))), HasSubstr("as given before"));
}

TEST(EntryTest, ADelayOfADuration) {
  Campaign campaign = PlainCampaign("cart", "cart_filled");
  campaign.delay = absl::Hours(1);
  campaign.message.body = "{{ event.name }}";
  UserScene ada(RulesOf({campaign}));
  const Scene decisions = ada.Event("1", "cart_filled", kNoon);
  EXPECT_EQ(LastWord(decisions), "cart: delay passed: waits until 2023-11-15T13:00:00Z");
  EXPECT_EQ(decisions.decisions[0].outcome, DecisionOutcome::kWaits);
  EXPECT_EQ(CountWaiting("cart", ada.profile()), 1);
  ada.PassTo(kNoon + absl::Hours(1) - absl::Microseconds(1));
  EXPECT_THAT(ada.messages(), IsEmpty());
  ada.PassTo(kNoon + absl::Hours(1));
  ASSERT_THAT(ada.messages(), SizeIs(1));
  EXPECT_EQ(ada.messages()[0].body, "cart_filled");
  EXPECT_EQ(ada.messages()[0].event_id, "1");
  EXPECT_EQ(ada.messages()[0].create_time, kNoon + absl::Hours(1));
  EXPECT_EQ(ada.messages()[0].message_id, MessageId(ada.profile().key, "cart", "1"));
  EXPECT_EQ(CountWaiting("cart", ada.profile()), 0);
}

TEST(EntryTest, ADelayUntilATimeOfTheUsersDay) {
  Campaign campaign = PlainCampaign("digest", "signed_up");
  campaign.delay_until = DelayUntil{{18 * 60}, {}};
  UserScene ada(RulesOf({campaign}));
  ada.profile().attributes.Set("time_zone", Value::String("Asia/Tokyo"));  // 21:00 there
  ada.Event("1", "signed_up", kNoon);
  ASSERT_THAT(ada.waiting(), SizeIs(1));
  EXPECT_EQ(ada.waiting()[0].timer.fire_time, kNoon + absl::Hours(21));
  campaign.delay_until->weekday = absl::Weekday::wednesday;  // it is Wednesday
  UserScene bob(RulesOf({campaign}));
  bob.Event("1", "signed_up", kNoon);
  EXPECT_EQ(bob.waiting()[0].timer.fire_time, kNoon + absl::Hours(6));
}

TEST(EntryTest, AnExceptionEventCancels) {
  Campaign campaign = PlainCampaign("cart", "cart_filled");
  campaign.delay = absl::Hours(1);
  campaign.exception_event_names = {"order_placed", "purchase"};
  UserScene ada(RulesOf({campaign}));
  EXPECT_THAT(ada.Event("0", "order_placed", kNoon).decisions, IsEmpty());
  ada.Event("1", "cart_filled", kNoon);
  ada.Event("2", "cart_filled", kNoon + absl::Minutes(1));
  EXPECT_THAT(ada.waiting(), SizeIs(2));
  const Scene decisions = ada.Event("3", "order_placed", kNoon + absl::Minutes(30));
  ASSERT_THAT(decisions.decisions, SizeIs(1));
  EXPECT_EQ(decisions.decisions[0].outcome, DecisionOutcome::kCancelled);
  EXPECT_EQ(LastWord(decisions), "cart: delay stopped: cancelled by the event 'order_placed'");
  EXPECT_THAT(ada.waiting(), IsEmpty());
  EXPECT_EQ(CountWaiting("cart", ada.profile()), 0);
  // The next cart waits as the first did.
  ada.Event("4", "cart_filled", kNoon + absl::Minutes(40));
  EXPECT_THAT(ada.waiting(), SizeIs(1));
  EXPECT_EQ(LastWord(ada.Submit(PurchaseOf("5", kNoon + absl::Minutes(50), "pizza"))),
            "cart: delay stopped: cancelled by the event 'purchase'");
}

TEST(EntryTest, WhatWaitsIsBounded) {
  Campaign campaign = PlainCampaign("cart", "cart_filled");
  campaign.delay = absl::Hours(1);
  UserScene ada(RulesOf({campaign}));
  for (int i = 0; i < kMaxWaiting; ++i) ada.Event(StrCat(i), "cart_filled", kNoon);
  EXPECT_EQ(LastWord(ada.Event("more", "cart_filled", kNoon)),
            "cart: delay stopped: 50 messages of this campaign wait for the user already");
  EXPECT_THAT(ada.waiting(), SizeIs(kMaxWaiting));
}

}  // namespace
}  // namespace cadenza::rules
