#include "storage/model/flat_map.h"

#include <map>
#include <string>

#include "gtest/gtest.h"
#include "tests/support/random_model.h"
#include "tests/support/seed.h"

namespace cadenza {
namespace {

TEST(FlatMapTest, DoesWhatAMapDoes) {
  const uint64_t seed = testing::TestSeed();
  SCOPED_TRACE(testing::SeedLine(seed));
  testing::RandomModel random(seed);
  FlatMap<int> flat;
  std::map<std::string, int> map;
  for (int i = 0; i < 500; ++i) {
    const std::string key = random.Text(2);
    if (random.OneIn(2)) {
      flat[key] += i;
      map[key] += i;
    } else {
      ASSERT_EQ(flat.emplace(key, i).second, map.emplace(key, i).second);
    }
    ASSERT_EQ(flat.find(key)->second, map.find(key)->second);
    const std::string other = random.Text(2);
    ASSERT_EQ(flat.erase(other), map.erase(other));
  }
  ASSERT_EQ(flat.size(), map.size());
  EXPECT_TRUE(std::equal(flat.begin(), flat.end(), map.begin(),
                         [](const auto& a, const auto& b) { return a.first == b.first && a.second == b.second; }));
  EXPECT_EQ(flat.find("no such key"), flat.end());
}

TEST(FlatMapTest, InsertLeavesWhatIsThere) {
  FlatMap<int> known = {{"b", 2}, {"a", 1}};
  const FlatMap<int> other = {{"a", 9}, {"c", 3}};
  known.insert(other.begin(), other.end());
  EXPECT_EQ(known, (FlatMap<int>{{"a", 1}, {"b", 2}, {"c", 3}}));
  EXPECT_EQ(known.at("a"), 1);
  known.clear();
  EXPECT_TRUE(known.empty());
}

}  // namespace
}  // namespace cadenza
