// Cron expressions: "30 9 * * mon-fri". Debian packages no library for them, so this is the five-field form of POSIX
// crontab with what every cron adds. Pure; any thread.
//
//   minute 0-59   hour 0-23   day of month 1-31   month 1-12 or jan-dec   day of week 0-7 or sun-sat (0 and 7: Sunday)
//
// A field is a list, by comma, of *, a value, or a range a-b (a <= b); * and ranges may take a step: */15, 9-17/2.
// Names in any case. Or one word instead: @yearly @annually @monthly @weekly @daily @midnight @hourly.
//
// Day of month and day of week: if both are restricted, either is enough; a field that is just * is not restricted.
// (In Vixie's cron */2 counts as unrestricted; elsewhere, and here, it is what it says.)
//
// Where the zone's clock is moved, Debian's cron is followed: an expression whose minute or hour starts with * runs by
// the clock on the wall as it goes (nothing for minutes that are left out, twice for those that come twice). Any other
// names fixed times, which server/rules/schedule/civil_time.h places: once in an overlap, right after a gap.
#ifndef CADENZA_SERVER_RULES_SCHEDULE_CRON_H_
#define CADENZA_SERVER_RULES_SCHEDULE_CRON_H_

#include <bitset>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace cadenza::schedule {

class Cron {
 public:
  static constexpr size_t kMaxBytes = 256;

  // INVALID_ARGUMENT names the field and the column (from 1). Dates that no year has (February 30) are refused: what
  // parses will fire.
  static absl::StatusOr<Cron> Parse(std::string_view expression);

  // The first time after `after`, never `after` itself. Takes microseconds; looks at most as far as dates are
  // (InfiniteFuture beyond the year 9999).
  absl::Time Next(absl::Time after, absl::TimeZone zone) const;

 private:
  friend class CronParser;
  Cron() = default;

  bool MatchesDay(absl::CivilDay day) const;
  // The first minute at or after `from` that the fields take; 10000-01-01 if there is none before.
  absl::CivilMinute NextMinute(absl::CivilMinute from) const;
  absl::Time NextOnTheWall(absl::Time after, absl::TimeZone zone) const;
  absl::Time NextFixed(absl::Time after, absl::TimeZone zone) const;

  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;
  std::bitset<13> months_;
  std::bitset<8> weekdays_;  // 0 to 6
  bool any_day_ = false;     // the field is just *
  bool any_weekday_ = false;
  bool fixed_ = false;  // neither minute nor hour starts with *
};

}  // namespace cadenza::schedule

#endif  // CADENZA_SERVER_RULES_SCHEDULE_CRON_H_
