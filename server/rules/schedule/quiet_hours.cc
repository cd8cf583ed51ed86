#include "server/rules/schedule/quiet_hours.h"

#include "absl/status/status.h"
#include "server/rules/schedule/civil_time.h"
#include "storage/base/text.h"

namespace cadenza::schedule {
namespace {

constexpr int kMinutesPerDay = 24 * 60;

int MinuteOfWeek(absl::CivilSecond wall) {
  const int weekday = static_cast<int>(absl::GetWeekday(wall));
  return weekday * kMinutesPerDay + wall.hour() * 60 + wall.minute();
}

}  // namespace

absl::StatusOr<QuietHours> QuietHours::Make(const std::vector<QuietWindow>& windows) {
  if (windows.size() > kMaxWindows) {
    return absl::InvalidArgumentError(
        StrCat("windows: there are ", windows.size(), "; at most ", kMaxWindows, " are allowed"));
  }
  QuietHours made;
  for (size_t i = 0; i < windows.size(); ++i) {
    const QuietWindow& window = windows[i];
    if (window.start == window.end) {
      return absl::InvalidArgumentError(StrCat("windows[", i, "]: starts and ends at ", TimeText(window.start),
                                               "; for a whole day write 00:00 to 24:00"));
    }
    if (window.weekdays.none()) return absl::InvalidArgumentError(StrCat("windows[", i, "]: has no weekday"));
    const bool crosses = window.end < window.start;
    const int length = window.end.minutes - window.start.minutes + (crosses ? kMinutesPerDay : 0);
    for (int weekday = 0; weekday < 7; ++weekday) {
      if (!window.weekdays[weekday]) continue;
      const int start = weekday * kMinutesPerDay + window.start.minutes;
      for (int minute = start; minute < start + length; ++minute) made.quiet_.set(minute % kMinutesPerWeek);
    }
  }
  if (made.quiet_.all()) return absl::InvalidArgumentError("windows: leave no time at which a message may come");
  return made;
}

bool QuietHours::IsQuiet(absl::Time time, absl::TimeZone zone) const {
  return !empty() && quiet_[MinuteOfWeek(zone.At(time).cs)];
}

absl::Time QuietHours::End(absl::Time time, absl::TimeZone zone) const {
  while (IsQuiet(time, zone)) {
    const absl::Time change = NextOffsetChange(zone, time);
    const absl::TimeZone::CivilInfo info = zone.At(time);
    const int minute = MinuteOfWeek(info.cs);
    int quiet_minutes = 0;
    while (quiet_[(minute + quiet_minutes) % kMinutesPerWeek]) ++quiet_minutes;
    const absl::Time minute_start = time - info.subsecond - absl::Seconds(info.cs.second());
    const absl::Time end = minute_start + absl::Minutes(quiet_minutes);
    if (end < change) return end;
    time = change;
  }
  return time;
}

}  // namespace cadenza::schedule
