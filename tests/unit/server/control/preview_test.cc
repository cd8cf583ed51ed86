#include "server/control/preview.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string_view>

#include "storage/codec/profile_codec.h"
#include "storage/fault_store.h"
#include "storage/memory/memory_store.h"
#include "storage/model/profile.h"
#include "storage/model/rejection.h"

namespace cadenza {
namespace {

using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);
const UserKey kAda = UserKey::User("w", "ada");

Campaign Pizza() {
  Campaign campaign;
  campaign.workspace = "w";
  campaign.campaign_id = "pizza";
  campaign.trigger = {Trigger::Kind::kEventName, "order_placed", ""};
  campaign.condition = "user.event_count(\"order_placed\") == 1";
  campaign.message.channel = "push";
  campaign.message.body = "{{ user.attributes.first_name }}, it is in the oven.";
  campaign.message.time_to_live = absl::Hours(1);
  campaign.revision = 1;
  return campaign;
}

Input Order(const UserKey& user) {
  Input input;
  input.user = user;
  input.time = absl::InfinitePast();
  input.payload = CustomEvent{"order_placed", {}};
  return input;
}

class PreviewTest : public ::testing::Test {
 protected:
  void Save(const UserKey& key, ProfileRow row) {
    CommitBatch batch;
    batch.journal = *memory_.OpenJournal();
    batch.journal_seq = 1;
    batch.profiles.push_back({key, 0, std::move(row)});
    auto result = memory_.Commit(batch);
    ASSERT_TRUE(result.ok() && !result->conflicted[0]);
  }
  void SaveAda() {
    Profile profile;
    profile.key = kAda;
    profile.version = 3;
    profile.create_time = kNow - absl::Hours(1);
    profile.attributes = ValueMap{{"first_name", Value::String("Ada")}};
    Save(kAda, {3, "", EncodeProfile(profile)});
  }

  ManualClock clock_{kNow};
  MemoryStore memory_;
  FaultStore store_{&memory_};
  Previewer previewer_{Previewer::Options{[](std::string_view) { return absl::Minutes(30); }}, &store_, &clock_};
};

TEST_F(PreviewTest, ShowsTheMessageAndEveryGate) {
  SaveAda();
  absl::StatusOr<Preview> preview = previewer_.Run(Pizza(), Order(kAda));
  ASSERT_TRUE(preview.ok()) << preview.status();
  ASSERT_TRUE(preview->message.has_value());
  EXPECT_EQ(preview->message->body, "Ada, it is in the oven.");
  EXPECT_EQ(preview->message->create_time, kNow);
  std::vector<std::string> gates;
  for (const GateVerdict& gate : preview->decision.gates) {
    EXPECT_TRUE(gate.passed) << GateName(gate.gate);
    gates.emplace_back(GateName(gate.gate));
  }
  EXPECT_THAT(gates, ::testing::ElementsAre("trigger", "condition", "subscription", "re_eligibility", "render"));
  EXPECT_EQ(preview->decision.outcome, DecisionOutcome::kSent);
  EXPECT_EQ(preview->decision.message_id, preview->message->message_id);
}

TEST_F(PreviewTest, ALaunchWaitsForTheUsersClock) {
  Campaign campaign = Pizza();
  campaign.condition = "";
  campaign.message.body = "Good evening";
  campaign.trigger = {};
  campaign.trigger.kind = Trigger::Kind::kSchedule;
  campaign.trigger.schedule = {Schedule::Kind::kLocalCron, {}, "0 18 * * *", "", ""};
  const auto launched = [&](std::string local_time) {
    Input input = Order(kAda);
    input.payload = CampaignLaunch{"pizza", {}, std::move(local_time), true};
    auto preview = previewer_.Run(campaign, std::move(input));
    EXPECT_TRUE(preview.ok()) << preview.status();
    return *std::move(preview);
  };
  // It is 2027-01-15T08:00Z, and her clock is UTC.
  const Preview waits = launched("2027-01-15T18:00");
  EXPECT_EQ(waits.decision.outcome, DecisionOutcome::kWaits);
  EXPECT_EQ(waits.decision.wait_time, kNow + absl::Hours(10));
  EXPECT_FALSE(waits.message.has_value());
  ASSERT_FALSE(waits.decision.gates.empty());
  EXPECT_THAT(waits.decision.gates.back().detail, HasSubstr("when the user's clock shows 2027-01-15T18:00"));
  EXPECT_TRUE(launched("2027-01-15T08:00").message.has_value());
  EXPECT_TRUE(launched("").message.has_value());
  const Preview never = launched("yesterday");
  EXPECT_EQ(never.decision.outcome, DecisionOutcome::kStopped);
  EXPECT_THAT(never.decision.gates.back().detail, HasSubstr("never shows yesterday"));
}

TEST_F(PreviewTest, StopsAtTheGateThatSaysNo) {
  Campaign campaign = Pizza();
  campaign.condition = "user.event_count(\"order_placed\") == 2";
  absl::StatusOr<Preview> preview = previewer_.Run(campaign, Order(kAda));
  ASSERT_TRUE(preview.ok()) << preview.status();
  EXPECT_FALSE(preview->message.has_value());
  ASSERT_FALSE(preview->decision.gates.empty());
  EXPECT_EQ(preview->decision.gates.back().gate, Gate::kCondition);
  EXPECT_FALSE(preview->decision.gates.back().passed);
}

TEST_F(PreviewTest, FollowsANameToItsUser) {
  SaveAda();
  UserKey visitor = UserKey::Anonymous("w", "visitor");
  Save(visitor, {1, kAda.key, ""});
  absl::StatusOr<Preview> preview = previewer_.Run(Pizza(), Order(visitor));
  ASSERT_TRUE(preview.ok()) << preview.status();
  ASSERT_TRUE(preview->message.has_value());
  EXPECT_THAT(preview->message->body, HasSubstr("Ada"));
  EXPECT_EQ(preview->message->user, kAda);
}

TEST_F(PreviewTest, ChangesNothing) {
  SaveAda();
  ProfileRow before = *memory_.Load({{kAda}, {}, true})->rows[0];
  for (int i = 0; i < 2; ++i) {
    absl::StatusOr<Preview> preview = previewer_.Run(Pizza(), Order(kAda));
    ASSERT_TRUE(preview.ok() && preview->message.has_value()) << "the first order, every time";
  }
  EXPECT_EQ(*memory_.Load({{kAda}, {}, true})->rows[0], before);
  EXPECT_EQ(store_.Calls(FaultStore::Call::kCommit), 0);
}

TEST_F(PreviewTest, ErrorsNameTheirSide) {
  Campaign campaign = Pizza();
  campaign.condition = "event.";
  absl::Status status = previewer_.Run(campaign, Order(kAda)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(RejectionField(status), "campaign.condition");

  SaveAda();
  Input increment = Order(kAda);
  increment.payload = AttributeChange{{{{"first_name"}, AttributeOperation::Op::kIncrement, Value::Int(1)}}};
  status = previewer_.Run(Pizza(), increment).status();
  EXPECT_EQ(RejectionReason(status), reasons::kAttributeTypeMismatch);
  EXPECT_TRUE(RejectionField(status).starts_with("input.")) << RejectionField(status);

  FaultStore::Fault away;
  away.error = absl::UnavailableError("away");
  store_.Inject(FaultStore::Call::kLoad, away);
  EXPECT_EQ(previewer_.Run(Pizza(), Order(kAda)).status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(PreviewTest, ABrokenProfileIsSaid) {
  Save(kAda, {1, "", "\xff\xff not a record"});
  EXPECT_EQ(previewer_.Run(Pizza(), Order(kAda)).status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace cadenza
