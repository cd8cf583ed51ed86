#include "server/control/content_block_admin.h"

#include <gmock/gmock.h>

#include "server/control/campaign_admin.h"
#include "storage/memory/memory_store.h"
#include "storage/model/rejection.h"

namespace cadenza {
namespace {

using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixMicros(1'800'000'000'000'001);

ContentBlock Block(std::string id, std::string content) {
  ContentBlock block;
  block.workspace = "w";
  block.content_block_id = std::move(id);
  block.content = std::move(content);
  return block;
}

Campaign Pizza(std::string body) {
  Campaign campaign;
  campaign.workspace = "w";
  campaign.campaign_id = "pizza";
  campaign.trigger = {Trigger::Kind::kEventName, "order_placed", ""};
  campaign.message.channel = "push";
  campaign.message.body = std::move(body);
  campaign.message.time_to_live = absl::Hours(1);
  return campaign;
}

class ContentBlockAdminTest : public ::testing::Test {
 protected:
  ManualClock clock_{kNow};
  MemoryStore store_;
  int changes_ = 0;
  ContentBlockAdmin admin_{&store_, &clock_, [this] { ++changes_; }};
  CampaignAdmin campaigns_{&store_, &clock_};
};

TEST_F(ContentBlockAdminTest, BlocksComeChangeAndGo) {
  const auto created = admin_.Create(Block("footer", "Bye"), nullptr);
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_EQ(created->revision, 1);
  EXPECT_EQ(created->create_time, kNow);
  EXPECT_TRUE(absl::IsAlreadyExists(admin_.Create(Block("footer", "Bye"), nullptr).status()));
  clock_.Advance(absl::Minutes(1));
  ContentBlock next = *created;
  next.content = "See you";
  const auto updated = admin_.Update(next, nullptr);
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_EQ(updated->revision, 2);
  EXPECT_EQ(updated->create_time, kNow);
  EXPECT_EQ(updated->update_time, kNow + absl::Minutes(1));
  EXPECT_TRUE(absl::IsAborted(admin_.Update(next, nullptr).status())) << "its etag is an old one";
  next.revision = 0;
  EXPECT_EQ(admin_.Update(next, nullptr)->revision, 2) << "nothing to change";
  EXPECT_EQ(admin_.Get("w", "footer").value(), *updated);
  EXPECT_TRUE(absl::IsNotFound(admin_.Get("v", "footer").status()));
  EXPECT_TRUE(absl::IsNotFound(admin_.Update(Block("nobody", "x"), nullptr).status()));
  EXPECT_TRUE(absl::IsAborted(admin_.Delete("w", "footer", 1)));
  EXPECT_TRUE(admin_.Delete("w", "footer", 2).ok());
  EXPECT_TRUE(absl::IsNotFound(admin_.Delete("w", "footer", 0)));
  EXPECT_EQ(changes_, 3);
}

TEST_F(ContentBlockAdminTest, WhatIsWrongIsNamed) {
  EXPECT_EQ(RejectionField(admin_.Create(Block("a b", "x"), nullptr).status()), "content_block_id");
  EXPECT_EQ(RejectionField(admin_.Create(Block("a", "{% if %}"), nullptr).status()), "content");
  EXPECT_EQ(RejectionField(admin_.Create(Block("a", "{{content_blocks.${b}}}"), nullptr).status()), "content");
  ASSERT_TRUE(admin_.Create(Block("b", "x"), nullptr).ok());
  ASSERT_TRUE(admin_.Create(Block("a", "{{content_blocks.${b}}}"), nullptr).ok());
  EXPECT_THAT(std::string(admin_.Update(Block("b", "{{content_blocks.${a}}}"), nullptr).status().message()),
              HasSubstr("leads back to itself"));
  EXPECT_EQ(RejectionField(admin_.List("w", 10, std::string(101, 'x')).status()), "page_token");
  ContentBlockAdmin::Warnings warnings;
  ASSERT_TRUE(admin_.Create(Block("c", "{{ usr.id }}"), &warnings).ok());
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_EQ(warnings[0].field, "content");
  EXPECT_EQ(warnings[0].line, 1);
}

TEST_F(ContentBlockAdminTest, AreListedInPages) {
  for (const char* id : {"c", "a", "b"}) ASSERT_TRUE(admin_.Create(Block(id, "x"), nullptr).ok());
  const auto page = admin_.List("w", 2, "");
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->blocks.size(), 2u);
  EXPECT_EQ(page->next_page_token, "b");
  EXPECT_EQ(admin_.List("w", 2, "b")->blocks.at(0).content_block_id, "c");
}

TEST_F(ContentBlockAdminTest, ACampaignIsSavedOnlyIfItsBlocksAreThere) {
  const Campaign campaign = Pizza("Hi\n{{content_blocks.${footer}}}");
  const absl::Status missing = campaigns_.Create(campaign).status();
  EXPECT_EQ(RejectionField(missing), "message.body");
  EXPECT_THAT(std::string(missing.message()), HasSubstr("line 2, column 20: there is no content block 'footer'"));
  ASSERT_TRUE(admin_.Create(Block("footer", "Bye"), nullptr).ok());
  ASSERT_TRUE(campaigns_.Create(campaign).ok());
  ASSERT_TRUE(admin_.Delete("w", "footer", 0).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(campaigns_.Activate("w", "pizza", 0).status()));
}

TEST_F(ContentBlockAdminTest, ACampaignIsSavedWithWarnings) {
  std::vector<rules::TemplateWarning> warnings;
  Campaign campaign = Pizza("{% catalog_items pizzas a %}{{ items[0].price }}");
  campaign.message.localizations = {{"fr", "", "{{ user.nmae }}"}};
  ASSERT_TRUE(campaigns_.Create(campaign, &warnings).ok());
  ASSERT_EQ(warnings.size(), 2u);
  EXPECT_EQ(warnings[0].field, "message.body");
  EXPECT_EQ(warnings[0].message, "unknown catalog 'pizzas'");
  EXPECT_EQ(warnings[1].field, "message.localizations[0].body");
  Catalog catalog;
  catalog.workspace = "w";
  catalog.catalog_id = "pizzas";
  ASSERT_TRUE(store_.content().CreateCatalog(catalog).ok());
  campaign.message.localizations.clear();
  ASSERT_TRUE(campaigns_.Update(campaign, &warnings).ok());
  EXPECT_TRUE(warnings.empty());
}

}  // namespace
}  // namespace cadenza
