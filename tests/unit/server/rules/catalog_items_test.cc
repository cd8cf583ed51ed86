#include "server/rules/catalog_items.h"

#include <gmock/gmock.h>

namespace cadenza::rules {
namespace {

using ::testing::ElementsAre;

const CatalogItemKey kKnots{"w", "pizzas", "knots"};

TEST(CatalogItemsTest, WhatIsNotKnownIsNotedOnce) {
  CatalogItems items;
  EXPECT_TRUE(absl::IsUnavailable(items.Find("w", "pizzas", "knots").status()));
  EXPECT_TRUE(absl::IsUnavailable(items.Find("w", "pizzas", "other").status()));
  EXPECT_TRUE(absl::IsUnavailable(items.Find("w", "pizzas", "knots").status()));
  EXPECT_THAT(items.missing(), ElementsAre(kKnots, CatalogItemKey{"w", "pizzas", "other"}));
  items.Put(kKnots, ItemValue("knots", {{"price", Value::Double(3.5)}}));
  items.Put({"w", "pizzas", "other"}, Value());
  items.ClearMissing();
  const auto found = items.Find("w", "pizzas", "knots");
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(*found, Value::Map({{"id", Value::String("knots")}, {"price", Value::Double(3.5)}}));
  EXPECT_TRUE(absl::IsNotFound(items.Find("w", "pizzas", "other").status()));
  EXPECT_TRUE(absl::IsUnavailable(items.Find("v", "pizzas", "knots").status())) << "another workspace's";
  items.Close();
  EXPECT_TRUE(absl::IsResourceExhausted(items.Find("w", "pizzas", "more").status()));
  EXPECT_THAT(items.missing(), ElementsAre(CatalogItemKey{"v", "pizzas", "knots"}));
}

TEST(CatalogItemsTest, TheCacheIsAskedOnceAndItsAnswerStays) {
  int asked = 0;
  CatalogItems items([&](const CatalogItemKey& key) -> std::optional<Value> {
    ++asked;
    if (key.item_id == "knots") return Value::Map({{"price", Value::Int(asked)}});
    if (key.item_id == "gone") return Value();
    return std::nullopt;
  });
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(items.Find("w", "pizzas", "knots").value(), Value::Map({{"price", Value::Int(1)}}));
    EXPECT_TRUE(absl::IsNotFound(items.Find("w", "pizzas", "gone").status()));
  }
  EXPECT_EQ(asked, 2);
  EXPECT_TRUE(absl::IsUnavailable(items.Find("w", "pizzas", "new").status()));
}

}  // namespace
}  // namespace cadenza::rules
