#include "server/control/segment_admin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/memory/memory_store.h"
#include "storage/model/rejection.h"

namespace cadenza {
namespace {

using ::testing::HasSubstr;
using State = Segment::State;

const absl::Time kNow = absl::FromUnixMicros(1'800'000'000'000'001);

Segment Vip(std::string id = "vip") {
  Segment segment;
  segment.workspace = "w";
  segment.segment_id = std::move(id);
  segment.condition = "user.event_count(\"order_placed\") >= 3";
  return segment;
}

class SegmentAdminTest : public ::testing::Test {
 protected:
  Segment Create(std::string id = "vip") {
    absl::StatusOr<Segment> created = admin_.Create(Vip(std::move(id)));
    EXPECT_TRUE(created.ok()) << created.status();
    return created.value_or(Segment());
  }
  SegmentEvaluation::State EvaluationOf(std::string_view id) { return admin_.Get("w", id)->evaluation.state; }

  ManualClock clock_{kNow};
  MemoryStore store_{{.clock = &clock_}};
  int changes_ = 0;
  SegmentAdmin admin_{&store_, &clock_, [this] { ++changes_; }};
};

TEST_F(SegmentAdminTest, GoesThroughItsStates) {
  EXPECT_EQ(Create().state, State::kDraft);
  EXPECT_EQ(Create("other").revision, 1);
  EXPECT_EQ(EvaluationOf("vip"), SegmentEvaluation::State::kNone);
  const absl::StatusOr<Segment> active = admin_.Activate("w", "vip", 0);
  ASSERT_TRUE(active.ok()) << active.status();
  EXPECT_EQ(active->state, State::kActive);
  EXPECT_EQ(active->revision, 2);
  EXPECT_EQ(active->evaluation.state, SegmentEvaluation::State::kRunning);
  EXPECT_EQ(active->evaluation.start_time, kNow);
  EXPECT_TRUE(absl::IsFailedPrecondition(admin_.Activate("w", "vip", 0).status()));
  EXPECT_EQ(admin_.Archive("w", "vip", 0)->state, State::kArchived);
  EXPECT_EQ(EvaluationOf("vip"), SegmentEvaluation::State::kRunning) << "its users are to leave";
  EXPECT_TRUE(absl::IsFailedPrecondition(admin_.Activate("w", "vip", 0).status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(admin_.Update(Vip()).status()));
  EXPECT_EQ(admin_.Archive("w", "vip", 0)->revision, 3) << "it is already";
  EXPECT_EQ(admin_.Archive("w", "other", 0)->evaluation.state, SegmentEvaluation::State::kNone)
      << "nobody was ever in a draft";
  EXPECT_EQ(changes_, 5);
}

TEST_F(SegmentAdminTest, AnotherConditionOfAnActiveOneIsEvaluatedAnotherNameIsNot) {
  Create();
  ASSERT_TRUE(admin_.Activate("w", "vip", 0).ok());
  auto held = store_.segments().ClaimEvaluation("p", absl::Minutes(1), absl::ZeroDuration());
  ASSERT_TRUE(held.ok() && held->has_value());
  ASSERT_TRUE(store_.segments().FinishEvaluation(**held, "p").ok());
  Segment changed = Vip();
  changed.display_name = "Important";
  ASSERT_TRUE(admin_.Update(changed).ok());
  EXPECT_EQ(EvaluationOf("vip"), SegmentEvaluation::State::kDone);
  changed.condition = "true";
  ASSERT_TRUE(admin_.Update(changed).ok());
  EXPECT_EQ(EvaluationOf("vip"), SegmentEvaluation::State::kRunning);
  EXPECT_EQ(admin_.Get("w", "vip")->condition, "true");
  EXPECT_EQ(admin_.Get("w", "vip")->display_name, "Important");
}

TEST_F(SegmentAdminTest, ADraftIsChangedWithoutAnEvaluation) {
  Create();
  Segment changed = Vip();
  changed.condition = "true";
  ASSERT_TRUE(admin_.Update(changed).ok());
  EXPECT_EQ(EvaluationOf("vip"), SegmentEvaluation::State::kNone);
}

TEST_F(SegmentAdminTest, RefusesByName) {
  Create();
  EXPECT_TRUE(absl::IsAlreadyExists(admin_.Create(Vip()).status()));
  EXPECT_TRUE(absl::IsNotFound(admin_.Get("w", "none").status()));
  EXPECT_TRUE(absl::IsNotFound(admin_.Activate("w", "none", 0).status()));
  EXPECT_TRUE(absl::IsNotFound(admin_.Count("w", "none").status()));
  EXPECT_TRUE(absl::IsNotFound(admin_.ListUsers("w", "none", 0, "").status()));
  EXPECT_TRUE(absl::IsNotFound(admin_.Get("v", "vip").status())) << "another workspace";
  EXPECT_TRUE(absl::IsAborted(admin_.Activate("w", "vip", 7).status()));
  Segment bad = Vip("bad");
  bad.condition = "event.name == \"x\"";
  EXPECT_EQ(RejectionField(admin_.Create(bad).status()), "condition");
  EXPECT_EQ(RejectionField(admin_.Get("w", "").status()), "segment_id");
  EXPECT_EQ(RejectionField(admin_.List("w", -1, "", false).status()), "page_size");
  EXPECT_EQ(RejectionField(admin_.List("w", 0, std::string(64, 'x'), false).status()), "page_token");
}

TEST_F(SegmentAdminTest, AWorkspaceHas256ActiveOnesAtMost) {
  for (int i = 0; i < 257; ++i) Create("s" + std::to_string(i));
  for (int i = 0; i < 256; ++i) ASSERT_TRUE(admin_.Activate("w", "s" + std::to_string(i), 0).ok());
  const absl::Status status = admin_.Activate("w", "s256", 0).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("256 active"));
  ASSERT_TRUE(admin_.Archive("w", "s7", 0).ok());
  EXPECT_TRUE(admin_.Activate("w", "s256", 0).ok());
}

TEST_F(SegmentAdminTest, ListsByPage) {
  for (const char* id : {"c", "a", "b"}) Create(id);
  ASSERT_TRUE(admin_.Archive("w", "b", 0).ok());
  const absl::StatusOr<SegmentPage> first = admin_.List("w", 1, "", false);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->segments[0].segment_id, "a");
  EXPECT_EQ(first->next_page_token, "a");
  const absl::StatusOr<SegmentPage> second = admin_.List("w", 1, first->next_page_token, false);
  EXPECT_EQ(second->segments[0].segment_id, "c");
  EXPECT_EQ(second->next_page_token, "");
  EXPECT_EQ(admin_.List("w", 0, "", true)->segments.size(), 3u);
}

}  // namespace
}  // namespace cadenza
