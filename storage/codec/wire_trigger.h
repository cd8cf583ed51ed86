// For storage/codec: what triggers a campaign, from and to protos; see wire.h.
#ifndef CADENZA_STORAGE_CODEC_WIRE_TRIGGER_H_
#define CADENZA_STORAGE_CODEC_WIRE_TRIGGER_H_

#include "absl/status/statusor.h"
#include "cadenza/v1/campaign.pb.h"
#include "storage/model/campaign.h"

namespace cadenza {

// Without a trigger: Trigger::Kind::kNone.
absl::StatusOr<Trigger> FromProto(const v1::Trigger& proto);
void ToProto(const Trigger& trigger, v1::Trigger* proto);

}  // namespace cadenza

#endif  // CADENZA_STORAGE_CODEC_WIRE_TRIGGER_H_
