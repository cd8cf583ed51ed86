// The inputs of launches, and the ids that make each of them take effect once. Pure; any thread.
//
// The ids are at most 64 bytes and no UUIDs, so a store remembers them for limits::kDedupeWindow from their arrival.
#ifndef CADENZA_SERVER_CONTROL_LAUNCH_INPUT_H_
#define CADENZA_SERVER_CONTROL_LAUNCH_INPUT_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "storage/launch_store.h"
#include "storage/model/input.h"

namespace cadenza {

// The event_id of a TriggerCampaign: of one campaign and trigger_id, for every user.
std::string TriggerEventId(std::string_view campaign_id, std::string_view trigger_id);
// Of an occurrence of a schedule.
std::string OccurrenceEventId(std::string_view campaign_id, absl::Time due_time);

// What a scheduled launch gives to the lane of the user whose key is `user_key`: its time is when the launch was due,
// its clock `now`. The same launch and user make the same body.
absl::StatusOr<Input> ScheduledInput(const Launch& launch, std::string_view user_key, absl::Time now);

}  // namespace cadenza

#endif  // CADENZA_SERVER_CONTROL_LAUNCH_INPUT_H_
