#include "server/rules/schedule/occurrences.h"

#include "absl/time/civil_time.h"
#include "server/rules/schedule/civil_time.h"
#include "server/rules/schedule/local_time.h"
#include "storage/base/status_macros.h"

namespace cadenza::schedule {
namespace {

absl::TimeZone FirstClock() { return absl::FixedTimeZone(static_cast<int>(kFirstClock / absl::Seconds(1))); }

}  // namespace

// Every hour that it comes in has the same minutes, so the first one tells.
bool IsMoreThanHourly(const Cron& cron) {
  const absl::Time first = cron.Next(absl::UnixEpoch() - absl::Microseconds(1), absl::UTCTimeZone());
  return cron.Next(first, absl::UTCTimeZone()) - first < absl::Hours(1);
}

absl::StatusOr<Occurrences> Occurrences::Parse(const Schedule& schedule) {
  Occurrences made;
  switch (schedule.kind) {
    case Schedule::Kind::kAt:
      made.at_ = schedule.at;
      return made;
    case Schedule::Kind::kCron: {
      CADENZA_ASSIGN_OR_RETURN(made.cron_, Cron::Parse(schedule.expression));
      CADENZA_ASSIGN_OR_RETURN(made.zone_, FindZone(schedule.time_zone.empty() ? "UTC" : schedule.time_zone));
      return made;
    }
    case Schedule::Kind::kLocalAt: {
      const std::optional<absl::CivilSecond> time = ParseLocalTime(schedule.expression);
      if (!time.has_value()) {
        return absl::InvalidArgumentError("must be a date and a time of the day: \"2026-12-24T18:00\"");
      }
      made.local_ = true;
      made.zone_ = FirstClock();
      made.at_ = absl::FromCivil(*time, made.zone_);
      return made;
    }
    case Schedule::Kind::kLocalCron: {
      CADENZA_ASSIGN_OR_RETURN(made.cron_, Cron::Parse(schedule.expression));
      made.local_ = true;
      made.zone_ = FirstClock();
      return made;
    }
    case Schedule::Kind::kNone:
      break;
  }
  return absl::InvalidArgumentError("has no time: set at, cron, local_at or local_cron");
}

absl::Time Occurrences::NextTime(absl::Time after) const {
  if (cron_.has_value()) return cron_->Next(after, zone_);
  return at_ > after ? at_ : absl::InfiniteFuture();
}

std::optional<Occurrence> Occurrences::Next(absl::Time after) const {
  const absl::Time due = NextTime(after);
  if (due == absl::InfiniteFuture()) return std::nullopt;
  return Occurrence{due, local_ ? std::string(absl::FormatCivilTime(absl::ToCivilMinute(due, zone_))) : ""};
}

std::optional<Occurrence> Occurrences::Newest(absl::Time after, absl::Time now) const {
  std::optional<Occurrence> newest = Next(after);
  if (!newest.has_value() || newest->due_time > now) return std::nullopt;
  // Between the newest one known and `end`, halving: NextTime never decreases, and no occurrence lies in (end, now].
  absl::Time end = now;
  while (true) {
    const std::optional<Occurrence> next = Next(newest->due_time);
    if (!next.has_value() || next->due_time > now) return newest;
    newest = next;
    const std::optional<Occurrence> middle = Next(newest->due_time + (end - newest->due_time) / 2);
    if (middle.has_value() && middle->due_time <= now) {
      newest = middle;
    } else {
      end = newest->due_time + (end - newest->due_time) / 2;
    }
  }
}

}  // namespace cadenza::schedule
