#include "server/control/definition_apply.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/control/campaign_apply.h"
#include "storage/base/text.h"
#include "storage/codec/profile_codec.h"
#include "storage/codec/wire_workspace.h"
#include "storage/fault_store.h"
#include "storage/memory/memory_store.h"
#include "storage/model/limits.h"
#include "storage/model/rejection.h"

namespace cadenza {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Call = FaultStore::Call;
using State = Segment::State;

const absl::Time kNow = absl::FromUnixMicros(1'800'000'000'000'001);

DesiredSegment Group(std::string id, State state = State::kUnspecified, std::string condition = "true") {
  DesiredSegment desired;
  desired.segment.workspace = "w";
  desired.segment.segment_id = std::move(id);
  desired.segment.state = state;
  desired.segment.condition = std::move(condition);
  return desired;
}

DesiredContentBlock Block(std::string id, std::string content) {
  DesiredContentBlock desired;
  desired.content_block.workspace = "w";
  desired.content_block.content_block_id = std::move(id);
  desired.content_block.content = std::move(content);
  return desired;
}

DesiredSettings Settings(int holdout, std::optional<int64_t> revision = std::nullopt) {
  DesiredSettings desired;
  desired.settings.workspace = "w";
  desired.settings.holdout.basis_points = holdout;
  desired.revision = revision;
  return desired;
}

DesiredCampaign OnOrder(std::string id, std::string body, std::string audience = "") {
  DesiredCampaign desired;
  desired.campaign.workspace = "w";
  desired.campaign.campaign_id = std::move(id);
  desired.campaign.state = Campaign::State::kActive;
  desired.campaign.trigger = {Trigger::Kind::kEventName, "order_placed", ""};
  desired.campaign.audience = std::move(audience);
  desired.campaign.message.channel = "push";
  desired.campaign.message.body = std::move(body);
  desired.campaign.message.time_to_live = absl::Hours(1);
  return desired;
}

class DefinitionApplyTest : public ::testing::Test {
 protected:
  absl::StatusOr<AppliedCampaigns> Apply(const DesiredState& desired, const ApplyOptions& options = {}) {
    return applier_.Apply("w", desired, options);
  }
  // What was done, in order: settings, content blocks, segments, campaigns.
  std::vector<ApplyAction> Actions(const DesiredState& desired) {
    std::vector<ApplyAction> actions;
    const auto applied = Apply(desired);
    EXPECT_TRUE(applied.ok()) << applied.status();
    if (!applied.ok()) return actions;
    const DefinitionResults& others = applied->definitions;
    if (others.settings.has_value()) actions.push_back(others.settings->action);
    for (const auto& result : others.content_blocks) actions.push_back(result.action);
    for (const auto& result : others.segments) actions.push_back(result.action);
    for (const auto& result : applied->results) actions.push_back(result.action);
    return actions;
  }
  std::string FieldOf(const DesiredState& desired) { return RejectionField(Apply(desired).status()); }
  Segment Stored(const std::string& id) { return memory_.segments().GetSegment("w", id).value(); }
  size_t StoredCount() {
    return memory_.segments().ListSegments("w", "", 0, true)->size() +
           memory_.content().ListContentBlocks("w", "", 0)->size() + memory_.workspaces().ListSettings()->size() +
           memory_.campaigns().ListCampaigns("w", "", 0, true)->size();
  }
  void AddUser(const std::string& id, const std::string& plan) {
    Profile profile;
    profile.key = {"w", "u:" + id};
    profile.attributes = ValueMap({{"plan", Value::String(plan)}});
    CommitBatch batch;
    batch.journal = memory_.OpenJournal().value();
    batch.journal_seq = 1;
    batch.profiles.push_back({.key = profile.key, .row = {1, "", EncodeProfile(profile)}});
    ASSERT_TRUE(memory_.Commit(batch).ok());
  }

  static constexpr ApplyAction kCreated = ApplyAction::kCreated;
  static constexpr ApplyAction kUpdated = ApplyAction::kUpdated;
  static constexpr ApplyAction kUnchanged = ApplyAction::kUnchanged;

  ManualClock clock_{kNow};
  MemoryStore memory_;
  FaultStore store_{&memory_};
  int changes_ = 0;
  CampaignApplier applier_{
      {.session_gap = [](std::string_view) { return absl::Minutes(30); }, .changed = [this] { ++changes_; }},
      &store_,
      &clock_};
};

TEST_F(DefinitionApplyTest, EveryKindIsAppliedOnceAndTogether) {
  const DesiredState desired = {
      .campaigns = {OnOrder("thanks", "Thanks. {{content_blocks.${footer}}}", "user.in_segment(\"vip\")")},
      .definitions = {.settings = Settings(500),
                      // One names one that stands after it.
                      .content_blocks = {Block("footer", "{{content_blocks.${name}}}"), Block("name", "The Shop")},
                      .segments = {Group("vip", State::kActive), Group("rest")}}};
  EXPECT_THAT(Actions(desired), ElementsAre(kCreated, kCreated, kCreated, kCreated, kCreated, kCreated));
  EXPECT_EQ(changes_, 1);
  EXPECT_EQ(Stored("vip").state, State::kActive);
  EXPECT_EQ(Stored("vip").evaluation.state, SegmentEvaluation::State::kRunning);
  EXPECT_EQ(Stored("vip").evaluation.start_time, kNow);
  EXPECT_EQ(Stored("rest").state, State::kDraft);
  EXPECT_EQ(Stored("rest").evaluation.state, SegmentEvaluation::State::kNone);
  EXPECT_EQ(memory_.content().GetContentBlock("w", "name")->content, "The Shop");
  EXPECT_EQ(memory_.workspaces().GetSettings("w")->revision, 1);

  clock_.Advance(absl::Seconds(5));
  EXPECT_THAT(Actions(desired), ::testing::Each(kUnchanged));
  EXPECT_EQ(changes_, 1);
  EXPECT_EQ(Stored("vip").update_time, kNow);
}

TEST_F(DefinitionApplyTest, WhatIsWrongKeepsAllAsItWas) {
  const struct {
    DesiredDefinitions definitions;
    std::string field;
  } cases[] = {
      {{.settings = Settings(10'001)}, "settings.holdout.basis_points"},
      {{.content_blocks = {Block("a", "Hello"), Block("b", "{{ 'x' | ")}}, "content_blocks[1].content_block.content"},
      {{.content_blocks = {Block("a", "{{content_blocks.${none}}}")}}, "content_blocks[0].content_block.content"},
      {{.content_blocks = {Block("a", "")}}, "content_blocks[0].content_block.content"},
      {{.content_blocks = {Block("a", "{{content_blocks.${b}}}"), Block("b", "{{content_blocks.${a}}}")}},
       "content_blocks"},
      {{.content_blocks = {Block("a", "1"), Block("a", "2")}}, "content_blocks[1].content_block.content_block_id"},
      {{.content_blocks = {Block("", "1")}}, "content_blocks[0].content_block.content_block_id"},
      {{.segments = {Group("vip"), Group("bad", State::kActive, "user.attributes.")}}, "segments[1].segment.condition"},
      {{.segments = {Group("vip", State::kActive, "event.name == \"a\"")}}, "segments[0].segment.condition"},
      {{.segments = {Group("vip"), Group("vip")}}, "segments[1].segment.segment_id"},
      {{.segments = {Group(std::string(64, 'a'))}}, "segments[0].segment.segment_id"},
  };
  for (const auto& [definitions, field] : cases) {
    EXPECT_EQ(FieldOf({.campaigns = {OnOrder("thanks", "Thanks")}, .definitions = definitions}), field);
    EXPECT_EQ(StoredCount(), 0u) << field;
  }
  EXPECT_EQ(FieldOf({.campaigns = {OnOrder("thanks", "{{content_blocks.${none}}}")}, .definitions = {}}),
            "campaigns[0].campaign.message.body");
  EXPECT_EQ(FieldOf({.campaigns = {}, .definitions = {}}), "campaigns");
  EXPECT_EQ(changes_, 0);
}

TEST_F(DefinitionApplyTest, TheStatesOfSegments) {
  const State all[] = {State::kDraft, State::kActive, State::kArchived};
  int number = 0;
  for (const State from : all) {
    for (const State to : all) {
      const std::string id = StrCat("s", ++number);
      ASSERT_TRUE(Apply({.campaigns = {}, .definitions = {.segments = {Group(id, from)}}}).ok());
      const absl::Status status = Apply({.campaigns = {}, .definitions = {.segments = {Group(id, to)}}}).status();
      const bool fine = from == to || (from != State::kArchived && to != State::kDraft);
      EXPECT_EQ(status.code(), fine ? absl::StatusCode::kOk : absl::StatusCode::kFailedPrecondition) << id << status;
      EXPECT_EQ(Stored(id).state, fine ? to : from);
    }
  }
}

// As SegmentAdmin does: who is there is looked at when what he is asked changes.
TEST_F(DefinitionApplyTest, ASegmentIsEvaluatedWhenItsUsersCanChange) {
  const struct {
    DesiredSegment before;
    DesiredSegment after;
    bool evaluated;
  } cases[] = {
      {Group("s", State::kDraft), Group("s", State::kDraft, "false"), false},
      {Group("s", State::kDraft), Group("s", State::kActive), true},
      {Group("s", State::kActive), Group("s", State::kUnspecified, "false"), true},
      {Group("s", State::kActive), Group("s", State::kArchived), true},
      {Group("s", State::kDraft), Group("s", State::kArchived), false},
  };
  int number = 0;
  for (auto [before, after, evaluated] : cases) {
    before.segment.segment_id = after.segment.segment_id = StrCat("s", ++number);
    ASSERT_TRUE(Apply({.campaigns = {}, .definitions = {.segments = {before}}}).ok());
    clock_.Advance(absl::Seconds(5));
    ASSERT_TRUE(Apply({.campaigns = {}, .definitions = {.segments = {after}}}).ok());
    EXPECT_EQ(Stored(before.segment.segment_id).evaluation.start_time == clock_.Now(), evaluated) << number;
  }
  // Another name is nothing to look at.
  DesiredSegment named = Group("s1", State::kActive);
  ASSERT_TRUE(Apply({.campaigns = {}, .definitions = {.segments = {named}}}).ok());
  const SegmentEvaluation evaluation = Stored("s1").evaluation;
  clock_.Advance(absl::Seconds(5));
  named.segment.display_name = "Everybody";
  EXPECT_THAT(Actions({.campaigns = {}, .definitions = {.segments = {named}}}), ElementsAre(kUpdated));
  EXPECT_EQ(Stored("s1").evaluation, evaluation);
}

TEST_F(DefinitionApplyTest, AWorkspaceHasRoomForSoManyActiveSegments) {
  DesiredDefinitions all;
  for (size_t i = 0; i < limits::kActiveSegments; ++i) all.segments.push_back(Group(StrCat("s", i), State::kActive));
  ASSERT_TRUE(Apply({.campaigns = {}, .definitions = all}).ok());
  const absl::Status full =
      Apply({.campaigns = {}, .definitions = {.segments = {Group("more", State::kActive)}}}).status();
  EXPECT_EQ(full.code(), absl::StatusCode::kFailedPrecondition) << full;
  // One goes, one comes.
  EXPECT_THAT(Actions({.campaigns = {},
                       .definitions = {.segments = {Group("more", State::kActive), Group("s0", State::kArchived)}}}),
              ElementsAre(kCreated, kUpdated));
}

TEST_F(DefinitionApplyTest, ARevisionThatIsNotTheCurrentOneIsRefused) {
  ASSERT_TRUE(Apply({.campaigns = {OnOrder("thanks", "Thanks")},
                     .definitions = {.settings = Settings(1, 0),
                                     .content_blocks = {Block("footer", "Bye")},
                                     .segments = {Group("vip")}}})
                  .ok());
  DesiredState stale = {.campaigns = {OnOrder("thanks", "New")},
                        .definitions = {.settings = Settings(2, 0),
                                        .content_blocks = {Block("footer", "New"), Block("none", "New")},
                                        .segments = {Group("vip", State::kActive)}}};
  stale.definitions.content_blocks[0].content_block.revision = 7;
  stale.definitions.content_blocks[1].content_block.revision = 1;
  stale.definitions.segments[0].must_be_new = true;
  const absl::Status status = Apply(stale).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("the settings were changed since (their etag is 1, not 0); content block footer was changed "
                        "since (its etag is 1, not 7); content block none does not exist; segment vip exists by now "
                        "(its etag is 1); nothing was changed"));
  EXPECT_EQ(memory_.campaigns().GetCampaign("w", "thanks")->revision, 1);
  stale.definitions.settings->revision = 1;
  stale.definitions.content_blocks[0].content_block.revision = 1;
  stale.definitions.content_blocks[1].content_block.revision = 0;
  stale.definitions.content_blocks[1].must_be_new = true;
  stale.definitions.segments[0].must_be_new = false;
  EXPECT_THAT(Actions(stale), ElementsAre(kUpdated, kUpdated, kCreated, kUpdated, kUpdated));
}

TEST_F(DefinitionApplyTest, AnUnknownOutcomeIsResolved) {
  int round = 0;
  for (const bool did_it : {true, false, true}) {
    ++round;
    // The read of the campaign, then the put.
    store_.Inject(Call::kCampaigns, {});
    store_.Inject(Call::kCampaigns, {.error = absl::UnknownError("lost"), .do_it = did_it, .delay = {}, .before = {}});
    const auto applied = Apply({.campaigns = {OnOrder("thanks", StrCat("Thanks ", round))},
                                .definitions = {.settings = Settings(round),
                                                .content_blocks = {Block("footer", StrCat("Bye ", round))},
                                                .segments = {Group("vip", State::kActive, StrCat(round, " > 0"))}}});
    ASSERT_TRUE(applied.ok()) << applied.status();
    EXPECT_EQ(applied->definitions.segments[0].now.revision, round);
    EXPECT_EQ(Stored("vip").revision, round);
    EXPECT_EQ(Stored("vip").condition, StrCat(round, " > 0"));
    EXPECT_EQ(memory_.content().GetContentBlock("w", "footer")->content, StrCat("Bye ", round));
    EXPECT_EQ(memory_.workspaces().GetSettings("w")->revision, round);
    EXPECT_EQ(memory_.campaigns().GetCampaign("w", "thanks")->revision, round);
    EXPECT_EQ(changes_, round);
  }
}

TEST_F(DefinitionApplyTest, ValidateOnlyTellsAndChangesNothing) {
  const auto told = Apply({.campaigns = {},
                           .definitions = {.settings = Settings(1),
                                           .content_blocks = {Block("footer", "{{ nobody }}")},
                                           .segments = {Group("vip", State::kActive)}}},
                          {.validate_only = true});
  ASSERT_TRUE(told.ok()) << told.status();
  EXPECT_EQ(told->definitions.settings->action, kCreated);
  EXPECT_EQ(told->definitions.settings->now.revision, 0);
  EXPECT_THAT(told->definitions.content_blocks[0].warnings, SizeIs(1));
  EXPECT_EQ(told->definitions.segments[0].now.revision, 0);
  EXPECT_EQ(StoredCount(), 0u);
}

TEST_F(DefinitionApplyTest, WarnsOfSegmentsThatNobodyWouldBeIn) {
  AddUser("ada", "gold");
  AddUser("grace", "silver");
  DesiredState desired = {.campaigns = {OnOrder("a", "Hello", "user.in_segment(\"vip\")"),
                                        OnOrder("b", "Hello", "user.in_segment(\"no\")")},
                          .definitions = {.segments = {Group("vip", State::kActive, "user.attributes.plan == \"gold\""),
                                                       Group("no", State::kActive, "user.attributes.plam == \"none\""),
                                                       Group("draft", State::kDraft, "false")}}};
  const auto told = Apply(desired, {.validate_only = true, .author = {}, .sample_users = 10});
  ASSERT_TRUE(told.ok()) << told.status();
  const std::vector<ApplyResult<Segment>>& segments = told->definitions.segments;
  EXPECT_THAT(segments[0].warnings, IsEmpty());
  ASSERT_THAT(segments[1].warnings, SizeIs(2));
  EXPECT_EQ(segments[1].warnings[0].field, "condition");
  EXPECT_THAT(segments[1].warnings[0].message, HasSubstr("did you mean 'plan'?"));
  EXPECT_EQ(segments[1].warnings[1].message, "nobody is in it now, of the profiles of all 2 users");
  EXPECT_THAT(segments[2].warnings, IsEmpty());
  // The audiences are asked as the segments will be.
  const auto is_empty = [](const CampaignResult& result) {
    return std::any_of(result.warnings.begin(), result.warnings.end(),
                       [](const rules::TemplateWarning& warning) { return warning.field == "audience"; });
  };
  EXPECT_FALSE(is_empty(told->results[0]));
  EXPECT_TRUE(is_empty(told->results[1]));
}

}  // namespace
}  // namespace cadenza
