#include "server/control/schedule_check.h"

#include <string>
#include <string_view>

#include "server/rules/schedule/occurrences.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/model/rejection.h"

namespace cadenza {
namespace {

std::string TimeText(absl::Time time) { return absl::FormatTime("%E4Y-%m-%dT%H:%M:%E*SZ", time, absl::UTCTimeZone()); }

absl::Status Over(std::string_view field, std::string_view what) {
  return Rejected(absl::StatusCode::kFailedPrecondition, reasons::kInvalidField, StrCat("trigger.schedule.", field),
                  StrCat(what, ", so an active campaign would launch nothing; give it a time that lies ahead"));
}

}  // namespace

absl::Status CheckScheduleAhead(const Campaign& campaign, absl::Time now) {
  if (campaign.trigger.kind != Trigger::Kind::kSchedule) return absl::OkStatus();
  const Schedule& schedule = campaign.trigger.schedule;
  CADENZA_ASSIGN_OR_RETURN(const schedule::Occurrences occurrences, schedule::Occurrences::Parse(schedule));
  if (occurrences.Next(now).has_value()) return absl::OkStatus();
  switch (schedule.kind) {
    case Schedule::Kind::kAt:
      return Over("at", StrCat(TimeText(schedule.at), " has passed"));
    case Schedule::Kind::kLocalAt:
      return Over("local_at", StrCat("some clock of the world (UTC+14) has shown ", schedule.expression, " already"));
    case Schedule::Kind::kLocalCron:
      return Over("local_cron", "does not come any more");
    default:
      return Over("cron", "does not come any more");
  }
}

}  // namespace cadenza
