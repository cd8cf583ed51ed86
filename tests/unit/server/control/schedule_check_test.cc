#include "server/control/schedule_check.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/model/rejection.h"

namespace cadenza {
namespace {

using ::testing::HasSubstr;
using Kind = Schedule::Kind;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);  // 2027-01-15T08:00:00Z

TEST(ScheduleCheckTest, WhatIsNotDueAnyMoreIsRefusedByItsField) {
  struct Case {
    Schedule schedule;
    const char* field;  // "" = fine
    const char* says = "";
  };
  const Case cases[] = {
      {{Kind::kAt, kNow + absl::Microseconds(1), "", "", ""}, ""},
      {{Kind::kAt, kNow, "", "", ""}, "trigger.schedule.at", "2027-01-15T08:00:00Z has passed"},
      {{Kind::kAt, kNow - absl::Hours(9000), "", "", ""}, "trigger.schedule.at", "a time that lies ahead"},
      // The first clock of the world shows 22:00.
      {{Kind::kLocalAt, {}, "2027-01-15T22:01", "", ""}, ""},
      {{Kind::kLocalAt, {}, "2027-01-15T22:00", "", ""}, "trigger.schedule.local_at", "has shown 2027-01-15T22:00"},
      {{Kind::kCron, {}, "0 18 * * *", "", ""}, ""},
      {{Kind::kLocalCron, {}, "0 18 * * *", "", ""}, ""},
  };
  for (const Case& c : cases) {
    Campaign campaign;
    campaign.trigger.kind = Trigger::Kind::kSchedule;
    campaign.trigger.schedule = c.schedule;
    const absl::Status status = CheckScheduleAhead(campaign, kNow);
    EXPECT_EQ(RejectionField(status), c.field) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.says));
    EXPECT_EQ(status.code(), *c.field == 0 ? absl::StatusCode::kOk : absl::StatusCode::kFailedPrecondition);
    campaign.trigger.kind = Trigger::Kind::kApi;
    EXPECT_TRUE(CheckScheduleAhead(campaign, kNow).ok());
  }
}

}  // namespace
}  // namespace cadenza
