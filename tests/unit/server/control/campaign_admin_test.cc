#include "server/control/campaign_admin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "storage/codec/campaign_codec.h"
#include "storage/fault_store.h"
#include "storage/memory/memory_store.h"
#include "storage/model/rejection.h"

namespace cadenza {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using State = Campaign::State;
using Call = FaultStore::Call;

const absl::Time kNow = absl::FromUnixMicros(1'800'000'000'000'001);

Campaign Pizza(std::string id = "pizza") {
  Campaign campaign;
  campaign.workspace = "w";
  campaign.campaign_id = std::move(id);
  campaign.display_name = "Pizza";
  campaign.trigger = {Trigger::Kind::kEventName, "order_placed", ""};
  campaign.message.channel = "push";
  campaign.message.body = "In the oven.";
  campaign.message.time_to_live = absl::Hours(1);
  return campaign;
}

FaultStore::Fault Unknown(bool did_it) {
  FaultStore::Fault fault;
  fault.error = absl::UnknownError("connection lost");
  fault.do_it = did_it;
  return fault;
}

// A store that lets another editor in just before a change is put.
class RacingStore : public FaultStore, public CampaignStore {
 public:
  using FaultStore::FaultStore;
  CampaignStore& campaigns() override { return *this; }
  absl::StatusOr<std::vector<CampaignRow>> ListCampaigns(std::string_view workspace, std::string_view after, int limit,
                                                         bool with_archived) override {
    return FaultStore::campaigns().ListCampaigns(workspace, after, limit, with_archived);
  }
  absl::StatusOr<CampaignRow> GetCampaign(std::string_view workspace, std::string_view campaign_id) override {
    return FaultStore::campaigns().GetCampaign(workspace, campaign_id);
  }
  absl::Status PutCampaigns(const std::vector<CampaignRow>& rows) override {
    if (before_put) std::exchange(before_put, nullptr)();
    return FaultStore::campaigns().PutCampaigns(rows);
  }
  absl::StatusOr<std::vector<CampaignRow>> ListVersions(std::string_view workspace, std::string_view campaign_id,
                                                        int64_t before, int limit) override {
    return FaultStore::campaigns().ListVersions(workspace, campaign_id, before, limit);
  }
  absl::StatusOr<CampaignRow> GetVersion(std::string_view workspace, std::string_view campaign_id,
                                         int64_t revision) override {
    return FaultStore::campaigns().GetVersion(workspace, campaign_id, revision);
  }
  std::function<void()> before_put;
};

class CampaignAdminTest : public ::testing::Test {
 protected:
  Campaign Create(std::string id = "pizza") {
    absl::StatusOr<Campaign> created = admin_.Create(Pizza(std::move(id)));
    EXPECT_TRUE(created.ok()) << created.status();
    return created.value_or(Campaign());
  }
  absl::StatusOr<Campaign> Stored(const std::string& id = "pizza") {
    const absl::StatusOr<CampaignRow> row = memory_.campaigns().GetCampaign("w", id);
    return row.ok() ? DecodeCampaign(*row) : row.status();
  }
  absl::Status Put(const Campaign& campaign) { return memory_.campaigns().PutCampaign(EncodeCampaign(campaign)); }
  int64_t StoredRevision() { return Stored().value().revision; }

  ManualClock clock_{kNow};
  MemoryStore memory_;
  RacingStore store_{&memory_};
  int changes_ = 0;
  CampaignAdmin admin_{&store_, &clock_, [this] { ++changes_; }};
};

TEST_F(CampaignAdminTest, CreateMakesADraft) {
  Campaign campaign = Pizza();
  campaign.state = State::kActive;
  campaign.revision = 17;
  campaign.create_time = absl::UnixEpoch();
  campaign.cooldown = absl::Seconds(1) + absl::Nanoseconds(1);
  absl::StatusOr<Campaign> created = admin_.Create(campaign);
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_EQ(created->state, State::kDraft);
  EXPECT_EQ(created->revision, 1);
  EXPECT_EQ(created->create_time, kNow);
  EXPECT_EQ(created->update_time, kNow);
  EXPECT_EQ(created->cooldown, absl::Seconds(1));
  EXPECT_EQ(admin_.Get("w", "pizza").value(), *created);
  EXPECT_EQ(changes_, 1);
  EXPECT_EQ(admin_.Create(Pizza()).status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(changes_, 1);
}

TEST_F(CampaignAdminTest, BadOnesAreRefusedAndNameTheField) {
  Campaign campaign = Pizza();
  campaign.condition = "event.total >";
  absl::Status status = admin_.Create(campaign).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(RejectionField(status), HasSubstr("condition"));
  campaign = Pizza();
  campaign.workspace = "";
  EXPECT_EQ(RejectionField(admin_.Create(campaign).status()), "workspace");
  EXPECT_EQ(RejectionField(admin_.Get("w", "").status()), "campaign_id");
  EXPECT_EQ(RejectionField(admin_.Get("", "pizza").status()), "workspace");
  EXPECT_EQ(admin_.Get("w", "none").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(admin_.Activate("w", "none", 0).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(admin_.Update(Pizza()).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(changes_, 0);
}

TEST_F(CampaignAdminTest, AScheduleThatIsOverActivatesNothing) {
  Campaign sale = Pizza();
  sale.trigger = {};
  sale.trigger.kind = Trigger::Kind::kSchedule;
  sale.trigger.schedule = {Schedule::Kind::kAt, kNow - absl::Seconds(1), "", "", ""};
  ASSERT_TRUE(admin_.Create(sale).ok()) << "a draft may hold it";
  const absl::Status late = admin_.Activate("w", "pizza", 0).status();
  EXPECT_EQ(late.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(RejectionField(late), "trigger.schedule.at");
  EXPECT_EQ(Stored()->state, State::kDraft);
  EXPECT_TRUE(admin_.Update(sale).ok());

  sale.trigger.schedule.at = kNow + absl::Seconds(1);
  ASSERT_TRUE(admin_.Update(sale).ok());
  ASSERT_TRUE(admin_.Activate("w", "pizza", 0).ok());
  clock_.Advance(absl::Hours(1));
  // It is over now: what else it has can still be changed, but not its time to another that has passed.
  sale.display_name = "Sale";
  EXPECT_TRUE(admin_.Update(sale).ok());
  sale.trigger.schedule.at = kNow + absl::Minutes(1);
  EXPECT_EQ(RejectionField(admin_.Update(sale).status()), "trigger.schedule.at");
  sale.trigger.schedule.at = kNow + absl::Hours(2);
  EXPECT_TRUE(admin_.Update(sale).ok());
}

TEST_F(CampaignAdminTest, TheStateMachine) {
  struct Step {
    State from;
    bool activate, pause;
  };
  // What may follow; archiving may follow anything.
  const Step steps[] = {{State::kDraft, true, false},
                        {State::kActive, false, true},
                        {State::kPaused, true, false},
                        {State::kArchived, false, false}};
  for (const Step& step : steps) {
    std::string id = "c" + std::to_string(static_cast<int>(step.from));
    auto reset = [&] {
      int64_t revision = Stored(id).value_or(Campaign()).revision;
      Campaign campaign = Pizza(id);
      campaign.state = step.from;
      campaign.revision = revision + 1;
      ASSERT_TRUE(Put(campaign).ok());
    };
    reset();
    absl::StatusOr<Campaign> active = admin_.Activate("w", id, 0);
    EXPECT_EQ(active.ok(), step.activate) << active.status();
    if (active.ok()) {
      EXPECT_EQ(active->state, State::kActive);
    } else {
      EXPECT_EQ(active.status().code(), absl::StatusCode::kFailedPrecondition);
    }
    reset();
    absl::StatusOr<Campaign> paused = admin_.Pause("w", id, 0);
    EXPECT_EQ(paused.ok(), step.pause) << paused.status();
    if (paused.ok()) {
      EXPECT_EQ(paused->state, State::kPaused);
    }
    reset();
    absl::StatusOr<Campaign> archived = admin_.Archive("w", id, 0);
    ASSERT_TRUE(archived.ok()) << archived.status();
    EXPECT_EQ(archived->state, State::kArchived);
    EXPECT_EQ(admin_.Update(Pizza(id)).status().code(), absl::StatusCode::kFailedPrecondition);
  }
}

TEST_F(CampaignAdminTest, AChangeRaisesRevisionAndUpdateTime) {
  Create();
  clock_.Advance(absl::Minutes(1));
  absl::StatusOr<Campaign> active = admin_.Activate("w", "pizza", 1);
  ASSERT_TRUE(active.ok());
  EXPECT_EQ(active->revision, 2);
  EXPECT_EQ(active->create_time, kNow);
  EXPECT_EQ(active->update_time, kNow + absl::Minutes(1));
  EXPECT_EQ(Stored().value(), *active);
}

TEST_F(CampaignAdminTest, UpdateReplacesAllButIdStateAndTimes) {
  Create();
  ASSERT_TRUE(admin_.Activate("w", "pizza", 0).ok());
  clock_.Advance(absl::Minutes(1));
  Campaign update = Pizza();
  update.display_name = "Better pizza";
  update.state = State::kArchived;
  update.create_time = absl::UnixEpoch();
  update.revision = 2;
  absl::StatusOr<Campaign> updated = admin_.Update(update);
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_EQ(updated->display_name, "Better pizza");
  EXPECT_EQ(updated->state, State::kActive);
  EXPECT_EQ(updated->create_time, kNow);
  EXPECT_EQ(updated->update_time, kNow + absl::Minutes(1));
  EXPECT_EQ(updated->revision, 3);
}

TEST_F(CampaignAdminTest, AnotherTriggerIsAnActivation) {
  Create();
  Campaign update = Pizza();
  update.trigger.event_name = "pizza_ordered";
  EXPECT_EQ(admin_.Update(update)->activate_time, absl::InfinitePast()) << "a draft";
  const Campaign active = *admin_.Activate("w", "pizza", 0);
  EXPECT_EQ(active.activate_time, kNow);
  clock_.Advance(absl::Minutes(1));
  update.display_name = "Better pizza";
  EXPECT_EQ(admin_.Update(update)->activate_time, kNow);
  update.trigger.event_name = "order_placed";
  EXPECT_EQ(admin_.Update(update)->activate_time, kNow + absl::Minutes(1));
}

TEST_F(CampaignAdminTest, AnOldEtagIsRefused) {
  Create();
  ASSERT_TRUE(admin_.Activate("w", "pizza", 1).ok());
  EXPECT_EQ(admin_.Pause("w", "pizza", 1).status().code(), absl::StatusCode::kAborted);
  Campaign update = Pizza();
  update.revision = 1;
  EXPECT_EQ(admin_.Update(update).status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(StoredRevision(), 2);
}

TEST_F(CampaignAdminTest, ARaceIsWonByTryingAgainUnlessAnEtagForbidsIt) {
  Create();
  auto other = [this] {
    Campaign campaign = Stored().value();
    campaign.display_name = "by another";
    ++campaign.revision;
    ASSERT_TRUE(Put(campaign).ok());
  };
  store_.before_put = other;
  absl::StatusOr<Campaign> active = admin_.Activate("w", "pizza", 0);
  ASSERT_TRUE(active.ok()) << active.status();
  EXPECT_EQ(active->display_name, "by another");
  EXPECT_EQ(active->revision, 3);
  store_.before_put = other;
  EXPECT_EQ(admin_.Pause("w", "pizza", 3).status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(Stored().value().state, State::kActive);
}

TEST_F(CampaignAdminTest, AnUnknownOutcomeIsResolved) {
  for (bool did_it : {true, false}) {
    std::string id = did_it ? "done" : "not-done";
    store_.Inject(Call::kCampaigns, Unknown(did_it));
    absl::StatusOr<Campaign> created = admin_.Create(Pizza(id));
    ASSERT_TRUE(created.ok()) << created.status();
    EXPECT_EQ(Stored(id).value(), *created);
    store_.Inject(Call::kCampaigns, FaultStore::Fault());  // the read before the change
    store_.Inject(Call::kCampaigns, Unknown(did_it));
    absl::StatusOr<Campaign> active = admin_.Activate("w", id, 1);
    ASSERT_TRUE(active.ok()) << active.status();
    EXPECT_EQ(active->revision, 2) << "applied once";
    EXPECT_EQ(Stored(id).value(), *active);
  }
}

TEST_F(CampaignAdminTest, AnUnknownCreateDoesNotTakeOverAnothersCampaign) {
  Campaign other = Pizza();
  other.display_name = "another's";
  other.revision = 1;
  ASSERT_TRUE(Put(other).ok());
  store_.Inject(Call::kCampaigns, Unknown(false));
  EXPECT_EQ(admin_.Create(Pizza()).status().code(), absl::StatusCode::kAlreadyExists);
}

TEST_F(CampaignAdminTest, AStoreThatStaysAwayIsSaid) {
  Create();
  store_.InjectAlways(Call::kCampaigns, Unknown(false));
  EXPECT_EQ(admin_.Create(Pizza("other")).status().code(), absl::StatusCode::kUnavailable);
  store_.Heal();
  FaultStore::Fault away;
  away.error = absl::UnavailableError("away");
  store_.InjectAlways(Call::kCampaigns, away);
  EXPECT_EQ(admin_.Activate("w", "pizza", 0).status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(CampaignAdminTest, OneThatIsDamagedIsListedAsThat) {
  for (const char* id : {"a", "b", "c"}) Create(id);
  CampaignRow row = EncodeCampaign(Stored("b").value());
  ++row.revision;
  row.definition = "\xff";
  ASSERT_TRUE(memory_.campaigns().PutCampaign(row).ok());
  const CampaignPage page = admin_.List("w", 2, "", false).value();
  ASSERT_EQ(page.campaigns.size(), 1u);
  EXPECT_EQ(page.campaigns[0].campaign_id, "a");
  ASSERT_EQ(page.damaged.size(), 1u);
  EXPECT_EQ(page.damaged[0].campaign_id, "b");
  EXPECT_THAT(page.damaged[0].error, HasSubstr("campaign b of workspace w cannot be read"));
  const CampaignPage rest = admin_.List("w", 2, page.next_page_token, false).value();
  ASSERT_EQ(rest.campaigns.size(), 1u);
  EXPECT_EQ(rest.campaigns[0].campaign_id, "c");
  const absl::Status one = admin_.Get("w", "b").status();
  EXPECT_TRUE(absl::IsFailedPrecondition(one));
  EXPECT_THAT(std::string(one.message()), HasSubstr("campaign b of workspace w cannot be read"));
}

TEST_F(CampaignAdminTest, ListPagesInOrder) {
  for (const char* id : {"d", "a", "c", "b"}) Create(id);
  ASSERT_TRUE(admin_.Archive("w", "c", 0).ok());
  auto ids = [](const CampaignPage& page) {
    std::vector<std::string> ids;
    for (const Campaign& campaign : page.campaigns) ids.push_back(campaign.campaign_id);
    return ids;
  };
  CampaignPage first = admin_.List("w", 2, "", false).value();
  EXPECT_THAT(ids(first), ElementsAre("a", "b"));
  CampaignPage second = admin_.List("w", 2, first.next_page_token, false).value();
  EXPECT_THAT(ids(second), ElementsAre("d"));
  EXPECT_EQ(second.next_page_token, "");
  EXPECT_THAT(ids(admin_.List("w", 0, "", true).value()), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(ids(admin_.List("v", 0, "", true).value()), ElementsAre());
  EXPECT_EQ(RejectionField(admin_.List("w", 1001, "", false).status()), "page_size");
  EXPECT_EQ(RejectionField(admin_.List("w", -1, "", false).status()), "page_size");
  EXPECT_EQ(RejectionField(admin_.List("w", 1, std::string(64, 'x'), false).status()), "page_token");
}

}  // namespace
}  // namespace cadenza
