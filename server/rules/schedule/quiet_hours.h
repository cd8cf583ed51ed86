// Quiet hours: the times of a user's day at which no message may come, by the clock on the user's wall. Pure; any
// thread.
//
// A moment is quiet if what the wall shows then is inside a window: where a zone's clock is moved nothing special is
// done, so a wall time that comes twice is quiet twice, and one that is left out takes nobody's quiet away.
#ifndef CADENZA_SERVER_RULES_SCHEDULE_QUIET_HOURS_H_
#define CADENZA_SERVER_RULES_SCHEDULE_QUIET_HOURS_H_

#include <bitset>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "storage/model/timing.h"

namespace cadenza::schedule {

class QuietHours {
 public:
  static constexpr size_t kMaxWindows = 16;

  // Never quiet.
  QuietHours() = default;
  // INVALID_ARGUMENT says which window ("windows[2]: …") starts and ends at one time or has no day, that there are too
  // many, or that they leave no time of the week at all.
  static absl::StatusOr<QuietHours> Make(const std::vector<QuietWindow>& windows);

  bool empty() const { return quiet_.none(); }
  bool IsQuiet(absl::Time time, absl::TimeZone zone) const;
  // The first moment at or after `time` that is not quiet: `time` itself if it is not.
  absl::Time End(absl::Time time, absl::TimeZone zone) const;

 private:
  static constexpr int kMinutesPerWeek = 7 * 24 * 60;

  // The minutes of a week that are quiet, from Monday 00:00.
  std::bitset<kMinutesPerWeek> quiet_;
};

}  // namespace cadenza::schedule

#endif  // CADENZA_SERVER_RULES_SCHEDULE_QUIET_HOURS_H_
