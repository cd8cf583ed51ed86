// Time zones by names that anybody may have written.
#ifndef CADENZA_STORAGE_BASE_TIME_ZONES_H_
#define CADENZA_STORAGE_BASE_TIME_ZONES_H_

#include <optional>
#include <string_view>

#include "absl/time/time.h"

namespace cadenza {

// An IANA name ("Asia/Kathmandu"). Only names that the system's database (TZDIR, else /usr/share/zoneinfo, listed once)
// has are ever opened, since the library remembers every name that it was asked for. Any thread.
std::optional<absl::TimeZone> FindTimeZone(std::string_view name);

}  // namespace cadenza

#endif  // CADENZA_STORAGE_BASE_TIME_ZONES_H_
