#include "server/rules/send.h"

#include <map>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/rules/delay.h"
#include "server/rules/gates/delivery_rate.h"
#include "tests/unit/server/rules/user_scene.h"

namespace cadenza::rules {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr absl::Duration kHour = absl::Hours(1);

Campaign Delayed(absl::Duration delay) {
  Campaign campaign = PlainCampaign("cart", "cart_filled");
  campaign.delay = delay;
  return campaign;
}

QuietRule Night(bool hold) { return {{{{22 * 60}, {8 * 60}}}, hold}; }

TEST(SendTest, WhatWaitedIsAskedAgain) {
  Campaign campaign = Delayed(kHour);
  campaign.audience = "user.event_count(\"order_placed\") == 0";
  campaign.recheck_condition = true;
  UserScene ada(RulesOf({campaign}));
  ada.Event("1", "cart_filled", kNoon);
  ada.Event("2", "order_placed", kNoon + absl::Minutes(10));
  EXPECT_THAT(LastWord(ada.PassTo(kNoon + kHour)[0]), HasSubstr("cart: audience stopped: "));
  // Not if nobody asks for it.
  campaign.recheck_condition = false;
  UserScene bob(RulesOf({campaign}));
  bob.Event("1", "cart_filled", kNoon);
  bob.Event("2", "order_placed", kNoon + absl::Minutes(10));
  bob.PassTo(kNoon + kHour);
  EXPECT_THAT(bob.messages(), SizeIs(1));
}

TEST(SendTest, OfSeveralThatWaitTheCooldownLetsOneGo) {
  Campaign campaign = Delayed(kHour);
  campaign.cooldown = absl::Hours(24);
  UserScene ada(RulesOf({campaign}));
  for (int i = 0; i < 5; ++i) ada.Event(StrCat(i), "cart_filled", kNoon + absl::Minutes(i));
  ada.PassTo(kNoon + absl::Hours(3));
  EXPECT_THAT(ada.messages(), SizeIs(1));
  EXPECT_EQ(ada.messages()[0].event_id, "0");
}

TEST(SendTest, ACampaignThatHasEndedOrStoppedSendsNothing) {
  Campaign campaign = Delayed(kHour);
  campaign.end_time = kNoon + absl::Minutes(30);
  UserScene ada(RulesOf({campaign}));
  ada.Event("1", "cart_filled", kNoon);
  EXPECT_THAT(LastWord(ada.PassTo(kNoon + kHour)[0]), HasSubstr("active_window stopped: the campaign runs"));
  UserScene bob(RulesOf({Delayed(kHour)}));
  bob.Event("1", "cart_filled", kNoon);
  bob.set_rules(RulesOf({}));
  EXPECT_THAT(LastWord(bob.PassTo(kNoon + kHour)[0]), HasSubstr("the campaign is not active any more"));
  // Nor one whose variant is gone.
  UserScene eve(RulesOf({Delayed(kHour)}));
  eve.Event("1", "cart_filled", kNoon);
  Campaign with_variants = Delayed(kHour);
  with_variants.variants = {{"a", 1, false, std::exchange(with_variants.message, {})}};
  eve.set_rules(RulesOf({with_variants}));
  EXPECT_THAT(LastWord(eve.PassTo(kNoon + kHour)[0]), HasSubstr("variant stopped: "));
  EXPECT_THAT(eve.messages(), IsEmpty());
}

TEST(SendTest, AnUnsubscriptionDuringTheWaitCounts) {
  UserScene ada(RulesOf({Delayed(kHour)}));
  ada.Event("1", "cart_filled", kNoon);
  ada.profile().subscriptions["push"] = SubscriptionState::kUnsubscribed;
  EXPECT_THAT(LastWord(ada.PassTo(kNoon + kHour)[0]), HasSubstr("subscription stopped"));
}

TEST(SendTest, QuietHoursHoldOrDrop) {
  WorkspaceSettings workspace = PlainSettings();
  workspace.quiet_hours = Night(/*hold=*/false);
  workspace.default_time_zone = "America/New_York";  // kNoon is 07:00 there
  Campaign held = PlainCampaign("held", "order_placed");
  held.quiet_hours = Night(/*hold=*/true);
  Campaign urgent = PlainCampaign("urgent", "order_placed");
  urgent.ignore_quiet_hours = true;
  UserScene ada(RulesOf({PlainCampaign("dropped", "order_placed"), held, urgent}, workspace));
  const Scene decisions = ada.Event("1", "order_placed", kNoon);
  ASSERT_THAT(decisions.decisions, SizeIs(3));
  EXPECT_EQ(decisions.decisions[0].gates.back().detail,
            "until 2023-11-15T13:00:00Z, in America/New_York; it is dropped");
  EXPECT_EQ(decisions.decisions[1].gates.back().detail,
            "until 2023-11-15T13:00:00Z, in America/New_York; the message waits");
  ASSERT_THAT(decisions.messages, SizeIs(1));
  EXPECT_EQ(decisions.messages[0].campaign_id, "urgent");
  ada.PassTo(kNoon + kHour);
  ASSERT_THAT(ada.messages(), SizeIs(2));
  EXPECT_EQ(ada.messages()[1].campaign_id, "held");
  EXPECT_EQ(ada.messages()[1].create_time, kNoon + kHour);
}

TEST(SendTest, FrequencyCapsSayWhenTheyFree) {
  WorkspaceSettings workspace = PlainSettings();
  workspace.frequency_caps = {{3, absl::Hours(24), "push", "", ""}};
  Campaign system = PlainCampaign("system", "password_reset");
  system.ignore_frequency_caps = true;
  UserScene ada(RulesOf({PlainCampaign("knots", "order_placed"), system}, workspace));
  for (int i = 0; i < 3; ++i) ada.Event(StrCat(i), "order_placed", kNoon + absl::Minutes(125 + i));
  EXPECT_EQ(LastWord(ada.Event("3", "order_placed", kNoon + absl::Hours(24))),
            "knots: frequency_cap stopped: push/24h: 3 of 3, frees at 2023-11-16T14:05:00Z");
  EXPECT_THAT(ada.Event("4", "password_reset", kNoon + absl::Hours(24)).messages, SizeIs(1));
  // What is not held back is counted.
  EXPECT_EQ(LastWord(ada.Event("5", "order_placed", kNoon + absl::Minutes(1565))),
            "knots: frequency_cap stopped: push/24h: 3 of 3, frees at 2023-11-16T14:06:00Z");
  EXPECT_THAT(ada.profile().sent, SizeIs(3));
}

TEST(SendTest, ThePriorityDecidesWhomACapLetsThrough) {
  WorkspaceSettings workspace = PlainSettings();
  workspace.frequency_caps = {{1, kHour, "", "", ""}};
  Campaign minor = PlainCampaign("a-minor", "order_placed");
  Campaign major = PlainCampaign("b-major", "order_placed");
  major.priority = 1;
  Campaign other = PlainCampaign("c-other", "");
  other.trigger = {};
  other.trigger.kind = Trigger::Kind::kSessionStarted;
  other.priority = 2;
  UserScene ada(RulesOf({minor, major}, workspace));
  ASSERT_THAT(ada.Event("1", "order_placed", kNoon).messages, SizeIs(1));
  EXPECT_EQ(ada.messages()[0].campaign_id, "b-major");
  // Also across triggers.
  UserScene bob(RulesOf({minor, major, other}, workspace));
  ASSERT_THAT(bob.Event("1", "order_placed", kNoon).messages, SizeIs(1));
  EXPECT_EQ(bob.messages()[0].campaign_id, "c-other");
}

class TestPacer : public Pacer {
 public:
  Place Reserve(std::string_view workspace, std::string_view campaign_id, const DeliveryRate* of_workspace,
                const DeliveryRate* of_campaign, bool entered, absl::Time now) override {
    ++places;
    told_entered.push_back(entered);
    if (turn > now) return {turn, /*taken=*/false, /*entered=*/true};
    if (!reachable) return {now + absl::Seconds(1), false};
    if (step > absl::ZeroDuration()) return {now + step};
    RateState& campaign = states_[StrCat(workspace, "/", campaign_id)];
    RateState& all = states_[std::string(workspace)];
    if (of_campaign == nullptr) return {rules::Reserve(*of_workspace, 1, now, &all)};
    if (of_workspace == nullptr) return {rules::Reserve(*of_campaign, 1, now, &campaign)};
    return {ReserveBoth(*of_workspace, *of_campaign, now, &all, &campaign)};
  }
  int places = 0;
  bool reachable = true;
  std::vector<bool> told_entered;
  absl::Time turn = absl::InfinitePast();      // in the campaign's rate
  absl::Duration step = absl::ZeroDuration();  // if given: when the next place is

 private:
  std::map<std::string, RateState> states_;
};

TEST(SendTest, ADeliveryRateGivesPlaces) {
  WorkspaceSettings workspace = PlainSettings();
  workspace.delivery_rate = DeliveryRate{1, absl::Seconds(10), true};
  Campaign campaign = PlainCampaign("knots", "order_placed");
  campaign.delivery_rate = DeliveryRate{1, absl::Seconds(20), true};
  UserScene ada(RulesOf({campaign, PlainCampaign("other", "other_placed")}, workspace));
  TestPacer pacer;
  ada.set_pacer(&pacer);
  EXPECT_THAT(ada.Event("1", "order_placed", kNoon).messages, SizeIs(1));
  EXPECT_EQ(LastWord(ada.Event("2", "other_placed", kNoon)),
            "other: delivery_rate stopped: its place is at 2023-11-15T12:00:10Z");
  EXPECT_EQ(LastWord(ada.Event("3", "order_placed", kNoon)),
            "knots: delivery_rate stopped: its place is at 2023-11-15T12:00:20Z");
  ada.PassTo(kNoon + absl::Minutes(1));
  ASSERT_THAT(ada.messages(), SizeIs(3));
  EXPECT_EQ(ada.messages()[1].create_time, kNoon + absl::Seconds(10));
  EXPECT_EQ(ada.messages()[2].create_time, kNoon + absl::Seconds(20));
  // Each took one place.
  EXPECT_EQ(pacer.places, 3);
}

TEST(SendTest, WithoutAPlaceTheMessageAsksAgain) {
  Campaign campaign = PlainCampaign("knots", "order_placed");
  campaign.delivery_rate = DeliveryRate{1, absl::Seconds(10), true};
  UserScene ada(RulesOf({campaign}));
  TestPacer pacer;
  ada.set_pacer(&pacer);
  pacer.reachable = false;
  EXPECT_EQ(LastWord(ada.Event("1", "order_placed", kNoon)),
            "knots: delivery_rate stopped: no place could be had; tried again at 2023-11-15T12:00:01Z");
  EXPECT_THAT(ada.PassTo(kNoon + absl::Seconds(5)), SizeIs(5));
  EXPECT_THAT(ada.messages(), IsEmpty());
  pacer.reachable = true;
  ada.PassTo(kNoon + absl::Seconds(6));
  ASSERT_THAT(ada.messages(), SizeIs(1));
  EXPECT_EQ(ada.messages()[0].message_id, MessageId(ada.profile().key, "knots", "1"));
}

// Places by the minute: the first order is sent at once, the next has a place a minute later.
class PlaceTest : public ::testing::Test {
 protected:
  PlaceTest() {
    campaign_.delivery_rate = DeliveryRate{1, absl::Minutes(1), true};
    ada_.set_rules(RulesOf({campaign_}));
    ada_.set_pacer(&pacer_);
    ada_.Event("1", "order_placed", kNoon);
    ada_.Event("2", "order_placed", kNoon);
  }
  Campaign campaign_ = PlainCampaign("knots", "order_placed");
  TestPacer pacer_;
  UserScene ada_{RulesOf({campaign_})};
};

TEST_F(PlaceTest, ALittleLateItIsMadeAtItsTime) {
  ada_.PassTo(kNoon + absl::Minutes(1) + kLate, /*late=*/true);
  ASSERT_THAT(ada_.messages(), SizeIs(2));
  EXPECT_EQ(ada_.messages()[1].create_time, kNoon + absl::Minutes(1));
}

TEST_F(PlaceTest, TooLateItNeedsAnotherAndMayMissThatByMore) {
  absl::Duration late = kLate;
  absl::Time place = kNoon + absl::Minutes(1);
  pacer_.step = absl::Hours(2);  // that there is one only later
  for (int lapsed = 0; lapsed < 7; ++lapsed, late = std::min(4 * late, 1024 * kLate)) {
    ada_.PassTo(place + late + absl::Microseconds(1), /*late=*/true);
    ASSERT_THAT(ada_.messages(), SizeIs(1)) << lapsed;
    ASSERT_THAT(ada_.waiting(), SizeIs(1));
    EXPECT_GT(ada_.waiting()[0].timer.fire_time, place);
    place = ada_.waiting()[0].timer.fire_time;
  }
  ada_.PassTo(place + late, /*late=*/true);
  ASSERT_THAT(ada_.messages(), SizeIs(2));
  EXPECT_EQ(ada_.messages()[1].create_time, place);
}

TEST_F(PlaceTest, WhoseTurnHasComeSaysSo) {
  Campaign campaign = campaign_;
  campaign.campaign_id = "other";
  ada_.set_rules(RulesOf({campaign}));
  pacer_.told_entered.clear();
  pacer_.turn = kNoon + absl::Seconds(5);
  ada_.Event("3", "order_placed", kNoon);
  ASSERT_THAT(ada_.waiting(), SizeIs(2));
  ada_.PassTo(pacer_.turn);
  EXPECT_EQ(pacer_.told_entered, (std::vector<bool>{false, true}));
  ASSERT_THAT(ada_.messages(), SizeIs(2));
  EXPECT_EQ(ada_.messages()[1].create_time, pacer_.turn);
}

TEST_F(PlaceTest, AfterQuietHoursItNeedsAnother) {
  campaign_.quiet_hours = {{{{12 * 60}, {13 * 60}}}, /*hold=*/true};
  ada_.set_rules(RulesOf({campaign_}));
  const int before = pacer_.places;
  ada_.PassTo(kNoon + absl::Hours(1));
  ASSERT_THAT(ada_.messages(), SizeIs(2));
  EXPECT_EQ(ada_.messages()[1].create_time, kNoon + absl::Hours(1));
  EXPECT_EQ(pacer_.places, before + 1);
}

TEST(SendTest, TemplatesShowTimesInTheUsersZoneElseTheWorkspaces) {
  struct {
    const char* users;  // null: none
    const char* workspaces;
    const char* shown;
  } const cases[] = {
      {nullptr, "", "12:00"},
      {nullptr, "America/New_York", "07:00"},
      {"Asia/Tokyo", "America/New_York", "21:00"},
      {"Asia/Tokyo", "", "21:00"},
      {"Mars/Olympus", "America/New_York", "07:00"},
      {"Mars/Olympus", "", "12:00"},
  };
  for (const auto& each : cases) {
    SCOPED_TRACE(StrCat(each.users == nullptr ? "none" : each.users, " in ", each.workspaces));
    Campaign campaign = PlainCampaign("knots", "order_placed");
    campaign.message.body = "{{ now | time_zone | date: '%H:%M' }}";
    WorkspaceSettings settings = PlainSettings();
    settings.default_time_zone = each.workspaces;
    Profile profile = Ada();
    profile.attributes.Erase("time_zone");
    if (each.users != nullptr) profile.attributes.Set("time_zone", Value::String(each.users));
    UserScene ada(RulesOf({campaign}, settings), profile);
    ASSERT_THAT(ada.Event("1", "order_placed", kNoon).messages, SizeIs(1));
    EXPECT_EQ(ada.messages()[0].body, each.shown);
  }
}

TEST(SendTest, ALateTimerSendsLateAndNeverInQuietHours) {
  Campaign campaign = Delayed(kHour);
  campaign.quiet_hours = Night(/*hold=*/true);
  UserScene ada(RulesOf({campaign}));
  ada.Event("1", "cart_filled", kNoon);
  ada.PassTo(kNoon + absl::Hours(11), /*late=*/true);  // 23:00
  EXPECT_THAT(ada.messages(), IsEmpty());
  ada.PassTo(kNoon + absl::Hours(30));
  ASSERT_THAT(ada.messages(), SizeIs(1));
  EXPECT_EQ(ada.messages()[0].create_time, kNoon + absl::Hours(20));
}

}  // namespace
}  // namespace cadenza::rules
