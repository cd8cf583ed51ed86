#include "server/control/catalog_admin.h"

#include <gmock/gmock.h>

#include <cmath>

#include "storage/base/text.h"
#include "storage/codec/catalog_codec.h"
#include "storage/memory/memory_store.h"
#include "storage/model/limits.h"
#include "storage/model/rejection.h"

namespace cadenza {
namespace {

using ::testing::ElementsAre;

const absl::Time kNow = absl::FromUnixMicros(1'800'000'000'000'001);

CatalogItemGiven Item(std::string id, ValueMap fields = {}) { return {std::move(id), std::move(fields)}; }

class CatalogAdminTest : public ::testing::Test {
 protected:
  void Make(const std::string& id) {
    Catalog catalog;
    catalog.workspace = "w";
    catalog.catalog_id = id;
    ASSERT_TRUE(admin_.Create(catalog).ok());
  }
  // "0:items[0].item_id LIMIT_EXCEEDED"
  std::vector<std::string> Refused(const CatalogUpsert& upsert) {
    std::vector<std::string> refused;
    for (const auto& [place, status] : upsert.refused) {
      EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
      refused.push_back(StrCat(place, ":", RejectionField(status), " ", RejectionReason(status)));
    }
    return refused;
  }

  ManualClock clock_{kNow};
  MemoryStore store_;
  int changes_ = 0;
  CatalogAdmin admin_{&store_, &clock_, [this] { ++changes_; }};
};

TEST_F(CatalogAdminTest, CatalogsComeAndGo) {
  Catalog pizzas;
  pizzas.workspace = "w";
  pizzas.catalog_id = "pizzas";
  pizzas.display_name = "Pizze";
  pizzas.item_count = 7;
  const auto created = admin_.Create(pizzas);
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_EQ(created->create_time, kNow);
  EXPECT_EQ(created->item_count, 0);
  EXPECT_EQ(changes_, 1);
  EXPECT_TRUE(absl::IsAlreadyExists(admin_.Create(pizzas).status()));
  EXPECT_EQ(admin_.Get("w", "pizzas").value(), *created);
  EXPECT_TRUE(absl::IsNotFound(admin_.Get("v", "pizzas").status()));
  EXPECT_EQ(changes_, 1);
  EXPECT_TRUE(admin_.Delete("w", "pizzas").ok());
  EXPECT_EQ(changes_, 2);
  EXPECT_TRUE(absl::IsNotFound(admin_.Delete("w", "pizzas")));
}

TEST_F(CatalogAdminTest, WhatIsWrongIsNamed) {
  Catalog catalog;
  catalog.workspace = "w";
  for (const std::string& id : {std::string(), std::string("a b"), std::string(limits::kCatalogIdBytes + 1, 'a')}) {
    catalog.catalog_id = id;
    EXPECT_EQ(RejectionField(admin_.Create(catalog).status()), "catalog_id") << id;
    EXPECT_EQ(RejectionField(admin_.Upsert("w", id, {Item("a")}).status()), "catalog_id") << id;
  }
  catalog.catalog_id = "ok";
  catalog.display_name = std::string(256, 'x');
  EXPECT_EQ(RejectionField(admin_.Create(catalog).status()), "display_name");
  EXPECT_EQ(RejectionField(admin_.GetItem("w", "ok", "").status()), "item_id");
  EXPECT_EQ(RejectionField(admin_.DeleteItems("w", "ok", {}).status()), "item_ids");
  EXPECT_EQ(RejectionField(admin_.DeleteItems("w", "ok", {"a", "b\n"}).status()), "item_ids[1]");
  EXPECT_EQ(RejectionField(admin_.Upsert("w", "ok", {}).status()), "items");
  EXPECT_EQ(
      RejectionField(
          admin_.Upsert("w", "ok", std::vector<CatalogItemGiven>(limits::kCatalogBatchItems + 1, Item("a"))).status()),
      "items");
  EXPECT_TRUE(absl::IsNotFound(admin_.Upsert("w", "ok", {Item("a")}).status()));
  EXPECT_TRUE(absl::IsNotFound(admin_.Upsert("w", "ok", {Item("")}).status()));
  EXPECT_EQ(changes_, 0);
}

TEST_F(CatalogAdminTest, AnItemThatIsRefusedDoesNotHoldUpItsNeighbours) {
  Make("pizzas");
  ValueMap many;
  for (size_t i = 0; i <= limits::kCatalogItemFields; ++i) many.Set(StrCat("f", i), Value::Int(1));
  ValueMap large;
  for (int i = 0; i < 3; ++i) large.Set(StrCat("f", i), Value::String(std::string(30'000, 'x')));
  std::vector<CatalogItemGiven> items = {Item("good"),
                                         Item(""),
                                         Item("id-field", {{"id", Value::Int(1)}}),
                                         Item("good"),
                                         Item("infinite", {{"price", Value::Double(INFINITY)}}),
                                         Item(std::string(limits::kCatalogItemIdBytes + 1, 'x')),
                                         Item("many", many),
                                         Item("large", large),
                                         Item("also good", {{"tags", Value::List({Value::String("x")})}})};
  items.push_back({"no value", Rejected(absl::StatusCode::kInvalidArgument, reasons::kInvalidField, "fields.x", "no")});
  const auto upsert = admin_.Upsert("w", "pizzas", items);
  ASSERT_TRUE(upsert.ok()) << upsert.status();
  EXPECT_EQ(upsert->upserted, 2);
  EXPECT_THAT(Refused(*upsert), ElementsAre("1:items[1].item_id INVALID_FIELD", "2:items[2].fields.id INVALID_FIELD",
                                            "3:items[3].item_id INVALID_FIELD", "4:items[4].fields.price INVALID_FIELD",
                                            "5:items[5].item_id LIMIT_EXCEEDED", "6:items[6].fields LIMIT_EXCEEDED",
                                            "7:items[7].fields LIMIT_EXCEEDED", "9:items[9].fields.x INVALID_FIELD"));
  EXPECT_EQ(DecodeFields(admin_.GetItem("w", "pizzas", "also good")->fields).value(),
            (ValueMap{{"tags", Value::List({Value::String("x")})}}));
  EXPECT_EQ(admin_.GetItem("w", "pizzas", "good")->update_time, kNow);
  EXPECT_EQ(admin_.Get("w", "pizzas")->item_count, 2);
  EXPECT_EQ(changes_, 2);
}

TEST_F(CatalogAdminTest, AFullCatalogRefusesNewItemsByName) {
  Make("full");
  std::vector<CatalogItemRow> rows;
  const std::string none = EncodeFields({});
  for (int64_t i = 0; i < limits::kCatalogItems; ++i) rows.push_back({StrCat("i", i), none, kNow});
  ASSERT_TRUE(store_.content().UpsertCatalogItems("w", "full", rows, kNow).ok());
  const auto upsert = admin_.Upsert("w", "full", {Item("new"), Item("i5"), Item("")});
  ASSERT_TRUE(upsert.ok()) << upsert.status();
  EXPECT_EQ(upsert->upserted, 1);
  EXPECT_THAT(Refused(*upsert), ElementsAre("0:items[0] LIMIT_EXCEEDED", "2:items[2].item_id INVALID_FIELD"));
}

TEST_F(CatalogAdminTest, PagesEndByCountAndByBytes) {
  Make("pizzas");
  Make("shops");
  Make("zoos");
  const auto catalogs = admin_.List("w", 2, "");
  ASSERT_TRUE(catalogs.ok());
  EXPECT_EQ(catalogs->catalogs.size(), 2u);
  EXPECT_EQ(catalogs->next_page_token, "shops");
  EXPECT_EQ(admin_.List("w", 2, "shops")->catalogs.size(), 1u);
  EXPECT_EQ(admin_.List("w", 2, "shops")->next_page_token, "");
  EXPECT_EQ(RejectionField(admin_.List("w", 2, std::string(251, 'x')).status()), "page_token");

  const ValueMap large{{"text", Value::String(std::string(60'000, 'x'))}};
  for (int piece = 0; piece < 2; ++piece) {
    std::vector<CatalogItemGiven> items;
    for (int i = 0; i < 30; ++i) items.push_back(Item(StrCat(piece, "-", 100 + i), large));
    ASSERT_TRUE(admin_.Upsert("w", "pizzas", std::move(items)).ok());
  }
  size_t listed = 0;
  std::string token;
  int pages = 0;
  do {
    const auto page = admin_.ListItems("w", "pizzas", 1000, token);
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_LE(page->items.size(), 35u) << "2 MiB";
    listed += page->items.size();
    token = page->next_page_token;
    ++pages;
  } while (!token.empty());
  EXPECT_EQ(listed, 60u);
  EXPECT_EQ(pages, 2);
  EXPECT_TRUE(absl::IsNotFound(admin_.ListItems("w", "other", 10, "").status()));
}

TEST_F(CatalogAdminTest, ItemsAreDeletedByName) {
  Make("pizzas");
  ASSERT_TRUE(admin_.Upsert("w", "pizzas", {Item("a"), Item("b")}).ok());
  EXPECT_EQ(admin_.DeleteItems("w", "pizzas", {"a", "c"}).value(), 1);
  EXPECT_EQ(changes_, 3);
  EXPECT_EQ(admin_.DeleteItems("w", "pizzas", {"a", "c"}).value(), 0);
  EXPECT_EQ(changes_, 3);
  EXPECT_THAT(admin_.ListItems("w", "pizzas", 10, "")->items, testing::SizeIs(1));
}

}  // namespace
}  // namespace cadenza
