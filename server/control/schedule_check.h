// Whether a schedule can still launch its campaign: asked when a campaign becomes active, or gets another trigger while
// it is. Pure.
#ifndef CADENZA_SERVER_CONTROL_SCHEDULE_CHECK_H_
#define CADENZA_SERVER_CONTROL_SCHEDULE_CHECK_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "storage/model/campaign.h"

namespace cadenza {

// FAILED_PRECONDITION, a rejection of the field under "trigger.schedule", if the schedule is not due any more after
// `now`: what is launched is only what is due after the activation. OK of other triggers.
absl::Status CheckScheduleAhead(const Campaign& campaign, absl::Time now);

}  // namespace cadenza

#endif  // CADENZA_SERVER_CONTROL_SCHEDULE_CHECK_H_
