#include "server/control/user_walk.h"

#include <gtest/gtest.h>

#include <set>

#include "storage/memory/memory_store.h"

namespace cadenza {
namespace {

TEST(UserWalkTest, FindsEachUserOnceWhereMostRowsAreOfOthers) {
  MemoryStore store;
  CommitBatch batch;
  batch.journal_seq = 1;
  std::set<std::string> expected;
  for (int i = 0; i < 500; ++i) {
    const std::string name = "user-" + std::to_string(i);
    batch.profiles.push_back({UserKey::User("other", name), 0, {1, "", ""}});
    if (i % 50 < 3) {
      batch.profiles.push_back({UserKey::User("w", name), 0, {1, "", ""}});
      expected.insert("u:" + name);
    }
  }
  ASSERT_TRUE(store.Commit(batch).ok());
  for (const int stretch_users : {1, 4, 1000}) {
    UserWalk walk(&store.segments(), "w", "", stretch_users, 100);
    std::set<std::string> walked;
    std::string cursor;
    int steps = 0;
    while (true) {
      ASSERT_LT(++steps, 2000);
      const absl::StatusOr<UserStretch> stretch = walk.Next(cursor);
      ASSERT_TRUE(stretch.ok()) << stretch.status();
      if (stretch->at_end) break;
      EXPECT_LE(stretch->keys.size(), static_cast<size_t>(stretch_users));
      for (const std::string& key : stretch->keys) EXPECT_TRUE(walked.insert(key).second) << key;
      ASSERT_GT(stretch->last_key, cursor);
      cursor = stretch->last_key;
    }
    EXPECT_EQ(walked, expected) << stretch_users;
  }
}

}  // namespace
}  // namespace cadenza
