#include "server/rules/gates/re_eligibility.h"

#include "storage/base/text.h"
#include "storage/model/rejection.h"

namespace cadenza::rules {

absl::Status CheckReEligibilityRule(const ReEligibility& rule) {
  if (rule.kind != ReEligibility::Kind::kAfter) return absl::OkStatus();
  if (rule.after > absl::ZeroDuration() && rule.after <= kMaxReEligibility) return absl::OkStatus();
  return Rejected(absl::StatusCode::kInvalidArgument, reasons::kInvalidField, "re_eligibility.after",
                  StrCat("is ", absl::FormatDuration(rule.after), "; it must be more than 0 and at most ",
                         absl::FormatDuration(kMaxReEligibility)));
}

ReEligibilityVerdict CheckReEligibility(const ReEligibility& rule, std::optional<absl::Time> last, absl::Time now) {
  if (rule.kind == ReEligibility::Kind::kAlways || !last.has_value()) return {true, absl::InfinitePast()};
  if (rule.kind == ReEligibility::Kind::kNever) return {false, absl::InfiniteFuture()};
  const absl::Time frees_at = *last + rule.after;
  return {now >= frees_at, frees_at};
}

std::string ReEligibilityText(const ReEligibility& rule, std::optional<absl::Time> last, absl::Time now) {
  if (rule.kind == ReEligibility::Kind::kAlways) return "a user may always enter again";
  if (!last.has_value()) return "the user has not been in this campaign";
  if (rule.kind == ReEligibility::Kind::kNever) return "the user has been in this campaign, which takes nobody twice";
  const auto [passed, frees_at] = CheckReEligibility(rule, last, now);
  const std::string frees =
      passed ? "" : StrCat(", at ", absl::FormatTime("%E4Y-%m-%d%ET%H:%M:%E*SZ", frees_at, absl::UTCTimeZone()));
  return StrCat("the user was last in this campaign ", absl::FormatDuration(now - *last), " ago; again after ",
                absl::FormatDuration(rule.after), frees);
}

}  // namespace cadenza::rules
