// Local time: the moments at which a clock on the wall of a time zone shows what was asked for. Pure; the zones are the
// system's (server/rules/cel/zones.h). Any thread.
//
// What happens where a zone's clock is moved, one rule for everything that is scheduled in local time:
//   gap      (02:00 becomes 03:00: 02:30 does not exist)   a time inside is due at the first moment after the gap. Of a
//            gap longer than kMadeUpGap (Samoa left out 2011-12-30) nothing is made up: the next day's time is next.
//   overlap  (03:00 becomes 02:00: 02:30 comes twice)      a time inside is due once, the first time.
// Both are what Debian's cron does with a job at a fixed time.
#ifndef CADENZA_SERVER_RULES_SCHEDULE_CIVIL_TIME_H_
#define CADENZA_SERVER_RULES_SCHEDULE_CIVIL_TIME_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "storage/model/timing.h"

namespace cadenza::schedule {

inline constexpr absl::Duration kMadeUpGap = absl::Hours(3);

// The zone of an IANA name ("Europe/Berlin") or of an offset ("+02:00"). INVALID_ARGUMENT names what is not known.
absl::StatusOr<absl::TimeZone> FindZone(std::string_view name);

// "18:30". INVALID_ARGUMENT if `text` is not HH:MM, 00:00 to 23:59; with `end_of_range`, to 24:00.
absl::StatusOr<TimeOfDay> ParseTimeOfDay(std::string_view text, bool end_of_range = false);
std::string TimeText(TimeOfDay time);

// The moment at which `local` is due; nothing if it is in a gap longer than kMadeUpGap.
std::optional<absl::Time> DueAt(absl::CivilSecond local, absl::TimeZone zone);

// The first moment after `after` (never `after` itself) at which `time` is due, on any day; on a given day of the week.
absl::Time NextTimeOfDay(TimeOfDay time, absl::TimeZone zone, absl::Time after);
absl::Time NextWeekday(absl::Weekday weekday, TimeOfDay time, absl::TimeZone zone, absl::Time after);

// The first moment after `after` at which the zone's offset changes; InfiniteFuture if it never does again. Until
// then, local time runs as evenly as the clock.
absl::Time NextOffsetChange(absl::TimeZone zone, absl::Time after);

}  // namespace cadenza::schedule

#endif  // CADENZA_SERVER_RULES_SCHEDULE_CIVIL_TIME_H_
