#include "storage/codec/wire_decision.h"

#include <gtest/gtest.h>

namespace cadenza {
namespace {

TEST(WireDecisionTest, EveryFieldIsShown) {
  Decision decision;
  decision.campaign_id = "knots";
  decision.campaign_revision = 7;
  decision.outcome = DecisionOutcome::kWaits;
  decision.variant_id = "b";
  decision.time = absl::FromUnixSeconds(100);
  decision.user_seq = 12;
  decision.event_id = "order-1";
  decision.wait_time = absl::FromUnixSeconds(200);
  decision.message_id = "0a1b";
  decision.gates = {{Gate::kActiveWindow, true, "from … to …"}, {Gate::kQuietHours, false, "until 08:00"}};
  v1::Decision proto;
  ToProto(decision, &proto);
  EXPECT_EQ(proto.campaign_id(), "knots");
  EXPECT_EQ(proto.campaign_etag(), "7");
  EXPECT_EQ(proto.outcome(), v1::Decision::OUTCOME_WAITS);
  EXPECT_EQ(proto.variant_id(), "b");
  EXPECT_EQ(proto.time().seconds(), 100);
  EXPECT_EQ(proto.user_seq(), 12);
  EXPECT_EQ(proto.event_id(), "order-1");
  EXPECT_EQ(proto.wait_time().seconds(), 200);
  EXPECT_EQ(proto.message_id(), "0a1b");
  ASSERT_EQ(proto.gates_size(), 2);
  EXPECT_EQ(proto.gates(0).gate(), "active_window");
  EXPECT_TRUE(proto.gates(0).passed());
  EXPECT_EQ(proto.gates(1).gate(), "quiet_hours");
  EXPECT_FALSE(proto.gates(1).passed());
  EXPECT_EQ(proto.gates(1).detail(), "until 08:00");
}

TEST(WireDecisionTest, WhatThereIsNotIsAbsent) {
  v1::Decision proto;
  ToProto(Decision(), &proto);
  EXPECT_EQ(proto.campaign_etag(), "") << "of a campaign that is only tried out";
  EXPECT_FALSE(proto.has_wait_time());
}

}  // namespace
}  // namespace cadenza
