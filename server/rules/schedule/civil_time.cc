#include "server/rules/schedule/civil_time.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"
#include "server/rules/cel/zones.h"
#include "storage/base/text.h"

namespace cadenza::schedule {
namespace {

constexpr int kMinutesPerDay = 24 * 60;

// The first moment after `after` at which `time` is due on a day that `is_day` takes. A week and a day on each side
// holds one of each weekday, and one day that the zone may have left out.
template <typename IsDay>
absl::Time NextOn(IsDay is_day, TimeOfDay time, absl::TimeZone zone, absl::Time after) {
  if (after == absl::InfiniteFuture()) return after;
  const absl::CivilDay today(zone.At(after).cs);
  for (absl::CivilDay day = today - 1;; ++day) {
    if (!is_day(day)) continue;
    const std::optional<absl::Time> due = DueAt(absl::CivilMinute(day) + time.minutes, zone);
    if (due.has_value() && *due > after) return *due;
    if (day > today + 21) return absl::InfiniteFuture();  // beyond what absl::Time holds
  }
}

}  // namespace

absl::StatusOr<absl::TimeZone> FindZone(std::string_view name) {
  if (std::optional<absl::TimeZone> zone = cel::FindTimeZone(name)) return *zone;
  return absl::InvalidArgumentError(StrCat("there is no time zone '", name.substr(0, 64),
                                           "'; give an IANA name such as Europe/Berlin, or an offset such as +02:00"));
}

absl::StatusOr<TimeOfDay> ParseTimeOfDay(std::string_view text, bool end_of_range) {
  const bool shaped = text.size() == 5 && text[2] == ':' && absl::ascii_isdigit(text[0]) &&
                      absl::ascii_isdigit(text[1]) && absl::ascii_isdigit(text[3]) && absl::ascii_isdigit(text[4]);
  if (shaped) {
    const int hour = (text[0] - '0') * 10 + (text[1] - '0');
    const int minute = (text[3] - '0') * 10 + (text[4] - '0');
    const TimeOfDay time{hour * 60 + minute};
    if (minute < 60 && (time.minutes < kMinutesPerDay || (end_of_range && time.minutes == kMinutesPerDay))) return time;
  }
  return absl::InvalidArgumentError(StrCat("'", text.substr(0, 64), "' is not a time of day: write HH:MM, 00:00 to ",
                                           end_of_range ? "24:00" : "23:59"));
}

std::string TimeText(TimeOfDay time) { return absl::StrFormat("%02d:%02d", time.minutes / 60, time.minutes % 60); }

std::optional<absl::Time> DueAt(absl::CivilSecond local, absl::TimeZone zone) {
  const absl::TimeZone::TimeInfo info = zone.At(local);
  if (info.kind != absl::TimeZone::TimeInfo::SKIPPED) return info.pre;
  const absl::Duration gap = info.pre - info.post;
  return gap <= kMadeUpGap ? std::optional<absl::Time>(info.trans) : std::nullopt;
}

absl::Time NextTimeOfDay(TimeOfDay time, absl::TimeZone zone, absl::Time after) {
  return NextOn([](absl::CivilDay) { return true; }, time, zone, after);
}

absl::Time NextWeekday(absl::Weekday weekday, TimeOfDay time, absl::TimeZone zone, absl::Time after) {
  return NextOn([weekday](absl::CivilDay day) { return absl::GetWeekday(day) == weekday; }, time, zone, after);
}

absl::Time NextOffsetChange(absl::TimeZone zone, absl::Time after) {
  for (absl::TimeZone::CivilTransition change; zone.NextTransition(after, &change);) {
    // The clock goes from `from` to `to`: the earlier of them is what is skipped or repeated. Equal ones only change
    // the zone's name, or whether that is called summer time.
    const absl::TimeZone::TimeInfo info = zone.At(std::min(change.from, change.to));
    if (info.kind != absl::TimeZone::TimeInfo::UNIQUE) return info.trans;
    after = info.pre;
  }
  return absl::InfiniteFuture();
}

}  // namespace cadenza::schedule
