#include "server/control/rule_loader.h"

#include <gtest/gtest.h>

#include <thread>

#include "absl/synchronization/mutex.h"
#include "server/rules/content_blocks.h"
#include "storage/codec/campaign_codec.h"
#include "storage/codec/wire_workspace.h"
#include "storage/fault_store.h"
#include "storage/memory/memory_store.h"

namespace cadenza {
namespace {

using Call = FaultStore::Call;

Campaign Active(std::string id, int64_t revision = 1) {
  Campaign campaign;
  campaign.workspace = "w";
  campaign.campaign_id = std::move(id);
  campaign.state = Campaign::State::kActive;
  campaign.trigger = {Trigger::Kind::kEventName, "order_placed", ""};
  campaign.message.channel = "push";
  campaign.message.body = "In the oven.";
  campaign.message.time_to_live = absl::Hours(1);
  campaign.revision = revision;
  return campaign;
}

class RuleLoaderTest : public ::testing::Test {
 protected:
  void Put(const Campaign& campaign) { ASSERT_TRUE(memory_.campaigns().PutCampaign(EncodeCampaign(campaign)).ok()); }
  size_t Size() { return loader_->Current()->ForEvent("w", "order_placed").size(); }
  // Waits until the polling thread has asked the store `calls` times more.
  void AwaitCalls(int64_t calls) {
    absl::MutexLock lock(&mu_);
    int64_t until = calls_ + calls;
    auto reached = [&] { return calls_ >= until; };
    ASSERT_TRUE(mu_.AwaitWithTimeout(absl::Condition(&reached), absl::Seconds(30)));
  }
  FaultStore::Fault Counted(absl::Status error) {
    FaultStore::Fault fault;
    fault.error = std::move(error);
    fault.before = [this] {
      absl::MutexLock lock(&mu_);
      ++calls_;
    };
    return fault;
  }

  MemoryStore memory_;
  FaultStore store_{&memory_};
  absl::Mutex mu_;
  int64_t calls_ ABSL_GUARDED_BY(mu_) = 0;
  std::unique_ptr<RuleLoader> loader_ =
      std::make_unique<RuleLoader>(RuleLoader::Options{absl::Milliseconds(1)}, &store_);
};

TEST_F(RuleLoaderTest, BeginsEmptyAndLoadsWhenTold) {
  Put(Active("a"));
  ASSERT_NE(loader_->Current(), nullptr);
  EXPECT_EQ(Size(), 0u);
  ASSERT_TRUE(loader_->LoadNow().ok());
  EXPECT_EQ(Size(), 1u);
  EXPECT_EQ(loader_->Current()->revision(), memory_.ReadRevisions()->rule_set);
}

TEST_F(RuleLoaderTest, WhatIsDamagedIsLeftOutAndCounted) {
  Put(Active("a"));
  CampaignRow damaged = EncodeCampaign(Active("b"));
  damaged.definition = "\xff";
  ASSERT_TRUE(memory_.campaigns().PutCampaign(damaged).ok());
  Put(Active("c"));
  ASSERT_TRUE(loader_->LoadNow().ok());
  EXPECT_EQ(Size(), 2u);
  EXPECT_EQ(loader_->left_out(), 1);
  damaged = EncodeCampaign(Active("b", 2));
  ASSERT_TRUE(memory_.campaigns().PutCampaign(damaged).ok());
  ASSERT_TRUE(loader_->LoadNow().ok());
  EXPECT_EQ(Size(), 3u);
  EXPECT_EQ(loader_->left_out(), 0);
}

TEST_F(RuleLoaderTest, DamagedSettingsStayWhatTheyWere) {
  WorkspaceSettings settings;
  settings.workspace = "w";
  settings.default_time_zone = "Europe/Berlin";
  ASSERT_TRUE(memory_.workspaces().PutSettings({"w", 1, EncodeWorkspaceSettings(settings)}).ok());
  ASSERT_TRUE(loader_->LoadNow().ok());
  ASSERT_TRUE(memory_.workspaces().PutSettings({"w", 2, "\xff"}).ok());
  Put(Active("a"));
  ASSERT_TRUE(loader_->LoadNow().ok());
  EXPECT_EQ(loader_->left_out(), 1);
  EXPECT_EQ(Size(), 1u);
  ASSERT_NE(loader_->Current()->Of("w").settings, nullptr);
  EXPECT_EQ(loader_->Current()->Of("w").settings->default_zone.name(), "Europe/Berlin");
}

TEST_F(RuleLoaderTest, AnUnchangedRevisionKeepsTheSnapshot) {
  Put(Active("a"));
  ASSERT_TRUE(loader_->LoadNow().ok());
  auto snapshot = loader_->Current();
  ASSERT_TRUE(loader_->LoadNow().ok());
  EXPECT_EQ(loader_->Current(), snapshot);
}

TEST_F(RuleLoaderTest, ABatchKeepsTheSnapshotThatItBeganWith) {
  Put(Active("a"));
  ASSERT_TRUE(loader_->LoadNow().ok());
  auto snapshot = loader_->Current();
  Put(Active("b"));
  loader_->Refresh();
  EXPECT_EQ(Size(), 2u);
  EXPECT_EQ(snapshot->ForEvent("w", "order_placed").size(), 1u);
}

TEST_F(RuleLoaderTest, ThePollFollowsChangesOfOtherProcesses) {
  store_.InjectAlways(Call::kCampaigns, Counted(absl::OkStatus()));
  loader_->Start();
  Put(Active("a"));
  AwaitCalls(4);  // a look that began after the change, with its ListCampaigns, is over
  EXPECT_EQ(Size(), 1u);
  Campaign paused = Active("a", 2);
  paused.state = Campaign::State::kPaused;
  Put(paused);
  AwaitCalls(4);
  EXPECT_EQ(Size(), 0u);
}

TEST_F(RuleLoaderTest, TroubleKeepsTheOldSnapshotAndPasses) {
  Put(Active("a"));
  ASSERT_TRUE(loader_->LoadNow().ok());
  store_.InjectAlways(Call::kCampaigns, Counted(absl::UnavailableError("away")));
  Put(Active("b"));
  loader_->Refresh();
  EXPECT_EQ(loader_->last_status().code(), absl::StatusCode::kUnavailable);
  loader_->Start();
  AwaitCalls(3);
  EXPECT_EQ(Size(), 1u);
  store_.Heal();
  store_.InjectAlways(Call::kCampaigns, Counted(absl::OkStatus()));
  AwaitCalls(4);
  EXPECT_EQ(Size(), 2u);
  EXPECT_TRUE(loader_->last_status().ok());
}

TEST_F(RuleLoaderTest, ACampaignThatDoesNotCompileIsLeftOutAlone) {
  Campaign broken = Active("broken");
  broken.condition = "no such thing";
  Put(broken);
  Put(Active("good"));
  ASSERT_TRUE(loader_->LoadNow().ok());
  EXPECT_EQ(Size(), 1u);
}

TEST_F(RuleLoaderTest, ReadersAndRefreshesTogether) {
  loader_->Start();
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([this] {
      int64_t last = 0;
      while (last < 20) {
        auto snapshot = loader_->Current();
        EXPECT_GE(snapshot->revision(), last);
        last = snapshot->revision();
        loader_->Refresh();
      }
    });
  }
  for (int i = 0; i < 20; ++i) Put(Active("c" + std::to_string(i)));
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Size(), 20u);
}

TEST_F(RuleLoaderTest, ContentBlocksArePartOfTheRuleSet) {
  ContentBlock block;
  block.workspace = "w";
  block.content_block_id = "footer";
  block.content = "Bye";
  block.revision = 1;
  Put(Active("a"));
  ASSERT_TRUE(memory_.content().PutContentBlock(block).ok());
  ASSERT_TRUE(loader_->LoadNow().ok());
  const auto before = loader_->Current()->ForEvent("w", "order_placed").at(0);
  ASSERT_NE(before->blocks, nullptr);
  EXPECT_NE(before->blocks->Find("footer"), nullptr);
  block.revision = 2;
  block.content = "See you";
  ASSERT_TRUE(memory_.content().PutContentBlock(block).ok());
  loader_->Refresh();
  const auto after = loader_->Current()->ForEvent("w", "order_placed").at(0);
  EXPECT_EQ(after->body, before->body) << "compiled once";
  EXPECT_NE(after->blocks->Find("footer"), before->blocks->Find("footer"));
}

TEST_F(RuleLoaderTest, CatalogsAreToldWhenOneHasChangedAndOnlyThen) {
  std::vector<std::vector<CatalogRevision>> told;
  RuleLoader::Options options;
  options.catalogs_changed = [&told](const std::vector<CatalogRevision>& catalogs) { told.push_back(catalogs); };
  RuleLoader loader(options, &store_);
  ASSERT_TRUE(loader.LoadNow().ok());
  ASSERT_EQ(told.size(), 1u) << "once at the start";
  EXPECT_TRUE(told[0].empty());
  Put(Active("a"));
  ASSERT_TRUE(loader.LoadNow().ok());
  EXPECT_EQ(told.size(), 1u);
  Catalog catalog;
  catalog.workspace = "w";
  catalog.catalog_id = "pizzas";
  ASSERT_TRUE(memory_.content().CreateCatalog(catalog).ok());
  const auto rules = loader.Current();
  ASSERT_TRUE(loader.LoadNow().ok());
  ASSERT_EQ(told.size(), 2u);
  ASSERT_EQ(told[1].size(), 1u);
  EXPECT_EQ(told[1][0].catalog_id, "pizzas");
  EXPECT_EQ(loader.Current(), rules) << "no rule was changed";
  ASSERT_TRUE(memory_.content().UpsertCatalogItems("w", "pizzas", {{"a", "", absl::Time()}}, absl::Time()).ok());
  ASSERT_TRUE(loader.LoadNow().ok());
  ASSERT_EQ(told.size(), 3u);
  EXPECT_GT(told[2][0].revision, told[1][0].revision);
}

}  // namespace
}  // namespace cadenza
