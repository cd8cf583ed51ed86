// Dates as text in the way of Ruby's Time#strftime. Internal to server/rules/liquid.
#ifndef CADENZA_SERVER_RULES_LIQUID_STRFTIME_H_
#define CADENZA_SERVER_RULES_LIQUID_STRFTIME_H_

#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace cadenza::liquid {

// Every directive of strftime with Ruby's flags (-, 0, ^, #, _, :) and widths (to 64), in English. What is no directive
// stays as it is written.
std::string Strftime(std::string_view format, absl::Time time, absl::TimeZone zone);

}  // namespace cadenza::liquid

#endif  // CADENZA_SERVER_RULES_LIQUID_STRFTIME_H_
