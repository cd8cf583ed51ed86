#include "server/lanes/hot_cache.h"

#include <gtest/gtest.h>

#include <string>

namespace cadenza::lanes {
namespace {

UserKey Key(int i) { return UserKey::User("w", std::to_string(i)); }

HotUser User(int i, size_t bytes = 0) {
  HotUser user;
  user.profile.key = Key(i);
  user.profile.version = i;
  if (bytes > 0) user.profile.attributes.Set("a", Value::String(std::string(bytes, 'x')));
  return user;
}

TEST(HotCacheTest, KeepsTheMostRecentlyUsed) {
  HotCache cache({.users_max = 2, .bytes_max = 1 << 20});
  cache.Put(Key(1), User(1));
  cache.Put(Key(2), User(2));
  ASSERT_NE(cache.Find(Key(1)), nullptr);
  cache.Put(Key(3), User(3));
  cache.Trim();
  EXPECT_EQ(cache.size(), 2u);
  EXPECT_NE(cache.Find(Key(1)), nullptr);
  EXPECT_EQ(cache.Find(Key(2)), nullptr);
  EXPECT_NE(cache.Find(Key(3)), nullptr);
}

TEST(HotCacheTest, PutNeverEvicts) {
  HotCache cache({.users_max = 1, .bytes_max = 1});
  HotUser* one = cache.Put(Key(1), User(1));
  cache.Put(Key(2), User(2));
  EXPECT_EQ(cache.Find(Key(1)), one);
  EXPECT_EQ(one->profile.version, 1);
}

TEST(HotCacheTest, BoundsBytesAndMeasuresGrowth) {
  HotCache cache({.users_max = 100, .bytes_max = 10'000});
  cache.Put(Key(1), User(1));
  HotUser* two = cache.Put(Key(2), User(2));
  cache.Trim();
  EXPECT_EQ(cache.size(), 2u);
  cache.Measure(two, 9'500);
  EXPECT_GT(cache.bytes(), 9'500u);
  cache.Trim();
  EXPECT_EQ(cache.Find(Key(1)), nullptr);
  cache.Erase(Key(2));
  EXPECT_EQ(cache.bytes(), 0u);
}

}  // namespace
}  // namespace cadenza::lanes
