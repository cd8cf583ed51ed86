// Campaigns and their versions; settings of workspaces and delivery rates.
#include <gmock/gmock.h>

#include "absl/status/status.h"
#include "storage/base/text.h"
#include "tests/conformance/store_suite.h"

namespace cadenza::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

CampaignRow RowNamed(const std::string& workspace, const std::string& id, int64_t revision = 1) {
  CampaignRow row;
  row.workspace = workspace;
  row.campaign_id = id;
  row.revision = revision;
  row.state = Campaign::State::kActive;
  row.create_time = kStoreTime;
  row.update_time = kStoreTime + absl::Seconds(revision);
  row.definition = std::string("what\0it \xFF is, ", 14) + StrCat(revision);
  row.author = "ada \xC3\xA9";
  return row;
}

std::vector<int64_t> RevisionsOf(const absl::StatusOr<std::vector<CampaignRow>>& rows) {
  EXPECT_TRUE(rows.ok()) << rows.status();
  std::vector<int64_t> revisions;
  for (const CampaignRow& row : *rows) revisions.push_back(row.revision);
  return revisions;
}

TEST_P(StoreSuite, ACampaignIsReadBackAsItWasPut) {
  const CampaignRow row = RowNamed(workspace_, "knots");
  ASSERT_TRUE(store_->campaigns().PutCampaign(row).ok());
  auto got = store_->campaigns().GetCampaign(workspace_, "knots");
  ASSERT_TRUE(got.ok()) << got.status();
  EXPECT_EQ(*got, row);
  EXPECT_TRUE(absl::IsNotFound(store_->campaigns().GetCampaign(workspace_, "other").status()));
  EXPECT_TRUE(absl::IsNotFound(store_->campaigns().GetCampaign(workspace_ + "x", "knots").status()));
}

TEST_P(StoreSuite, ACampaignIsReplacedOnlyFromItsCurrentRevision) {
  CampaignRow row = RowNamed(workspace_, "knots");
  CampaignStore& campaigns = store_->campaigns();
  row.revision = 2;
  EXPECT_TRUE(absl::IsNotFound(campaigns.PutCampaign(row)));
  row.revision = 1;
  EXPECT_TRUE(campaigns.PutCampaign(row).ok());
  EXPECT_TRUE(absl::IsAlreadyExists(campaigns.PutCampaign(row)));
  row.revision = 3;
  EXPECT_TRUE(absl::IsAborted(campaigns.PutCampaign(row)));
  row.revision = 2;
  row.state = Campaign::State::kPaused;
  EXPECT_TRUE(campaigns.PutCampaign(row).ok());
  EXPECT_TRUE(absl::IsAborted(campaigns.PutCampaign(row)));
  EXPECT_EQ(campaigns.GetCampaign(workspace_, "knots").value(), row);
  row.revision = 0;
  EXPECT_TRUE(absl::IsInvalidArgument(campaigns.PutCampaign(row)));
}

TEST_P(StoreSuite, EveryRevisionOfACampaignIsKept) {
  CampaignStore& campaigns = store_->campaigns();
  for (int64_t revision = 1; revision <= 4; ++revision) {
    ASSERT_TRUE(campaigns.PutCampaign(RowNamed(workspace_, "knots", revision)).ok());
  }
  ASSERT_TRUE(campaigns.PutCampaign(RowNamed(workspace_, "other")).ok());
  EXPECT_FALSE(campaigns.PutCampaign(RowNamed(workspace_, "knots", 3)).ok());
  EXPECT_THAT(RevisionsOf(campaigns.ListVersions(workspace_, "knots", 0, 10)), ElementsAre(4, 3, 2, 1));
  EXPECT_THAT(RevisionsOf(campaigns.ListVersions(workspace_, "knots", 0, 2)), ElementsAre(4, 3));
  EXPECT_THAT(RevisionsOf(campaigns.ListVersions(workspace_, "knots", 3, 10)), ElementsAre(2, 1));
  EXPECT_THAT(RevisionsOf(campaigns.ListVersions(workspace_, "nothing", 0, 10)), ElementsAre());
  EXPECT_EQ(campaigns.GetVersion(workspace_, "knots", 2).value(), RowNamed(workspace_, "knots", 2));
  EXPECT_TRUE(absl::IsNotFound(campaigns.GetVersion(workspace_, "knots", 5).status()));
  EXPECT_TRUE(absl::IsNotFound(campaigns.GetVersion(workspace_ + "x", "knots", 1).status()));
}

TEST_P(StoreSuite, SeveralCampaignsArePutTogetherOrNotAtAll) {
  CampaignStore& campaigns = store_->campaigns();
  ASSERT_TRUE(campaigns.PutCampaigns({RowNamed(workspace_, "b"), RowNamed(workspace_, "a")}).ok());
  EXPECT_EQ(campaigns.PutCampaigns({}), absl::OkStatus());
  const int64_t before = store_->ReadRevisions()->rule_set;

  const absl::Status taken =
      campaigns.PutCampaigns({RowNamed(workspace_, "c"), RowNamed(workspace_, "b", 2), RowNamed(workspace_, "a")});
  EXPECT_TRUE(absl::IsAlreadyExists(taken)) << taken;
  EXPECT_THAT(std::string(taken.message()), HasSubstr("\"a\""));
  const absl::Status stale = campaigns.PutCampaigns({RowNamed(workspace_, "c"), RowNamed(workspace_, "b", 3)});
  EXPECT_TRUE(absl::IsAborted(stale)) << stale;
  EXPECT_THAT(std::string(stale.message()), HasSubstr("\"b\""));
  const absl::Status absent = campaigns.PutCampaigns({RowNamed(workspace_, "b", 2), RowNamed(workspace_, "d", 2)});
  EXPECT_TRUE(absl::IsNotFound(absent)) << absent;
  EXPECT_TRUE(absl::IsInvalidArgument(campaigns.PutCampaigns({RowNamed(workspace_, "c"), RowNamed(workspace_, "c")})));
  EXPECT_EQ(store_->ReadRevisions()->rule_set, before);
  EXPECT_TRUE(absl::IsNotFound(campaigns.GetCampaign(workspace_, "c").status()));
  EXPECT_EQ(campaigns.GetCampaign(workspace_, "b")->revision, 1);
  EXPECT_THAT(RevisionsOf(campaigns.ListVersions(workspace_, "b", 0, 10)), ElementsAre(1));
  EXPECT_THAT(RevisionsOf(campaigns.ListVersions(workspace_, "c", 0, 10)), ElementsAre());

  ASSERT_TRUE(campaigns.PutCampaigns({RowNamed(workspace_, "c"), RowNamed(workspace_, "b", 2)}).ok());
  EXPECT_GT(store_->ReadRevisions()->rule_set, before);
  EXPECT_EQ(campaigns.GetCampaign(workspace_, "b").value(), RowNamed(workspace_, "b", 2));
  EXPECT_THAT(RevisionsOf(campaigns.ListVersions(workspace_, "b", 0, 10)), ElementsAre(2, 1));
  EXPECT_THAT(RevisionsOf(campaigns.ListVersions(workspace_, "c", 0, 10)), ElementsAre(1));
}

TEST_P(StoreSuite, TheRuleSetRevisionGrowsWithEveryChangeOnly) {
  const int64_t before = store_->ReadRevisions()->rule_set;
  ASSERT_TRUE(store_->campaigns().PutCampaign(RowNamed(workspace_, "knots")).ok());
  const int64_t after = store_->ReadRevisions()->rule_set;
  EXPECT_GT(after, before);
  EXPECT_FALSE(store_->campaigns().PutCampaign(RowNamed(workspace_, "knots")).ok());
  EXPECT_EQ(store_->ReadRevisions()->rule_set, after);
  ASSERT_TRUE(store_->campaigns().PutCampaign(RowNamed(workspace_, "knots", 2)).ok());
  EXPECT_GT(store_->ReadRevisions()->rule_set, after);
}

TEST_P(StoreSuite, CampaignsAreListedInOrder) {
  const std::string other = workspace_ + "x";
  CampaignRow archived = RowNamed(workspace_, "b");
  archived.state = Campaign::State::kArchived;
  for (const CampaignRow& row : {RowNamed(workspace_, "c"), archived, RowNamed(workspace_, "B"),
                                 RowNamed(workspace_, "a"), RowNamed(other, "a")}) {
    ASSERT_TRUE(store_->campaigns().PutCampaign(row).ok());
  }
  auto ids = [&](const std::string& workspace, const std::string& after, int limit, bool with_archived) {
    std::vector<std::string> found;
    auto campaigns = store_->campaigns().ListCampaigns(workspace, after, limit, with_archived);
    EXPECT_TRUE(campaigns.ok()) << campaigns.status();
    for (const CampaignRow& row : *campaigns) {
      if (row.workspace == workspace_ || row.workspace == other) {
        found.push_back((row.workspace == other ? "x/" : "") + row.campaign_id);
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

TEST_P(StoreSuite, SettingsAreReplacedOnlyFromTheirCurrentRevision) {
  WorkspaceStore& workspaces = store_->workspaces();
  EXPECT_TRUE(absl::IsNotFound(workspaces.GetSettings(workspace_).status()));
  const int64_t before = store_->ReadRevisions()->rule_set;
  const WorkspaceSettingsRow first{workspace_, 1, std::string("a\0\xFF", 3)};
  const WorkspaceSettingsRow second{workspace_, 2, "b"};
  EXPECT_TRUE(absl::IsAborted(workspaces.PutSettings(second)));
  EXPECT_TRUE(absl::IsInvalidArgument(workspaces.PutSettings({workspace_, 0, ""})));
  EXPECT_EQ(store_->ReadRevisions()->rule_set, before);
  EXPECT_EQ(workspaces.PutSettings(first), absl::OkStatus());
  const int64_t after = store_->ReadRevisions()->rule_set;
  EXPECT_GT(after, before);
  EXPECT_TRUE(absl::IsAborted(workspaces.PutSettings(first)));
  EXPECT_EQ(workspaces.GetSettings(workspace_).value(), first);
  EXPECT_EQ(store_->ReadRevisions()->rule_set, after);
  EXPECT_EQ(workspaces.PutSettings(second), absl::OkStatus());
  EXPECT_GT(store_->ReadRevisions()->rule_set, after);
  EXPECT_EQ(workspaces.GetSettings(workspace_).value(), second);
}

TEST_P(StoreSuite, SettingsAreListedByWorkspace) {
  WorkspaceStore& workspaces = store_->workspaces();
  for (const char* suffix : {"-c", "-a", "-b"}) {
    ASSERT_TRUE(workspaces.PutSettings({workspace_ + suffix, 1, suffix}).ok());
  }
  auto listed = workspaces.ListSettings();
  ASSERT_TRUE(listed.ok()) << listed.status();
  std::vector<std::string> ours;
  for (const WorkspaceSettingsRow& row : *listed) {
    if (row.workspace.starts_with(workspace_ + "-")) ours.push_back(row.definition);
  }
  EXPECT_THAT(ours, ElementsAre("-a", "-b", "-c"));
}

TEST_P(StoreSuite, ADeliveryRateIsChangedByWhoKnowsItAlone) {
  WorkspaceStore& workspaces = store_->workspaces();
  const absl::Duration tick = absl::Microseconds(7);
  const RateRow first{1, {kStoreTime}};
  const RateRow second{2, {kStoreTime - tick, kStoreTime, kStoreTime + tick}};
  EXPECT_EQ(workspaces.ReadRate(workspace_, "knots").value(), RateRow());
  EXPECT_FALSE(workspaces.PutRate(workspace_, "knots", second).value()) << "there is no first";
  EXPECT_TRUE(workspaces.PutRate(workspace_, "knots", first).value());
  EXPECT_FALSE(workspaces.PutRate(workspace_, "knots", first).value());
  EXPECT_EQ(workspaces.ReadRate(workspace_, "knots").value(), first);
  EXPECT_TRUE(workspaces.PutRate(workspace_, "knots", second).value());
  EXPECT_FALSE(workspaces.PutRate(workspace_, "knots", second).value());
  EXPECT_EQ(workspaces.ReadRate(workspace_, "knots").value(), second);
  // The workspace's own, and others', are apart.
  EXPECT_EQ(workspaces.ReadRate(workspace_, "").value(), RateRow());
  EXPECT_TRUE(workspaces.PutRate(workspace_, "", first).value());
  EXPECT_EQ(workspaces.ReadRate(workspace_ + "x", "knots").value(), RateRow());
}

}  // namespace
}  // namespace cadenza::testing
