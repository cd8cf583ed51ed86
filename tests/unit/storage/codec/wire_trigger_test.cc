#include "storage/codec/wire_trigger.h"

#include <gtest/gtest.h>

#include "storage/codec/wire.h"
#include "storage/model/rejection.h"

namespace cadenza {
namespace {

TEST(WireTriggerTest, EachKindIsItsOwnField) {
  const auto shown = [](const Trigger& trigger) {
    v1::Trigger proto;
    ToProto(trigger, &proto);
    EXPECT_EQ(FromProto(proto).value(), trigger);
    return proto;
  };
  using Kind = Trigger::Kind;
  EXPECT_EQ(shown({Kind::kNone, "", ""}).trigger_case(), v1::Trigger::TRIGGER_NOT_SET);
  EXPECT_TRUE(shown({Kind::kApi, "", ""}).has_api_triggered());
  Trigger trigger{Kind::kAttributeChanged, "", ""};
  trigger.attribute = "plan";
  EXPECT_FALSE(shown(trigger).attribute_changed().has_value());
  trigger.attribute_value = Value::String("gold");
  EXPECT_EQ(shown(trigger).attribute_changed().value().string_value(), "gold");
  trigger = {Kind::kSubscriptionChanged, "", ""};
  trigger.channel = "push";
  trigger.subscription_state = SubscriptionState::kUnsubscribed;
  EXPECT_EQ(shown(trigger).subscription_changed().state(), v1::SUBSCRIPTION_STATE_UNSUBSCRIBED);
  trigger = {Kind::kSchedule, "", ""};
  trigger.schedule = {Schedule::Kind::kCron, {}, "0 9 * * mon", "Europe/London", "vip"};
  EXPECT_EQ(shown(trigger).schedule().cron(), "0 9 * * mon");
  trigger.schedule = {Schedule::Kind::kAt, absl::FromUnixSeconds(17), "", "", ""};
  EXPECT_EQ(shown(trigger).schedule().at().seconds(), 17);
  trigger.schedule = {Schedule::Kind::kLocalAt, {}, "2026-12-24T18:00", "", ""};
  EXPECT_EQ(shown(trigger).schedule().local_at(), "2026-12-24T18:00");
  trigger.schedule = {Schedule::Kind::kLocalCron, {}, "0 18 * * *", "", ""};
  EXPECT_EQ(shown(trigger).schedule().local_cron(), "0 18 * * *");
}

TEST(WireTriggerTest, WhatHasNoModelFormIsNamed) {
  v1::Trigger proto;
  proto.mutable_attribute_changed()->mutable_value();
  EXPECT_EQ(RejectionField(FromProto(proto).status()), "attribute_changed.value");
  proto.mutable_subscription_changed()->set_state(static_cast<v1::SubscriptionState>(9));
  EXPECT_EQ(RejectionField(FromProto(proto).status()), "subscription_changed.state");
  proto.mutable_schedule()->mutable_at()->set_nanos(-1);
  EXPECT_EQ(RejectionField(FromProto(proto).status()), "schedule.at.nanos");
}

}  // namespace
}  // namespace cadenza
