// The occurrences of a campaign's schedule: when it is due. Pure; any thread.
//
//   at           once, at that moment
//   cron         server/rules/schedule/cron.h, in the zone given
//   local_at     once, when each user's clock shows the time
//   local_cron   whenever each user's clock shows one of the times; read as if no clock were ever moved
//
// An occurrence by the users' own clocks is due when the first clock of the world shows its time: UTC+14. What a user's
// clock that is moved makes of the time is decided with his zone, where the launch waits for it.
#ifndef CADENZA_SERVER_RULES_SCHEDULE_OCCURRENCES_H_
#define CADENZA_SERVER_RULES_SCHEDULE_OCCURRENCES_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/rules/schedule/cron.h"
#include "storage/model/campaign.h"

namespace cadenza::schedule {

inline constexpr absl::Duration kFirstClock = absl::Hours(14);  // before UTC

// Whether the expression comes more than once in some hour.
bool IsMoreThanHourly(const Cron& cron);

struct Occurrence {
  absl::Time due_time;
  std::string local_time;  // of the users' own clocks: "2026-12-24T18:00"
  friend bool operator==(const Occurrence&, const Occurrence&) = default;
};

class Occurrences {
 public:
  // INVALID_ARGUMENT says what is wrong with the expression or the zone.
  static absl::StatusOr<Occurrences> Parse(const Schedule& schedule);

  // The first one due after `after`; nothing if there is none.
  std::optional<Occurrence> Next(absl::Time after) const;
  // The last one due in (after, now]; nothing if there is none. Its cost does not depend on how many there were.
  std::optional<Occurrence> Newest(absl::Time after, absl::Time now) const;

 private:
  Occurrences() = default;
  absl::Time NextTime(absl::Time after) const;  // InfiniteFuture if there is none

  bool local_ = false;
  std::optional<Cron> cron_;  // else once, at at_
  absl::Time at_;
  absl::TimeZone zone_;
};

}  // namespace cadenza::schedule

#endif  // CADENZA_SERVER_RULES_SCHEDULE_OCCURRENCES_H_
