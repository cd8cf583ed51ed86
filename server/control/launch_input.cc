#include "server/control/launch_input.h"

#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/codec/wire.h"

namespace cadenza {
namespace {

// The lengths are in it, so that no two pairs look alike.
std::string HashOf(std::string_view first, std::string_view second) {
  return ToHex(DigestOf(StrCat(first.size(), ":", first, second)));
}

}  // namespace

std::string TriggerEventId(std::string_view campaign_id, std::string_view trigger_id) {
  return StrCat("trigger-", HashOf(campaign_id, trigger_id));
}

std::string OccurrenceEventId(std::string_view campaign_id, absl::Time due_time) {
  return StrCat("schedule-", HashOf(campaign_id, StrCat(absl::ToUnixMicros(due_time))));
}

absl::StatusOr<Input> ScheduledInput(const Launch& launch, std::string_view user_key, absl::Time now) {
  const UserKey user{launch.workspace, std::string(user_key)};
  v1::Input proto;
  proto.set_event_id(OccurrenceEventId(launch.campaign_id, launch.due_time));
  ToProto(user, proto.mutable_user());
  ToProto(launch.due_time, proto.mutable_time());
  v1::CampaignLaunch* made = proto.mutable_campaign_launch();
  made->set_campaign_id(launch.campaign_id);
  made->set_local_time(launch.local_time);
  made->set_scheduled(true);
  CADENZA_ASSIGN_OR_RETURN(Input input, FromProto(launch.workspace, proto));
  input.receive_time = input.clock = now;
  return input;
}

}  // namespace cadenza
