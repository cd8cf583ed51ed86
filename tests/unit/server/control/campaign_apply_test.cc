#include "server/control/campaign_apply.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "storage/codec/campaign_codec.h"
#include "storage/codec/profile_codec.h"
#include "storage/fault_store.h"
#include "storage/memory/memory_store.h"
#include "storage/model/rejection.h"

namespace cadenza {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Action = CampaignResult::Action;
using State = Campaign::State;
using Call = FaultStore::Call;

const absl::Time kNow = absl::FromUnixMicros(1'800'000'000'000'001);

DesiredCampaign Wanted(std::string id, State state = State::kUnspecified, std::string body = "In the oven.") {
  DesiredCampaign desired;
  desired.campaign.workspace = "w";
  desired.campaign.campaign_id = std::move(id);
  desired.campaign.state = state;
  desired.campaign.trigger = {Trigger::Kind::kEventName, "order_placed", ""};
  desired.campaign.message.channel = "push";
  desired.campaign.message.body = std::move(body);
  desired.campaign.message.time_to_live = absl::Hours(1);
  return desired;
}

class CampaignApplyTest : public ::testing::Test {
 protected:
  absl::StatusOr<AppliedCampaigns> Apply(const std::vector<DesiredCampaign>& desired, std::string author = "ada") {
    return applier_.Apply("w", {.campaigns = desired}, {.author = std::move(author)});
  }
  std::vector<Action> Actions(const std::vector<DesiredCampaign>& desired) {
    const auto applied = Apply(desired);
    EXPECT_TRUE(applied.ok()) << applied.status();
    std::vector<Action> actions;
    if (applied.ok()) {
      for (const CampaignResult& result : applied->results) actions.push_back(result.action);
    }
    return actions;
  }
  Campaign Stored(const std::string& id) {
    return DecodeCampaign(memory_.campaigns().GetCampaign("w", id).value()).value();
  }
  size_t StoredCount() { return memory_.campaigns().ListCampaigns("w", "", 0, true).value().size(); }

  ManualClock clock_{kNow};
  MemoryStore memory_;
  FaultStore store_{&memory_};
  int changes_ = 0;
  CampaignApplier applier_{
      {.session_gap = [](std::string_view) { return absl::Minutes(30); }, .changed = [this] { ++changes_; }},
      &store_,
      &clock_};
};

TEST_F(CampaignApplyTest, AppliedAgainItChangesNothing) {
  const std::vector<DesiredCampaign> desired = {Wanted("a", State::kActive), Wanted("b"), Wanted("c", State::kPaused)};
  EXPECT_THAT(Actions(desired), ::testing::Each(Action::kCreated));
  EXPECT_EQ(Stored("a").state, State::kActive);
  EXPECT_EQ(Stored("a").activate_time, kNow);
  EXPECT_EQ(Stored("b").state, State::kDraft);
  EXPECT_EQ(Stored("c").state, State::kPaused);
  EXPECT_EQ(changes_, 1);
  clock_.Advance(absl::Seconds(5));
  EXPECT_THAT(Actions(desired), ::testing::Each(Action::kUnchanged));
  EXPECT_EQ(Stored("a").revision, 1);
  EXPECT_EQ(Stored("a").update_time, kNow);
  EXPECT_EQ(changes_, 1);
}

TEST_F(CampaignApplyTest, WhatIsOverStaysAndNothingThatIsOverBecomesActive) {
  DesiredCampaign sale = Wanted("sale", State::kActive);
  sale.campaign.trigger = {};
  sale.campaign.trigger.kind = Trigger::Kind::kSchedule;
  sale.campaign.trigger.schedule = {Schedule::Kind::kAt, kNow + absl::Hours(1), "", "", ""};
  ASSERT_TRUE(Apply({sale}).ok());
  clock_.Advance(absl::Hours(2));
  EXPECT_THAT(Actions({sale}), ::testing::ElementsAre(Action::kUnchanged));
  sale.campaign.message.body = "Over.";
  EXPECT_THAT(Actions({sale}), ::testing::ElementsAre(Action::kUpdated)) << "its trigger is what it was";

  DesiredCampaign fresh = sale;
  fresh.campaign.campaign_id = "fresh";
  const absl::Status refused = Apply({sale, fresh}).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(RejectionField(refused), "campaigns[1].campaign.trigger.schedule.at");
  fresh.campaign.state = State::kDraft;
  EXPECT_THAT(Actions({sale, fresh}), ::testing::ElementsAre(Action::kUnchanged, Action::kCreated));
  sale.campaign.state = State::kPaused;
  ASSERT_TRUE(Apply({sale}).ok());
  sale.campaign.state = State::kActive;
  EXPECT_EQ(RejectionField(Apply({sale}).status()), "campaigns[0].campaign.trigger.schedule.at");
}

TEST_F(CampaignApplyTest, AllOrNothing) {
  Actions({Wanted("a")});
  std::vector<DesiredCampaign> desired = {Wanted("a", State::kActive, "New"), Wanted("b"), Wanted("c")};
  desired[2].campaign.condition = "event.total >";
  const absl::Status status = Apply(desired).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(RejectionField(status), "campaigns[2].campaign.condition");
  EXPECT_EQ(StoredCount(), 1u);
  EXPECT_EQ(Stored("a").revision, 1);
  desired[2] = Wanted("b");
  EXPECT_EQ(RejectionField(Apply(desired).status()), "campaigns[2].campaign.campaign_id");
  EXPECT_EQ(RejectionField(Apply({}).status()), "campaigns");
  EXPECT_EQ(RejectionField(Apply({Wanted("")}).status()), "campaigns[0].campaign.campaign_id");
  EXPECT_EQ(RejectionField(Apply({Wanted("a")}, std::string(256, 'x')).status()), "author");
  EXPECT_EQ(RejectionField(Apply({Wanted("a")}, "a\nb").status()), "author");
  EXPECT_EQ(RejectionField(applier_.Apply("w", {.campaigns = {Wanted("a")}}, {.sample_users = 10'001}).status()),
            "sample_users");
  EXPECT_EQ(changes_, 1);
}

TEST_F(CampaignApplyTest, TheStates) {
  const State all[] = {State::kDraft, State::kActive, State::kPaused, State::kArchived};
  int number = 0;
  for (const State from : all) {
    for (const State to : all) {
      const std::string id = "c" + std::to_string(++number);
      ASSERT_TRUE(Apply({Wanted(id, from)}).ok());
      const absl::Status status = Apply({Wanted(id, to)}).status();
      const bool fine = from == to || (from != State::kArchived && to != State::kDraft);
      EXPECT_EQ(status.code(), fine ? absl::StatusCode::kOk : absl::StatusCode::kFailedPrecondition)
          << id << " " << status;
      EXPECT_EQ(Stored(id).state, fine ? to : from);
    }
  }
  ASSERT_TRUE(Apply({Wanted("gone", State::kArchived)}).ok());
  EXPECT_EQ(Apply({Wanted("gone", State::kUnspecified, "New")}).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(CampaignApplyTest, AnotherTriggerOfAnActiveOneCountsAsItsActivation) {
  Actions({Wanted("a", State::kActive)});
  clock_.Advance(absl::Hours(1));
  Actions({Wanted("a", State::kActive, "New")});
  EXPECT_EQ(Stored("a").activate_time, kNow);
  DesiredCampaign moved = Wanted("a", State::kActive, "New");
  moved.campaign.trigger.event_name = "order_paid";
  Actions({moved});
  EXPECT_EQ(Stored("a").activate_time, kNow + absl::Hours(1));
}

TEST_F(CampaignApplyTest, SaysWhoWasFaster) {
  ASSERT_TRUE(Apply({Wanted("a"), Wanted("b")}, "ada").ok());
  ASSERT_TRUE(Apply({Wanted("a", State::kUnspecified, "Hers")}, "grace@lab").ok());
  DesiredCampaign stale = Wanted("a", State::kUnspecified, "Mine");
  stale.campaign.revision = 1;
  DesiredCampaign fresh = Wanted("b", State::kUnspecified, "Mine");
  fresh.campaign.revision = 1;
  const absl::Status status = Apply({fresh, stale}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(status.message(),
            "campaign a was changed since (its etag is 2, not 1): revision 2 by grace@lab at 2027-01-15 08:00:00Z; "
            "nothing was changed");
  EXPECT_EQ(Stored("b").revision, 1);
  DesiredCampaign fresh_id = Wanted("a");
  fresh_id.must_be_new = true;
  EXPECT_THAT(std::string(Apply({fresh_id}).status().message()), HasSubstr("campaign a exists by now"));
  DesiredCampaign missing = Wanted("z");
  missing.campaign.revision = 3;
  EXPECT_THAT(std::string(Apply({missing}).status().message()), HasSubstr("campaign z does not exist"));
}

TEST_F(CampaignApplyTest, ValidateOnlyTellsAndChangesNothing) {
  Actions({Wanted("a", State::kActive)});
  const auto applied =
      applier_.Apply("w", {.campaigns = {Wanted("a", State::kPaused), Wanted("b")}}, {.validate_only = true});
  ASSERT_TRUE(applied.ok()) << applied.status();
  EXPECT_EQ(applied->results[0].action, Action::kUpdated);
  EXPECT_EQ(applied->results[0].campaign.state, State::kPaused);
  EXPECT_EQ(applied->results[0].campaign.revision, 1);
  EXPECT_EQ(applied->results[0].previous->state, State::kActive);
  EXPECT_EQ(applied->results[1].action, Action::kCreated);
  EXPECT_FALSE(applied->results[1].previous.has_value());
  EXPECT_EQ(StoredCount(), 1u);
  EXPECT_EQ(changes_, 1);
}

TEST_F(CampaignApplyTest, AnUnknownOutcomeIsLookedUp) {
  for (const bool did_it : {true, false}) {
    const std::string id = did_it ? "did" : "did_not";
    store_.Inject(Call::kCampaigns, {});  // the read
    FaultStore::Fault lost;
    lost.error = absl::UnknownError("connection lost");
    lost.do_it = did_it;
    store_.Inject(Call::kCampaigns, lost);
    DesiredCampaign desired = Wanted(id);
    desired.must_be_new = true;
    const auto applied = Apply({desired});
    ASSERT_TRUE(applied.ok()) << applied.status();
    EXPECT_EQ(applied->results[0].action, Action::kCreated);
    EXPECT_EQ(Stored(id).revision, 1);
  }
  EXPECT_EQ(changes_, 2);
  FaultStore::Fault down;
  down.error = absl::UnavailableError("down");
  store_.InjectAlways(Call::kCampaigns, down);
  EXPECT_EQ(Apply({Wanted("a")}).status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(CampaignApplyTest, WarnsOfWhatNobodyHasAndOfRunningTests) {
  Profile profile;
  profile.key = UserKey::User("w", "ada");
  profile.version = 1;
  profile.create_time = kNow;
  profile.attributes = ValueMap({{"plan", Value::String("gold")}});
  CommitBatch batch;
  batch.journal = memory_.OpenJournal().value();
  batch.journal_seq = 1;
  batch.profiles.push_back({.key = profile.key, .row = {1, "", EncodeProfile(profile)}});
  ASSERT_TRUE(memory_.Commit(batch).ok());

  DesiredCampaign desired = Wanted("a", State::kActive);
  desired.campaign.audience = "user.attributes.plann == 'gold'";
  desired.campaign.message = MessageTemplate();
  for (const char* id : {"x", "y"}) desired.campaign.variants.push_back({id, 1, false, Wanted("a").campaign.message});
  const auto applied = applier_.Apply("w", {.campaigns = {desired}}, {.sample_users = 10});
  ASSERT_TRUE(applied.ok()) << applied.status();
  EXPECT_EQ(applied->users_examined, 1);
  EXPECT_TRUE(applied->all_users_examined);
  const auto& warnings = applied->results[0].warnings;
  ASSERT_THAT(warnings, SizeIs(3));
  EXPECT_THAT(warnings[0].message, HasSubstr("'plann' is in none of the profiles of all 1 user; did you mean 'plan'?"));
  EXPECT_EQ(warnings[1].field, "trigger.event_name");
  EXPECT_EQ(warnings[2].field, "audience");
  desired.campaign.variants[0].weight = 3;
  const auto edited = applier_.Apply("w", {.campaigns = {desired}}, {.validate_only = true});
  ASSERT_TRUE(edited.ok()) << edited.status();
  ASSERT_THAT(edited->results[0].warnings, SizeIs(1));
  EXPECT_THAT(edited->results[0].warnings[0].message, HasSubstr("the weights change"));
  EXPECT_EQ(edited->users_examined, 0);
}

TEST_F(CampaignApplyTest, VersionsAndRollback) {
  ASSERT_TRUE(Apply({Wanted("a", State::kUnspecified, "One")}, "ada").ok());
  clock_.Advance(absl::Seconds(1));
  ASSERT_TRUE(Apply({Wanted("a", State::kActive, "Two")}, "grace").ok());
  const auto result = applier_.Rollback("w", "a", 1, 2, "edsger");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->previous->message.body, "Two");
  EXPECT_EQ(Stored("a").message.body, "One");
  EXPECT_EQ(Stored("a").state, State::kActive) << "the state stays";
  EXPECT_EQ(Stored("a").revision, 3);
  const auto versions = applier_.ListVersions("w", "a", 0, 10);
  ASSERT_TRUE(versions.ok());
  ASSERT_THAT(*versions, SizeIs(3));
  const char* const authors[] = {"edsger", "grace", "ada"};
  const char* const bodies[] = {"One", "Two", "One"};
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ((*versions)[i].author, authors[i]);
    EXPECT_EQ((*versions)[i].campaign.message.body, bodies[i]);
    EXPECT_EQ((*versions)[i].campaign.revision, 3 - static_cast<int64_t>(i));
  }
  EXPECT_EQ((*versions)[2].campaign.update_time, kNow);
  EXPECT_THAT(applier_.ListVersions("w", "a", 3, 1).value().at(0).author, "grace");
  EXPECT_THAT(applier_.ListVersions("w", "a", 1, 10).value(), IsEmpty());

  EXPECT_EQ(applier_.Rollback("w", "a", 9, 0, "").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(applier_.Rollback("w", "none", 1, 0, "").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(applier_.ListVersions("w", "none", 0, 10).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(applier_.Rollback("w", "a", 2, 1, "").status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(applier_.Rollback("w", "a", 1, 0, "")->action, Action::kUnchanged);
  ASSERT_TRUE(Apply({Wanted("a", State::kArchived, "One")}).ok());
  EXPECT_EQ(applier_.Rollback("w", "a", 2, 0, "").status().code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace cadenza
