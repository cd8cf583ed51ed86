// For storage/codec: when and how fast campaigns may send, from and to protos; see wire.h.
#ifndef CADENZA_STORAGE_CODEC_WIRE_TIMING_H_
#define CADENZA_STORAGE_CODEC_WIRE_TIMING_H_

#include "absl/status/statusor.h"
#include "cadenza/v1/campaign.pb.h"
#include "storage/model/delivery_limits.h"
#include "storage/model/timing.h"

namespace cadenza {

// Times of day are "00:00" to "23:59" (the end of a window also "24:00"), days of the week "monday" to "sunday".
absl::StatusOr<DelayUntil> FromProto(const v1::DelayUntil& proto);
void ToProto(const DelayUntil& delay, v1::DelayUntil* proto);

// Needs a window: no quiet hours are said by leaving them out.
absl::StatusOr<QuietRule> FromProto(const v1::QuietHours& proto);
void ToProto(const QuietRule& rule, v1::QuietHours* proto);

absl::StatusOr<DeliveryRate> FromProto(const v1::DeliveryRate& proto);
void ToProto(const DeliveryRate& rate, v1::DeliveryRate* proto);

}  // namespace cadenza

#endif  // CADENZA_STORAGE_CODEC_WIRE_TIMING_H_
