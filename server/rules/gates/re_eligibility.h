// Re-eligibility: whether a user who has been in a campaign may enter it again. Pure; any thread.
#ifndef CADENZA_SERVER_RULES_GATES_RE_ELIGIBILITY_H_
#define CADENZA_SERVER_RULES_GATES_RE_ELIGIBILITY_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "storage/model/delivery_limits.h"

namespace cadenza::rules {

inline constexpr absl::Duration kMaxReEligibility = absl::Hours(24 * 730);

// INVALID_ARGUMENT names re_eligibility.after.
absl::Status CheckReEligibilityRule(const ReEligibility& rule);

struct ReEligibilityVerdict {
  bool passed = true;
  // The first moment at which the user may enter; InfinitePast if always, InfiniteFuture if never again.
  absl::Time frees_at;
};

// `last` is when the user last entered; nothing: never. Exactly `after` later the user may again.
ReEligibilityVerdict CheckReEligibility(const ReEligibility& rule, std::optional<absl::Time> last, absl::Time now);

// The same for people.
std::string ReEligibilityText(const ReEligibility& rule, std::optional<absl::Time> last, absl::Time now);

}  // namespace cadenza::rules

#endif  // CADENZA_SERVER_RULES_GATES_RE_ELIGIBILITY_H_
