#include "storage/codec/timer_codec.h"

#include <gtest/gtest.h>

#include <utility>

#include "cadenza/v1/input.pb.h"
#include "storage/codec/wire.h"

namespace cadenza {
namespace {

const absl::Time kNow = absl::FromUnixMicros(1'700'000'000'123'456);

Input Trigger(bool with_time) {
  v1::Input proto;
  proto.set_event_id("order-1");
  proto.mutable_user()->set_anonymous_id("phone");
  if (with_time) proto.mutable_time()->set_seconds(1'699'999'000);
  (*proto.mutable_custom_event()->mutable_properties())["total"].set_int64_value(7);
  proto.mutable_custom_event()->set_name("order_placed");
  Input input = FromProto("shop", proto).value();
  if (!with_time) input.time = kNow;
  input.clock = input.receive_time = kNow;
  return input;
}

Timer TimerWith(const TimerContent& content) {
  Timer timer;
  timer.user = UserKey::User("shop", "ada");
  timer.timer_id = "delay/knots/1";
  timer.set_seq = 7;
  timer.fire_time = kNow + absl::Hours(1);
  timer.payload = EncodeTimerContent(content);
  return timer;
}

TimerContent Content(Input trigger) {
  TimerContent content;
  content.purpose = TimerPurpose::kDelay;
  content.subject = "knots";
  content.note = std::string("n\0te", 4);
  content.rule_set_revision = 12;
  content.trigger = std::make_shared<const Input>(std::move(trigger));
  return content;
}

TEST(TimerCodecTest, WhatWasKeptComesBack) {
  for (bool with_time : {true, false}) {
    const Input trigger = Trigger(with_time);
    const Timer timer = TimerWith(Content(trigger));
    const absl::Time later = kNow + absl::Hours(2);
    const absl::StatusOr<Input> input = FiredInput(timer, later);
    ASSERT_TRUE(input.ok()) << input.status();
    EXPECT_EQ(input->user, timer.user);
    EXPECT_EQ(input->time, timer.fire_time);
    EXPECT_EQ(input->receive_time, later);
    EXPECT_EQ(input->clock, later);
    EXPECT_EQ(input->kind(), InputKind::kTimerFired);
    const auto& fired = std::get<TimerFired>(input->payload);
    EXPECT_EQ(fired.timer_id, timer.timer_id);
    EXPECT_EQ(fired.set_seq, 7);
    EXPECT_EQ(fired.content->purpose, TimerPurpose::kDelay);
    EXPECT_EQ(fired.content->subject, "knots");
    EXPECT_EQ(fired.content->note, std::string("n\0te", 4));
    EXPECT_EQ(fired.content->rule_set_revision, 12);
    const Input& kept = *fired.content->trigger;
    EXPECT_EQ(kept.event_id, "order-1");
    EXPECT_EQ(kept.user, trigger.user);
    EXPECT_EQ(kept.time, trigger.time);
    EXPECT_EQ(*std::get<CustomEvent>(kept.payload).properties.Find("total"), Value::Int(7));
    // What is stored of it says the same once more.
    v1::Input listed;
    ASSERT_TRUE(listed.ParseFromString(input->body));
    const Input again = FromProto("shop", listed).value();
    EXPECT_EQ(std::get<TimerFired>(again.payload).content->trigger->event_id, "order-1");
    EXPECT_EQ(again.event_id, input->event_id);
    EXPECT_EQ(again.digest, input->digest);
  }
}

TEST(TimerCodecTest, AnImportFiresUnderTheTimeAtWhichItWasDue) {
  Input trigger = Trigger(true);
  trigger.import = true;
  const Timer timer = TimerWith(Content(std::move(trigger)));
  const Input input = FiredInput(timer, kNow + absl::Hours(500)).value();
  EXPECT_TRUE(input.import);
  EXPECT_EQ(input.clock, timer.fire_time);
  EXPECT_EQ(input.receive_time, kNow + absl::Hours(500));
}

TEST(TimerCodecTest, TheEventIdIsOfTheSettingAloneAndOfItsTime) {
  const Timer timer = TimerWith(Content(Trigger(true)));
  const std::string id = FiredInput(timer, kNow).value().event_id;
  EXPECT_EQ(FiredInput(timer, kNow + absl::Hours(9)).value().event_id, id);
  EXPECT_EQ(UuidV7Time(id), absl::FromUnixMillis(absl::ToUnixMillis(timer.fire_time)));
  Timer other = timer;
  other.set_seq = 8;
  EXPECT_NE(FiredInput(other, kNow).value().event_id, id);
  other = timer;
  other.timer_id = "delay/knots/2";
  EXPECT_NE(FiredInput(other, kNow).value().event_id, id);
  other = timer;
  other.user.key = "u:bob";
  EXPECT_NE(FiredInput(other, kNow).value().event_id, id);
}

TEST(TimerCodecTest, DamageIsTold) {
  Timer timer = TimerWith(Content(Trigger(true)));
  timer.payload = "\xff\xff";
  EXPECT_TRUE(absl::IsDataLoss(FiredInput(timer, kNow).status()));
  // A timer inside of a timer is none of ours.
  v1::TimerFired nested;
  nested.mutable_trigger()->mutable_user()->set_user_id("ada");
  nested.mutable_trigger()->mutable_timer_fired();
  timer.payload = nested.SerializeAsString();
  EXPECT_TRUE(absl::IsDataLoss(FiredInput(timer, kNow).status()));
}

}  // namespace
}  // namespace cadenza
