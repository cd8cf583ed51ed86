#include "storage/model/counted_map.h"

#include <string>
#include <utility>

#include "gtest/gtest.h"

namespace cadenza {
namespace {

TEST(CountedMapTest, WhoeverMayChangeItCounts) {
  CountedMap<int> map = {{"a", 1}, {"b", 2}};
  const auto counts = [&map](auto use) {
    const uint32_t before = map.changes();
    use();
    return map.changes() != before;
  };
  EXPECT_TRUE(counts([&] { map["a"] = 3; }));
  EXPECT_TRUE(counts([&] { map.find("a")->second = 4; }));
  EXPECT_TRUE(counts([&] { map.begin()->second = 5; }));
  EXPECT_TRUE(counts([&] {
    for (auto& [key, value] : map) ++value;
  }));
  EXPECT_TRUE(counts([&] { map.emplace("c", 6); }));
  EXPECT_TRUE(counts([&] { map.erase("c"); }));
  EXPECT_TRUE(counts([&] { map.clear(); }));
}

TEST(CountedMapTest, WhoeverOnlyLooksDoesNot) {
  const CountedMap<int> map = {{"a", 1}, {"b", 2}};
  const uint32_t before = map.changes();
  EXPECT_EQ(map.find("a")->second, 1);
  EXPECT_EQ(map.at("b"), 2);
  int sum = 0;
  for (const auto& [key, value] : map) sum += value;
  EXPECT_EQ(sum, 3);
  EXPECT_EQ(map.size(), 2);
  EXPECT_FALSE(map.empty());
  EXPECT_EQ(map.changes(), before);
}

TEST(CountedMapTest, ACopyGoesOnFromItsOriginal) {
  CountedMap<int> map = {{"a", 1}};
  map["a"] = 2;
  CountedMap<int> copy = map;
  EXPECT_EQ(copy, map);
  EXPECT_EQ(copy.changes(), map.changes());
  copy.find("a");
  EXPECT_NE(copy.changes(), map.changes());
  EXPECT_EQ(copy, map) << "how often is no part of the value";
}

}  // namespace
}  // namespace cadenza
