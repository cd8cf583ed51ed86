// Segments: cadenza.v1.Segment <-> the model, as wire.h has it for the rest.
#ifndef CADENZA_STORAGE_CODEC_WIRE_SEGMENT_H_
#define CADENZA_STORAGE_CODEC_WIRE_SEGMENT_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "cadenza/v1/segment.pb.h"
#include "storage/model/segment.h"

namespace cadenza {

// Output-only fields of the proto are ignored, but etag, which becomes `revision` (0 if empty; INVALID_ARGUMENT if it
// is not one).
absl::StatusOr<Segment> FromProto(std::string_view workspace, const v1::Segment& proto);
void ToProto(const Segment& segment, v1::Segment* proto);

}  // namespace cadenza

#endif  // CADENZA_STORAGE_CODEC_WIRE_SEGMENT_H_
