// Reading back: events, messages, campaigns; operating.
#include <gmock/gmock.h>

#include "absl/status/status.h"
#include "storage/base/text.h"
#include "tests/conformance/store_suite.h"

namespace cadenza::testing {
namespace {

using ::testing::ElementsAre;

TEST_P(StoreSuite, EventsArePagedInBothDirections) {
  CommitBatch batch = Batch();
  batch.profiles = {{User("ada"), 0, {10, "", ""}}};
  for (int i = 1; i <= 10; ++i) batch.events.push_back(Event(0, User("ada"), StrCat("e", i), i));
  CommitOk(batch);
  EXPECT_THAT(EventSeqs(User("ada"), 0, false, 4), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(EventSeqs(User("ada"), 4, false, 4), ElementsAre(5, 6, 7, 8));
  EXPECT_THAT(EventSeqs(User("ada"), 8, false, 4), ElementsAre(9, 10));
  EXPECT_THAT(EventSeqs(User("ada"), 10, false, 4), ElementsAre());
  EXPECT_THAT(EventSeqs(User("ada"), 0, true, 4), ElementsAre(10, 9, 8, 7));
  EXPECT_THAT(EventSeqs(User("ada"), 7, true, 4), ElementsAre(6, 5, 4, 3));
  EXPECT_THAT(EventSeqs(User("ada"), 3, true, 4), ElementsAre(2, 1));
  EXPECT_THAT(EventSeqs(User("ada"), 1, true, 4), ElementsAre());
}

TEST_P(StoreSuite, MessagesAreListedInOrderWithoutTheExpired) {
  CommitBatch batch = Batch();
  batch.profiles = {Write(User("ada"), 0)};
  for (int i : {3, 1, 4, 2}) batch.messages.push_back(MessageFor(0, User("ada"), i));
  batch.messages[1].message.expire_time = kStoreTime + absl::Minutes(1);  // the first
  batch.messages[3].message.expire_time = kStoreTime + absl::Minutes(2);  // the second
  CommitOk(batch);
  EXPECT_THAT(MessageSeqs(User("ada"), 0, 10, kStoreTime), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(MessageSeqs(User("ada"), 0, 2, kStoreTime), ElementsAre(1, 2));
  EXPECT_THAT(MessageSeqs(User("ada"), 2, 10, kStoreTime), ElementsAre(3, 4));
  EXPECT_THAT(MessageSeqs(User("ada"), 4, 10, kStoreTime), ElementsAre());
  EXPECT_THAT(MessageSeqs(User("ada"), 0, 10, kStoreTime + absl::Minutes(1)), ElementsAre(2, 3, 4));
  EXPECT_THAT(MessageSeqs(User("ada"), 0, 1, kStoreTime + absl::Minutes(2)), ElementsAre(3));
  EXPECT_THAT(MessageSeqs(User("eve"), 0, 10, kStoreTime), ElementsAre());
}

TEST_P(StoreSuite, TopSequencesCountTheExpiredToo) {
  CommitBatch batch = Batch();
  batch.profiles = {Write(User("ada"), 0), Write(User("eve"), 0)};
  batch.messages = {MessageFor(0, User("ada"), 1), MessageFor(0, User("ada"), 2), MessageFor(1, User("eve"), 7)};
  batch.messages[1].message.expire_time = absl::UnixEpoch();
  CommitOk(batch);
  auto tops = store_->TopMessageSeqs({User("eve"), User("nobody"), User("ada")});
  ASSERT_TRUE(tops.ok()) << tops.status();
  EXPECT_THAT(*tops, ElementsAre(7, 0, 2));
  EXPECT_THAT(*store_->TopMessageSeqs({}), ElementsAre());
}

TEST_P(StoreSuite, MovedMessagesContinueTheOtherSequence) {
  const UserKey from = UserKey::Anonymous(workspace_, "phone");
  const UserKey to = User("ada");
  CommitBatch batch = Batch();
  batch.profiles = {Write(from, 0), Write(to, 0)};
  batch.messages = {MessageFor(0, from, 1), MessageFor(0, from, 2), MessageFor(1, to, 1)};
  CommitOk(batch);

  CommitBatch merge = Batch();
  merge.all_or_nothing = true;
  merge.profiles = {{from, 1, {2, to.key, ""}}, Write(to, 1)};
  merge.moves = {{from, to, 1}};
  merge.messages = {MessageFor(1, to, 4)};
  EXPECT_THAT(CommitOk(merge), ElementsAre(false, false));

  EXPECT_THAT(MessageSeqs(from, 0, 10, kStoreTime), ElementsAre());
  EXPECT_THAT(MessageSeqs(to, 0, 10, kStoreTime), ElementsAre(1, 2, 3, 4));
  auto messages = store_->ListMessages(to, 1, 1, kStoreTime);
  ASSERT_TRUE(messages.ok() && messages->size() == 1);
  EXPECT_EQ(messages->at(0).user, to);
  EXPECT_EQ(messages->at(0).body, "message 1");
  EXPECT_THAT(*store_->TopMessageSeqs({from, to}), ElementsAre(0, 4));
}

TEST_P(StoreSuite, AMoveFailsWithItsFence) {
  const UserKey from = UserKey::Anonymous(workspace_, "phone");
  CommitBatch batch = Batch();
  batch.profiles = {Write(from, 0)};
  batch.messages = {MessageFor(0, from, 1)};
  CommitOk(batch);
  CommitBatch merge = Batch();
  merge.all_or_nothing = true;
  merge.profiles = {Write(from, 1), Write(User("ada"), 9)};
  merge.moves = {{from, User("ada"), 0}};
  EXPECT_THAT(CommitOk(merge), ElementsAre(true, true));
  EXPECT_THAT(MessageSeqs(from, 0, 10, kStoreTime), ElementsAre(1));
  EXPECT_EQ(LoadRow(from)->version, 1);
}

Campaign CampaignNamed(const std::string& workspace, const std::string& id) {
  Campaign campaign;
  campaign.workspace = workspace;
  campaign.campaign_id = id;
  campaign.display_name = "Garlic knots \xF0\x9F\xA7\x84";
  campaign.state = Campaign::State::kActive;
  campaign.delay = absl::Hours(36) + absl::Microseconds(1);
  campaign.exception_event_names = {"order_placed", "left, \"for good\""};
  campaign.recheck_condition = true;
  campaign.trigger = {Trigger::Kind::kEventName, "order_placed", ""};
  campaign.condition = "event.properties.total > 15.0";
  campaign.cooldown = absl::Hours(24) + absl::Microseconds(1);
  campaign.message = {"push", "Knots?", "{{ user.attributes.first_name }}, \\ '\"", absl::Hours(2)};
  campaign.create_time = kStoreTime;
  campaign.update_time = kStoreTime + absl::Seconds(1);
  campaign.message.content_type = ContentType::kHtml;
  campaign.message.localizations = {{"fr", "", "Noeuds \xC3\xA0 l'ail, {{ x }}?"}, {"en-GB", "T", "B, \"{}\""}};
  campaign.revision = 1;
  return campaign;
}

TEST_P(StoreSuite, ACampaignIsReadBackAsItWasPut) {
  const Campaign campaign = CampaignNamed(workspace_, "knots");
  ASSERT_TRUE(store_->PutCampaign(campaign).ok());
  auto got = store_->GetCampaign(workspace_, "knots");
  ASSERT_TRUE(got.ok()) << got.status();
  EXPECT_EQ(*got, campaign);
  EXPECT_TRUE(absl::IsNotFound(store_->GetCampaign(workspace_, "other").status()));
  EXPECT_TRUE(absl::IsNotFound(store_->GetCampaign(workspace_ + "x", "knots").status()));
}

TEST_P(StoreSuite, ACampaignIsReplacedOnlyFromItsCurrentRevision) {
  Campaign campaign = CampaignNamed(workspace_, "knots");
  campaign.revision = 2;
  EXPECT_TRUE(absl::IsNotFound(store_->PutCampaign(campaign)));
  campaign.revision = 1;
  EXPECT_TRUE(store_->PutCampaign(campaign).ok());
  EXPECT_TRUE(absl::IsAlreadyExists(store_->PutCampaign(campaign)));
  campaign.revision = 3;
  EXPECT_TRUE(absl::IsAborted(store_->PutCampaign(campaign)));
  campaign.revision = 2;
  campaign.state = Campaign::State::kPaused;
  EXPECT_TRUE(store_->PutCampaign(campaign).ok());
  EXPECT_TRUE(absl::IsAborted(store_->PutCampaign(campaign)));
  EXPECT_EQ(store_->GetCampaign(workspace_, "knots").value(), campaign);
  campaign.revision = 0;
  EXPECT_TRUE(absl::IsInvalidArgument(store_->PutCampaign(campaign)));
}

TEST_P(StoreSuite, TheRuleSetRevisionGrowsWithEveryChangeOnly) {
  const int64_t before = store_->ReadRevisions()->rule_set;
  Campaign campaign = CampaignNamed(workspace_, "knots");
  ASSERT_TRUE(store_->PutCampaign(campaign).ok());
  const int64_t after = store_->ReadRevisions()->rule_set;
  EXPECT_GT(after, before);
  EXPECT_FALSE(store_->PutCampaign(campaign).ok());
  EXPECT_EQ(store_->ReadRevisions()->rule_set, after);
  campaign.revision = 2;
  ASSERT_TRUE(store_->PutCampaign(campaign).ok());
  EXPECT_GT(store_->ReadRevisions()->rule_set, after);
}

TEST_P(StoreSuite, CampaignsAreListedInOrder) {
  const std::string other = workspace_ + "x";
  Campaign archived = CampaignNamed(workspace_, "b");
  archived.state = Campaign::State::kArchived;
  for (const Campaign& campaign : {CampaignNamed(workspace_, "c"), archived, CampaignNamed(workspace_, "B"),
                                   CampaignNamed(workspace_, "a"), CampaignNamed(other, "a")}) {
    ASSERT_TRUE(store_->PutCampaign(campaign).ok());
  }
  auto ids = [&](const std::string& workspace, const std::string& after, int limit, bool with_archived) {
    std::vector<std::string> found;
    auto campaigns = store_->ListCampaigns(workspace, after, limit, with_archived);
    EXPECT_TRUE(campaigns.ok()) << campaigns.status();
    for (const Campaign& campaign : *campaigns) {
      if (campaign.workspace == workspace_ || campaign.workspace == other) {
        found.push_back((campaign.workspace == other ? "x/" : "") + campaign.campaign_id);
      }
    }
    return found;
  };
  EXPECT_THAT(ids(workspace_, "", 0, true), ElementsAre("B", "a", "b", "c"));
  EXPECT_THAT(ids(workspace_, "", 0, false), ElementsAre("B", "a", "c"));
  EXPECT_THAT(ids(workspace_, "", 2, true), ElementsAre("B", "a"));
  EXPECT_THAT(ids(workspace_, "a", 2, true), ElementsAre("b", "c"));
  EXPECT_THAT(ids(workspace_, "a", 1, false), ElementsAre("c"));
  EXPECT_THAT(ids(workspace_, "c", 1, true), ElementsAre());
  EXPECT_THAT(ids("", "", 0, true), ElementsAre("B", "a", "b", "c", "x/a"));
}

TEST_P(StoreSuite, JournalsAreNotSharedAndOperatingSucceeds) {
  auto first = store_->OpenJournal();
  auto second = store_->OpenJournal();
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_NE(*first, *second);
  EXPECT_GT(*first, 0);
  EXPECT_EQ(store_->CheckReady(), absl::OkStatus());
  EXPECT_EQ(store_->Probe(), absl::OkStatus());
  EXPECT_EQ(store_->Probe(), absl::OkStatus());
  EXPECT_EQ(store_->Maintain(), absl::OkStatus());
  EXPECT_EQ(store_->Maintain(), absl::OkStatus());
  EXPECT_FALSE(store_->Describe().empty());
}

}  // namespace
}  // namespace cadenza::testing
