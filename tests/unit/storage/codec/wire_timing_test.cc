#include "storage/codec/wire_timing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "storage/codec/wire.h"
#include "storage/model/rejection.h"

namespace cadenza {
namespace {

using ::testing::ElementsAre;

TEST(WireTimingTest, TimesOfDay) {
  const auto minutes = [](const std::string& text) {
    v1::DelayUntil proto;
    proto.set_time_of_day(text);
    const auto delay = FromProto(proto);
    if (delay.ok()) return delay->time.minutes;
    EXPECT_EQ(RejectionField(delay.status()), "time_of_day");
    return -1;
  };
  EXPECT_EQ(minutes("00:00"), 0);
  EXPECT_EQ(minutes("18:05"), 18 * 60 + 5);
  EXPECT_EQ(minutes("23:59"), 24 * 60 - 1);
  for (const char* bad : {"", "24:00", "24:01", "23:60", "7:00", "07:0", "07.00", "07:00 ", " 07:00", "+7:00", "0x:00",
                          "07:00:00", "-1:00"}) {
    EXPECT_EQ(minutes(bad), -1) << bad;
  }
}

TEST(WireTimingTest, AWindowMayEndWithItsDay) {
  v1::QuietHours proto;
  v1::QuietWindow& window = *proto.add_windows();
  window.set_start("22:00");
  window.set_end("24:00");
  EXPECT_EQ(FromProto(proto)->windows[0].end.minutes, 24 * 60);
  window.set_start("24:00");
  EXPECT_EQ(RejectionField(FromProto(proto).status()), "windows[0].start");
  window.set_start("22:00");
  window.set_end("24:01");
  EXPECT_EQ(RejectionField(FromProto(proto).status()), "windows[0].end");
}

TEST(WireTimingTest, DaysOfTheWeek) {
  v1::QuietHours proto;
  for (int i = 0; i < 2; ++i) {
    proto.add_windows()->set_start("22:00");
    proto.mutable_windows(i)->set_end("08:00");
  }
  proto.mutable_windows(1)->add_weekdays("sunday");
  proto.mutable_windows(1)->add_weekdays("monday");
  const QuietRule rule = FromProto(proto).value();
  EXPECT_TRUE(rule.windows[0].weekdays.all());
  EXPECT_EQ(rule.windows[1].weekdays.to_string(), "1000001");
  v1::QuietHours back;
  ToProto(rule, &back);
  EXPECT_TRUE(back.windows(0).weekdays().empty());
  EXPECT_THAT(back.windows(1).weekdays(), ElementsAre("monday", "sunday"));
  proto.mutable_windows(1)->add_weekdays("Tuesday");
  EXPECT_EQ(RejectionField(FromProto(proto).status()), "windows[1].weekdays[2]");

  v1::DelayUntil delay;
  delay.set_time_of_day("09:00");
  EXPECT_EQ(FromProto(delay)->weekday, std::nullopt);
  delay.set_weekday("wednesday");
  EXPECT_EQ(FromProto(delay)->weekday, absl::Weekday::wednesday);
  delay.set_weekday("wed");
  EXPECT_EQ(RejectionField(FromProto(delay).status()), "weekday");
}

TEST(WireTimingTest, QuietHoursHaveAWindowAndAKnownAction) {
  v1::QuietHours proto;
  EXPECT_EQ(RejectionField(FromProto(proto).status()), "windows");
  proto.add_windows()->set_start("22:00");
  proto.mutable_windows(0)->set_end("08:00");
  EXPECT_FALSE(FromProto(proto)->hold);
  proto.set_action(v1::QuietHours::ACTION_HOLD);
  EXPECT_TRUE(FromProto(proto)->hold);
  proto.set_action(static_cast<v1::QuietHours::Action>(7));
  EXPECT_EQ(RejectionField(FromProto(proto).status()), "action");
}

TEST(WireTimingTest, RatesAreSmoothUnlessTheyMayBurst) {
  v1::DeliveryRate proto;
  proto.set_most(10);
  EXPECT_EQ(RejectionField(FromProto(proto).status()), "per");
  proto.mutable_per()->set_seconds(60);
  EXPECT_EQ(FromProto(proto).value(), (DeliveryRate{10, absl::Minutes(1), true}));
  proto.set_burst(true);
  EXPECT_FALSE(FromProto(proto)->smooth);
  proto.mutable_per()->set_nanos(-1);
  EXPECT_EQ(RejectionField(FromProto(proto).status()), "per.nanos");
}

}  // namespace
}  // namespace cadenza
