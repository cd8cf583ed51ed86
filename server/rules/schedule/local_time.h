// Dates with a time of the day, as a clock on a wall shows them: "2026-12-24T18:00". Pure; any thread.
#ifndef CADENZA_SERVER_RULES_SCHEDULE_LOCAL_TIME_H_
#define CADENZA_SERVER_RULES_SCHEDULE_LOCAL_TIME_H_

#include <optional>
#include <string_view>

#include "absl/time/civil_time.h"

namespace cadenza::schedule {

// Of exactly this form, 1970 to 9998, with a day that its month has; nothing otherwise.
std::optional<absl::CivilSecond> ParseLocalTime(std::string_view text);

}  // namespace cadenza::schedule

#endif  // CADENZA_SERVER_RULES_SCHEDULE_LOCAL_TIME_H_
