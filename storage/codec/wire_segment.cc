#include "storage/codec/wire_segment.h"

#include <string>

#include "absl/strings/numbers.h"
#include "storage/base/text.h"
#include "storage/codec/wire.h"
#include "storage/codec/wire_error.h"

namespace cadenza {

absl::StatusOr<Segment> FromProto(std::string_view workspace, const v1::Segment& proto) {
  Segment segment;
  segment.workspace = std::string(workspace);
  segment.segment_id = proto.segment_id();
  segment.display_name = proto.display_name();
  segment.condition = proto.condition();
  const std::string& etag = proto.etag();
  if (etag.empty()) return segment;
  if (!absl::SimpleAtoi(etag, &segment.revision) || segment.revision < 1 || etag != StrCat(segment.revision)) {
    return BadField("etag", "is not one that the server gave; read the segment and use its etag");
  }
  return segment;
}

void ToProto(const Segment& segment, v1::Segment* proto) {
  proto->set_segment_id(segment.segment_id);
  proto->set_display_name(segment.display_name);
  proto->set_state(static_cast<v1::Segment::State>(segment.state));
  proto->set_condition(segment.condition);
  if (segment.revision == 0) return;  // never stored
  ToProto(segment.create_time, proto->mutable_create_time());
  ToProto(segment.update_time, proto->mutable_update_time());
  proto->set_etag(StrCat(segment.revision));
  const SegmentEvaluation& evaluation = segment.evaluation;
  if (evaluation.state == SegmentEvaluation::State::kNone) return;
  v1::SegmentEvaluation& shown = *proto->mutable_evaluation();
  shown.set_state(static_cast<v1::SegmentEvaluation::State>(evaluation.state));
  ToProto(evaluation.start_time, shown.mutable_start_time());
  if (evaluation.end_time != absl::InfinitePast()) ToProto(evaluation.end_time, shown.mutable_end_time());
  shown.set_users_examined(evaluation.users_examined);
  if (evaluation.users_total != SegmentEvaluation::kNotCounted) shown.set_users_total(evaluation.users_total);
}

}  // namespace cadenza
