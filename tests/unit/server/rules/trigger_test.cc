#include "server/rules/trigger.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/server/rules/user_scene.h"

namespace cadenza::rules {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Kind = Trigger::Kind;

Campaign On(Kind kind) {
  Campaign campaign = PlainCampaign("knots", "");
  campaign.trigger = {};
  campaign.trigger.kind = kind;
  return campaign;
}

Input SetTo(std::string event_id, std::string name, Value value) {
  Input input = EventOf(std::move(event_id), "", kNoon);
  input.payload = AttributeChange{{{{std::move(name)}, AttributeOperation::Op::kSet, std::move(value)}}};
  return input;
}

Input Subscribed(std::string event_id, std::string channel, SubscriptionState state) {
  Input input = EventOf(std::move(event_id), "", kNoon);
  input.payload = SubscriptionChange{std::move(channel), state};
  return input;
}

TEST(TriggerTest, AnAttributeThatChanges) {
  Campaign campaign = On(Kind::kAttributeChanged);
  campaign.trigger.attribute = "plan";
  UserScene ada(RulesOf({campaign}));
  EXPECT_THAT(ada.Submit(SetTo("1", "plan", Value::String("free"))).messages, SizeIs(1));
  EXPECT_THAT(ada.Submit(SetTo("2", "plan", Value::String("free"))).messages, IsEmpty());
  EXPECT_THAT(ada.Submit(SetTo("3", "plan", Value::String("gold"))).messages, SizeIs(1));
  EXPECT_THAT(ada.Submit(SetTo("4", "city", Value::String("Linz"))).messages, IsEmpty());
  Input unset = SetTo("5", "plan", Value::Null());
  std::get<AttributeChange>(unset.payload).operations[0].op = AttributeOperation::Op::kUnset;
  EXPECT_THAT(ada.Submit(unset).messages, SizeIs(1));
}

TEST(TriggerTest, AnAttributeThatChangesToOneValue) {
  Campaign campaign = On(Kind::kAttributeChanged);
  campaign.trigger.attribute = "plan";
  campaign.trigger.attribute_value = Value::String("gold");
  UserScene ada(RulesOf({campaign}));
  EXPECT_THAT(ada.Submit(SetTo("1", "plan", Value::String("free"))).messages, IsEmpty());
  EXPECT_THAT(ada.Submit(SetTo("2", "plan", Value::String("gold"))).messages, SizeIs(1));
  EXPECT_THAT(ada.Submit(SetTo("3", "plan", Value::String("gold"))).messages, IsEmpty());
}

TEST(TriggerTest, ASubscriptionThatChanges) {
  Campaign campaign = On(Kind::kSubscriptionChanged);
  campaign.trigger.channel = "email";
  campaign.trigger.subscription_state = SubscriptionState::kOptedIn;
  UserScene ada(RulesOf({campaign}));
  EXPECT_THAT(ada.Submit(Subscribed("1", "email", SubscriptionState::kSubscribed)).messages, IsEmpty());
  EXPECT_THAT(ada.Submit(Subscribed("2", "sms", SubscriptionState::kOptedIn)).messages, IsEmpty());
  EXPECT_THAT(ada.Submit(Subscribed("3", "email", SubscriptionState::kOptedIn)).messages, SizeIs(1));
  EXPECT_THAT(ada.Submit(Subscribed("4", "email", SubscriptionState::kOptedIn)).messages, IsEmpty());
}

TEST(TriggerTest, ASegmentThatTheUserEntersAndLeaves) {
  Campaign entered = On(Kind::kSegmentEntered);
  entered.campaign_id = "hello";
  entered.trigger.segment_id = "hungry";
  Campaign left = On(Kind::kSegmentLeft);
  left.campaign_id = "goodbye";
  left.trigger.segment_id = "hungry";
  UserScene ada(RulesOf({entered, left}, PlainSettings(),
                        {SegmentOf("hungry", "user.event_count(\"order_placed\", duration(\"24h\")) >= 2")}));
  EXPECT_THAT(ada.Event("1", "order_placed", kNoon).messages, IsEmpty());
  const Scene second = ada.Event("2", "order_placed", kNoon + absl::Hours(1));
  ASSERT_THAT(second.messages, SizeIs(1));
  EXPECT_EQ(second.messages[0].campaign_id, "hello");
  EXPECT_THAT(ada.Event("3", "order_placed", kNoon + absl::Hours(2)).messages, IsEmpty());
  // Time alone takes her out, at the exact moment.
  ada.PassTo(kNoon + absl::Hours(25) - absl::Microseconds(1));
  EXPECT_THAT(ada.messages(), SizeIs(1));
  ada.PassTo(kNoon + absl::Hours(25));
  ASSERT_THAT(ada.messages(), SizeIs(2));
  EXPECT_EQ(ada.messages()[1].campaign_id, "goodbye");
  EXPECT_EQ(ada.messages()[1].create_time, kNoon + absl::Hours(25));
}

TEST(TriggerTest, ASubscriptionToAnyChannel) {
  UserScene ada(RulesOf({On(Kind::kSubscriptionChanged)}));
  EXPECT_THAT(ada.Submit(Subscribed("1", "push", SubscriptionState::kSubscribed)).messages, SizeIs(1));
  EXPECT_THAT(ada.Submit(Subscribed("2", "sms", SubscriptionState::kOptedIn)).messages, SizeIs(1));
}

TEST(TriggerTest, ALaunchStartsOneCampaign) {
  Campaign launched = On(Kind::kApi);
  launched.message.body = "{{ event.properties.code }}";
  Campaign scheduled = On(Kind::kSchedule);
  scheduled.campaign_id = "weekly";
  scheduled.trigger.schedule = {Schedule::Kind::kCron, {}, "0 9 * * mon", "", ""};
  UserScene ada(RulesOf({launched, scheduled, PlainCampaign("other", "order_placed")}));
  CampaignLaunch launch{"knots", {}, "", false};
  launch.properties.Set("code", Value::String("KNOTS"));
  const Scene scene = ada.Launch("l1", launch, kNoon);
  ASSERT_THAT(scene.messages, SizeIs(1));
  EXPECT_EQ(scene.messages[0].body, "KNOTS");
  EXPECT_EQ(scene.messages[0].event_id, "l1");
  EXPECT_EQ(LastWord(ada.Launch("l2", {"unknown", {}, "", false}, kNoon)),
            "unknown: trigger stopped: the campaign is not active");
  // One that waits for an event is not launched, nor is one launched by another's means.
  EXPECT_EQ(LastWord(ada.Launch("l3", {"other", {}, "", false}, kNoon)),
            "other: trigger stopped: waits for the event 'order_placed'; this is a launch of 'other'");
  EXPECT_THAT(LastWord(ada.Launch("l4", {"knots", {}, "", true}, kNoon)), HasSubstr("waits for TriggerCampaign"));
  EXPECT_THAT(LastWord(ada.Launch("l5", {"weekly", {}, "", false}, kNoon)), HasSubstr("waits for its schedule"));
  EXPECT_THAT(ada.Launch("l6", {"weekly", {}, "", true}, kNoon).messages, SizeIs(1));
}

TEST(TriggerTest, ALaunchWaitsForTheUsersClock) {
  Campaign campaign = On(Kind::kSchedule);
  campaign.trigger.schedule = {Schedule::Kind::kLocalAt, {}, "2023-11-15T18:00", "", ""};
  campaign.end_time = kNoon + absl::Hours(20);
  const CampaignLaunch launch{"knots", {}, "2023-11-15T18:00", true};
  UserScene ada(RulesOf({campaign}));
  ada.profile().attributes.Set("time_zone", Value::String("America/New_York"));
  EXPECT_EQ(LastWord(ada.Launch("l1", launch, kNoon)),
            "knots: delay passed: waits until 2023-11-15T23:00:00Z, when the user's clock shows 2023-11-15T18:00");
  EXPECT_EQ(ada.waiting()[0].content.purpose, TimerPurpose::kLocalLaunch);
  // She flies west meanwhile: decided once, when it is due there.
  ada.profile().attributes.Set("time_zone", Value::String("America/Los_Angeles"));
  ada.PassTo(kNoon + absl::Hours(13));
  EXPECT_THAT(ada.messages(), IsEmpty());
  ada.PassTo(kNoon + absl::Hours(14));
  ASSERT_THAT(ada.messages(), SizeIs(1));
  EXPECT_EQ(ada.messages()[0].create_time, kNoon + absl::Hours(14));
  EXPECT_EQ(ada.messages()[0].event_id, "l1");
  // What her clock has shown already is at once; what it never shows is never.
  UserScene bob(RulesOf({campaign}));
  bob.profile().attributes.Set("time_zone", Value::String("Asia/Tokyo"));
  EXPECT_THAT(bob.Launch("l1", launch, kNoon).messages, SizeIs(1));
  UserScene eve(RulesOf({campaign}));
  eve.profile().attributes.Set("time_zone", Value::String("Pacific/Apia"));
  EXPECT_EQ(LastWord(eve.Launch("l1", {"knots", {}, "2011-12-30T18:00", true}, kNoon)),
            "knots: trigger stopped: the user's clock never shows 2011-12-30T18:00");
}

Input ScheduledLaunch(std::string_view name, absl::Time due, absl::Time now, std::string local_time = "") {
  Input input = EventOf("schedule", "", due);
  input.user = UserKey::Anonymous("pizza", name);
  input.clock = input.receive_time = now;
  input.payload = CampaignLaunch{"knots", {}, std::move(local_time), true};
  return input;
}

TEST(TriggerTest, APersonOfSeveralNamesIsLaunchedOnce) {
  Campaign campaign = On(Kind::kSchedule);
  campaign.trigger.schedule = {Schedule::Kind::kCron, {}, "0 12 * * *", "", ""};
  UserScene ada(RulesOf({campaign}));
  EXPECT_THAT(ada.Submit(ScheduledLaunch("phone", kNoon, kNoon)).messages, SizeIs(1));
  const Scene again = ada.Submit(ScheduledLaunch("laptop", kNoon, kNoon + absl::Minutes(5)));
  EXPECT_THAT(again.messages, IsEmpty());
  EXPECT_EQ(LastWord(again),
            "knots: trigger stopped: the user has had the launch of 2023-11-15T12:00:00Z already, under another name");
  // The next occurrence is another launch, and an older one that she has not had is late, and hers.
  EXPECT_THAT(ada.Submit(ScheduledLaunch("phone", kNoon + absl::Hours(24), kNoon + absl::Hours(24))).messages,
              SizeIs(1));
  EXPECT_THAT(ada.Submit(ScheduledLaunch("phone", kNoon - absl::Hours(24), kNoon + absl::Hours(25))).messages,
              SizeIs(1));
}

TEST(TriggerTest, WhoeverIsStoppedUnderOneNameIsAskedUnderTheOther) {
  Campaign campaign = On(Kind::kSchedule);
  campaign.trigger.schedule = {Schedule::Kind::kCron, {}, "0 12 * * *", "", ""};
  campaign.audience = "user.attributes.vip == true";
  UserScene ada(RulesOf({campaign}));
  EXPECT_THAT(ada.Submit(ScheduledLaunch("phone", kNoon, kNoon)).messages, IsEmpty());
  EXPECT_TRUE(ada.profile().entries.empty()) << "nothing is kept of whom a campaign is not for";
  ada.profile().attributes.Set("vip", Value::Bool(true));
  EXPECT_THAT(ada.Submit(ScheduledLaunch("laptop", kNoon, kNoon)).messages, SizeIs(1));
}

TEST(TriggerTest, WhatWaitsOfALaunchIsSentOnceUnderAllNames) {
  Campaign campaign = On(Kind::kSchedule);
  campaign.trigger.schedule = {Schedule::Kind::kLocalCron, {}, "0 18 * * *", "", ""};
  campaign.delay = absl::Hours(1);
  UserScene ada(RulesOf({campaign}));
  const std::string local = "2023-11-15T18:00";
  ada.Submit(ScheduledLaunch("phone", kNoon, kNoon, local));
  ASSERT_THAT(ada.waiting(), SizeIs(1));
  // For her clock, then for the delay: another name adds nothing.
  for (const absl::Duration passed : {absl::Hours(1), absl::Minutes(390)}) {
    ada.PassTo(kNoon + passed);
    EXPECT_THAT(LastWord(ada.Submit(ScheduledLaunch("laptop", kNoon, kNoon + passed, local))),
                HasSubstr("under another name"));
    ASSERT_THAT(ada.waiting(), SizeIs(1));
  }
  EXPECT_EQ(ada.waiting()[0].content.purpose, TimerPurpose::kDelay);
  ada.PassTo(kNoon + absl::Hours(8));
  ASSERT_THAT(ada.messages(), SizeIs(1));
  EXPECT_EQ(ada.messages()[0].create_time, kNoon + absl::Hours(7));
  ada.Submit(ScheduledLaunch("laptop", kNoon, kNoon + absl::Hours(8), local));
  ada.PassTo(kNoon + absl::Hours(48));
  EXPECT_THAT(ada.messages(), SizeIs(1));
}

TEST(TriggerTest, WhatWaitsIsDroppedIfTheUserTurnsOutToHaveHadIt) {
  Campaign campaign = On(Kind::kSchedule);
  campaign.trigger.schedule = {Schedule::Kind::kLocalCron, {}, "0 18 * * *", "", ""};
  campaign.delay = absl::Hours(1);
  for (const absl::Duration passed : {absl::Hours(1), absl::Minutes(390)}) {
    UserScene ada(RulesOf({campaign}));
    ada.Submit(ScheduledLaunch("phone", kNoon, kNoon, "2023-11-15T18:00"));
    ada.PassTo(kNoon + passed);
    ada.profile().entries["knots"].launches = {{kNoon, false}};  // as a merge leaves it
    ada.PassTo(kNoon + absl::Hours(48));
    EXPECT_THAT(ada.messages(), IsEmpty());
    ASSERT_FALSE(ada.decisions().empty());
    EXPECT_THAT(ada.decisions().back().gates.back().detail, HasSubstr("already, under another name"));
  }
}

TEST(TriggerTest, ErrorsNameTheField) {
  const std::pair<Kind, const char*> cases[] = {
      {Kind::kNone, "trigger: is required"},
      {Kind::kEventName, "trigger.event_name: is required"},
      {Kind::kAttributeChanged, "trigger.attribute_changed.attribute: is required"},
      {Kind::kSegmentEntered, "trigger.segment_entered.segment_id: "},
      {Kind::kSegmentLeft, "trigger.segment_left.segment_id: is required"},
  };
  for (const auto& [kind, message] : cases) {
    const absl::Status status = CheckTrigger(On(kind).trigger);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr(message));
  }
  const std::pair<Schedule, const char*> schedules[] = {
      {{}, "trigger.schedule: is required"},
      {{Schedule::Kind::kCron, {}, "61 * * * *", "", ""}, "trigger.schedule.cron: "},
      {{Schedule::Kind::kLocalCron, {}, "x", "", ""}, "trigger.schedule.local_cron: "},
      {{Schedule::Kind::kLocalCron, {}, "0,30 9 * * *", "", ""}, "once an hour"},
      {{Schedule::Kind::kLocalAt, {}, "2026-02-30T10:00", "", ""}, "trigger.schedule.local_at: "},
      {{Schedule::Kind::kCron, {}, "@daily", "Mars/Olympus", ""}, "trigger.schedule.time_zone: "},
      {{Schedule::Kind::kAt, kNoon, "", "Europe/Vienna", ""}, "trigger.schedule.time_zone: is of `cron` alone"},
      {{Schedule::Kind::kAt, kNoon, "", "", "No"}, "trigger.schedule.segment_id: "},
  };
  for (const auto& [schedule, message] : schedules) {
    Campaign campaign = On(Kind::kSchedule);
    campaign.trigger.schedule = schedule;
    EXPECT_THAT(std::string(CheckTrigger(campaign.trigger).message()), HasSubstr(message));
  }
  for (const Kind kind : {Kind::kSessionStarted, Kind::kPurchaseMade, Kind::kSubscriptionChanged, Kind::kApi}) {
    EXPECT_TRUE(CheckTrigger(On(kind).trigger).ok());
  }
}

}  // namespace
}  // namespace cadenza::rules
