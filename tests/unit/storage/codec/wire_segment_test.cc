#include "storage/codec/wire_segment.h"

#include "gtest/gtest.h"
#include "storage/model/rejection.h"

namespace cadenza {
namespace {

Segment Vip() {
  Segment segment;
  segment.workspace = "acme";
  segment.segment_id = "vip";
  segment.display_name = "Very important";
  segment.condition = "user.event_count(\"order_placed\") >= 3";
  segment.revision = 4;
  segment.create_time = absl::FromUnixSeconds(100);
  segment.update_time = absl::FromUnixSeconds(200);
  return segment;
}

TEST(WireSegmentTest, WhatIsWrittenComesBackAndTheRestIsIgnored) {
  Segment segment = Vip();
  segment.state = Segment::State::kActive;
  segment.evaluation.state = SegmentEvaluation::State::kRunning;
  v1::Segment proto;
  ToProto(segment, &proto);
  EXPECT_EQ(proto.state(), v1::Segment::STATE_ACTIVE);
  EXPECT_EQ(proto.etag(), "4");
  EXPECT_EQ(proto.update_time().seconds(), 200);
  absl::StatusOr<Segment> back = FromProto("acme", proto);
  ASSERT_TRUE(back.ok()) << back.status();
  back->create_time = segment.create_time;
  back->update_time = segment.update_time;
  EXPECT_EQ(*back, Vip());
}

TEST(WireSegmentTest, ShowsHowFarItsEvaluationIs) {
  Segment segment = Vip();
  v1::Segment proto;
  ToProto(segment, &proto);
  EXPECT_FALSE(proto.has_evaluation());
  segment.evaluation = {.state = SegmentEvaluation::State::kRunning, .start_time = absl::FromUnixSeconds(200)};
  ToProto(segment, &proto);
  EXPECT_EQ(proto.evaluation().state(), v1::SegmentEvaluation::STATE_RUNNING);
  EXPECT_EQ(proto.evaluation().start_time().seconds(), 200);
  EXPECT_FALSE(proto.evaluation().has_end_time());
  EXPECT_FALSE(proto.evaluation().has_users_total()) << "not counted";
  segment.evaluation = {.state = SegmentEvaluation::State::kDone,
                        .start_time = absl::FromUnixSeconds(200),
                        .end_time = absl::FromUnixSeconds(300),
                        .users_examined = 7,
                        .users_total = 7};
  ToProto(segment, &proto);
  EXPECT_EQ(proto.evaluation().state(), v1::SegmentEvaluation::STATE_DONE);
  EXPECT_EQ(proto.evaluation().end_time().seconds(), 300);
  EXPECT_EQ(proto.evaluation().users_examined(), 7);
  EXPECT_EQ(proto.evaluation().users_total(), 7);
}

TEST(WireSegmentTest, AnEtagIsOneThatTheServerGave) {
  for (const char* etag : {"0", "-1", "x", "01", " 1", "1 "}) {
    v1::Segment proto;
    proto.set_etag(etag);
    EXPECT_EQ(RejectionField(FromProto("acme", proto).status()), "etag") << etag;
  }
  EXPECT_EQ(FromProto("acme", v1::Segment())->revision, 0);
}

}  // namespace
}  // namespace cadenza
