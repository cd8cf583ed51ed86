// For storage/codec: what a campaign is meant to bring about, from and to protos; see wire.h.
#ifndef CADENZA_STORAGE_CODEC_WIRE_CONVERSION_H_
#define CADENZA_STORAGE_CODEC_WIRE_CONVERSION_H_

#include "absl/status/statusor.h"
#include "cadenza/v1/campaign.pb.h"
#include "storage/model/conversion.h"

namespace cadenza {

// Without a goal: Conversion::Goal::kNone. Without a window: zero.
absl::StatusOr<Conversion> FromProto(const v1::Conversion& proto);
void ToProto(const Conversion& conversion, v1::Conversion* proto);

}  // namespace cadenza

#endif  // CADENZA_STORAGE_CODEC_WIRE_CONVERSION_H_
