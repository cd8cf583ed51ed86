#include "server/rules/gates/re_eligibility.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cadenza::rules {
namespace {

using ::testing::HasSubstr;
using Kind = ReEligibility::Kind;

const absl::Time kNoon = absl::FromCivil(absl::CivilHour(2026, 11, 26, 12), absl::UTCTimeZone());

TEST(ReEligibilityTest, AlwaysAfterAndNever) {
  struct Case {
    ReEligibility rule;
    std::optional<absl::Time> last;
    bool passed;
    const char* detail;
  };
  const ReEligibility always;
  const ReEligibility never{Kind::kNever, {}};
  const ReEligibility day{Kind::kAfter, absl::Hours(24)};
  const Case cases[] = {
      {always, std::nullopt, true, "may always enter again"},
      {always, kNoon, true, "may always enter again"},
      {never, std::nullopt, true, "has not been in this campaign"},
      {never, kNoon - absl::Hours(24 * 365), false, "takes nobody twice"},
      {day, std::nullopt, true, "has not been in this campaign"},
      {day, kNoon - absl::Hours(24), true, "24h ago; again after 24h"},
      {day, kNoon - absl::Hours(24) + absl::Nanoseconds(1), false,
       "again after 24h, at 2026-11-26T12:00:00.000000001Z"},
      {day, kNoon - absl::Hours(1), false, "1h ago; again after 24h, at 2026-11-27T11:00:00Z"},
      {day, kNoon + absl::Hours(1), false, "-1h ago; again after 24h, at 2026-11-27T13:00:00Z"},
  };
  for (const Case& c : cases) {
    const ReEligibilityVerdict verdict = CheckReEligibility(c.rule, c.last, kNoon);
    EXPECT_EQ(verdict.passed, c.passed) << c.detail;
    EXPECT_THAT(ReEligibilityText(c.rule, c.last, kNoon), HasSubstr(c.detail));
    EXPECT_EQ(verdict.frees_at <= kNoon, c.passed);
    if (!c.passed && c.rule.kind == Kind::kAfter) {
      EXPECT_TRUE(CheckReEligibility(c.rule, c.last, verdict.frees_at).passed);
    }
  }
}

TEST(ReEligibilityTest, RefusesWhatMakesNoSense) {
  for (const absl::Duration after : {absl::ZeroDuration(), absl::Hours(-1), absl::InfiniteDuration()}) {
    const absl::Status status = CheckReEligibilityRule({Kind::kAfter, after});
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr("re_eligibility.after: is "));
  }
  EXPECT_TRUE(CheckReEligibilityRule({Kind::kAfter, absl::Hours(1)}).ok());
  EXPECT_TRUE(CheckReEligibilityRule({Kind::kNever, {}}).ok());
}

}  // namespace
}  // namespace cadenza::rules
