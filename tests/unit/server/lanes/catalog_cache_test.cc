#include "server/lanes/catalog_cache.h"

#include <gtest/gtest.h>

namespace cadenza::lanes {
namespace {

const CatalogItemKey kA{"w", "pizzas", "a"};
const CatalogItemKey kB{"w", "pizzas", "b"};

Value Price(int64_t price) { return Value::Map({{"price", Value::Int(price)}}); }

TEST(CatalogCacheTest, AnUnknownCatalogHasNoItems) {
  CatalogCache cache({});
  EXPECT_EQ(cache.Find(kA), Value());
  EXPECT_EQ(cache.RevisionOf(kA), 0);
  cache.Put(kA, 0, Price(1));
  EXPECT_EQ(cache.Find(kA), Value());
}

TEST(CatalogCacheTest, AnItemIsGoodWhileItsCatalogStays) {
  CatalogCache cache({});
  cache.Follow({{"w", "pizzas", 3}, {"w", "shops", 1}});
  EXPECT_EQ(cache.Find(kA), std::nullopt);
  cache.Put(kA, cache.RevisionOf(kA), Price(1));
  cache.Put(kB, 3, Value());
  EXPECT_EQ(cache.Find(kA), Price(1));
  EXPECT_EQ(cache.Find(kB), Value()) << "known not to be there";
  cache.Follow({{"w", "pizzas", 3}, {"w", "shops", 4}});
  EXPECT_EQ(cache.Find(kA), Price(1)) << "another catalog changed";
  cache.Follow({{"w", "pizzas", 5}, {"w", "shops", 4}});
  EXPECT_EQ(cache.Find(kA), std::nullopt);
  EXPECT_EQ(cache.Find(kB), std::nullopt);
  cache.Follow({{"w", "shops", 4}});
  EXPECT_EQ(cache.Find(kA), Value()) << "the catalog is gone";
  EXPECT_EQ(cache.size(), 0u);
  EXPECT_EQ(cache.bytes(), 0u);
}

TEST(CatalogCacheTest, WhatWasLoadedBeforeAChangeIsNotKept) {
  CatalogCache cache({});
  cache.Follow({{"w", "pizzas", 3}});
  const int64_t before = cache.RevisionOf(kA);
  cache.Follow({{"w", "pizzas", 4}});
  cache.Put(kA, before, Price(1));
  EXPECT_EQ(cache.Find(kA), std::nullopt);
  cache.Put(kA, 4, Price(2));
  EXPECT_EQ(cache.Find(kA), Price(2));
  cache.Put(kA, 4, Price(3));
  EXPECT_EQ(cache.Find(kA), Price(3));
  EXPECT_EQ(cache.size(), 1u);
}

TEST(CatalogCacheTest, NoWorkspaceSeesAnothers) {
  CatalogCache cache({});
  cache.Follow({{"w", "pizzas", 3}, {"v", "pizzas", 3}});
  cache.Put(kA, 3, Price(1));
  EXPECT_EQ(cache.Find({"v", "pizzas", "a"}), std::nullopt);
  EXPECT_EQ(cache.Find({"u", "pizzas", "a"}), Value());
}

TEST(CatalogCacheTest, TheLeastRecentlyUsedGoFirst) {
  CatalogCache cache({.items_max = 2});
  cache.Follow({{"w", "pizzas", 1}});
  const CatalogItemKey c{"w", "pizzas", "c"};
  cache.Put(kA, 1, Price(1));
  cache.Put(kB, 1, Price(2));
  EXPECT_TRUE(cache.Find(kA).has_value());
  cache.Put(c, 1, Price(3));
  EXPECT_EQ(cache.Find(kB), std::nullopt);
  EXPECT_EQ(cache.Find(kA), Price(1));
  EXPECT_EQ(cache.Find(c), Price(3));
  EXPECT_EQ(cache.size(), 2u);
}

TEST(CatalogCacheTest, BytesAreBounded) {
  CatalogCache cache({.items_max = 1000, .bytes_max = 10'000});
  cache.Follow({{"w", "pizzas", 1}});
  for (int i = 0; i < 100; ++i) {
    cache.Put({"w", "pizzas", std::to_string(i)}, 1, Value::String(std::string(1000, 'x')));
    EXPECT_LE(cache.bytes(), 10'000u);
  }
  EXPECT_GT(cache.size(), 5u);
  cache.Put(kA, 1, Value::String(std::string(20'000, 'x')));
  EXPECT_EQ(cache.size(), 0u) << "one that is too large is not kept";
  EXPECT_EQ(cache.bytes(), 0u);
}

}  // namespace
}  // namespace cadenza::lanes
