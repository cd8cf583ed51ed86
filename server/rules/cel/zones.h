// Time zones by the names that an expression gives.
#ifndef CADENZA_SERVER_RULES_CEL_ZONES_H_
#define CADENZA_SERVER_RULES_CEL_ZONES_H_

#include <optional>
#include <string_view>

#include "absl/time/time.h"

namespace cadenza::cel {

// An IANA name ("Asia/Kathmandu", see storage/base/time_zones.h), or an offset from UTC as "02:00", "+02:00" or
// "-09:30". `name` may come from anybody. Any thread.
std::optional<absl::TimeZone> FindTimeZone(std::string_view name);

}  // namespace cadenza::cel

#endif  // CADENZA_SERVER_RULES_CEL_ZONES_H_
