#include "storage/write_behind_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "storage/base/text.h"

namespace cadenza {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const UserKey kAda = UserKey::User("w", "ada");
const UserKey kBob = UserKey::User("w", "bob");

// Writes down what it is told; can be made to hang.
class SlowCache : public ProfileCache {
 public:
  std::vector<std::optional<ProfileRow>> Get(const std::vector<UserKey>& keys) override {
    absl::MutexLock lock(&mu_);
    std::vector<std::optional<ProfileRow>> found;
    for (const UserKey& key : keys) {
      auto it = rows_.find(key);
      found.push_back(it == rows_.end() ? std::nullopt : std::optional(it->second));
    }
    return found;
  }
  void PutIfNewer(const std::vector<std::pair<UserKey, ProfileRow>>& rows) override {
    absl::MutexLock lock(&mu_);
    mu_.Await(absl::Condition(&open_));
    for (const auto& [key, row] : rows) {
      rows_[key] = row;
      log_.push_back(StrCat(key.key, " ", row.version));
    }
  }
  void Drop(const std::vector<UserKey>& keys) override {
    absl::MutexLock lock(&mu_);
    mu_.Await(absl::Condition(&open_));
    for (const UserKey& key : keys) {
      rows_.erase(key);
      log_.push_back(StrCat(key.key, " dropped"));
    }
  }

  void SetOpen(bool open) {
    absl::MutexLock lock(&mu_);
    open_ = open;
  }
  std::vector<std::string> log() {
    absl::MutexLock lock(&mu_);
    return log_;
  }

 private:
  absl::Mutex mu_;
  bool open_ ABSL_GUARDED_BY(mu_) = true;
  absl::flat_hash_map<UserKey, ProfileRow> rows_ ABSL_GUARDED_BY(mu_);
  std::vector<std::string> log_ ABSL_GUARDED_BY(mu_);
};

// Nothing is written by itself while a test runs.
WriteBehindCache::Options Patient() {
  WriteBehindCache::Options options;
  options.linger = absl::Hours(1);
  return options;
}

std::optional<ProfileRow> GetOne(ProfileCache& cache, const UserKey& key) { return cache.Get({key}).front(); }

TEST(WriteBehindCacheTest, WritesTheNewestRowOfAUserOnce) {
  SlowCache behind;
  WriteBehindCache cache(&behind, Patient());
  for (int64_t version = 1; version <= 5; ++version) cache.PutIfNewer({{kAda, {version, "", "state"}}});
  cache.PutIfNewer({{kAda, {3, "", "late"}}});
  EXPECT_THAT(behind.log(), IsEmpty());
  cache.Flush();
  EXPECT_THAT(behind.log(), ElementsAre("u:ada 5"));
}

TEST(WriteBehindCacheTest, AnswersWithWhatWaits) {
  SlowCache behind;
  behind.PutIfNewer({{kAda, {1, "", "old"}}, {kBob, {7, "", "bob"}}});
  WriteBehindCache cache(&behind, Patient());
  cache.PutIfNewer({{kAda, {2, "", "new"}}});
  EXPECT_EQ(cache.Get({kBob, kAda})[0], (ProfileRow{7, "", "bob"}));
  EXPECT_EQ(cache.Get({kBob, kAda})[1], (ProfileRow{2, "", "new"}));
  EXPECT_EQ(GetOne(behind, kAda)->version, 1);
}

TEST(WriteBehindCacheTest, ADropHidesAtOnceAndIsWrittenLater) {
  SlowCache behind;
  behind.PutIfNewer({{kAda, {1, "", "old"}}});
  WriteBehindCache cache(&behind, Patient());
  cache.Drop({kAda});
  EXPECT_EQ(GetOne(cache, kAda), std::nullopt);
  cache.Flush();
  EXPECT_EQ(GetOne(behind, kAda), std::nullopt);
  // What was loaded anew after the drop is kept.
  cache.Drop({kAda});
  cache.PutIfNewer({{kAda, {2, "", "new"}}});
  cache.Flush();
  EXPECT_EQ(GetOne(behind, kAda)->version, 2);
}

TEST(WriteBehindCacheTest, WritesByItselfAfterTheLinger) {
  SlowCache behind;
  WriteBehindCache::Options options;
  options.linger = absl::Milliseconds(1);
  WriteBehindCache cache(&behind, options);
  cache.PutIfNewer({{kAda, {1, "", "state"}}});
  while (behind.log().empty()) std::this_thread::yield();
  EXPECT_THAT(behind.log(), ElementsAre("u:ada 1"));
}

TEST(WriteBehindCacheTest, NobodyWaitsForACacheThatHangs) {
  SlowCache behind;
  behind.SetOpen(false);
  WriteBehindCache::Options options;
  options.linger = absl::ZeroDuration();
  WriteBehindCache cache(&behind, options);
  for (int64_t version = 1; version <= 1000; ++version) {
    cache.PutIfNewer({{kAda, {version, "", "state"}}, {kBob, {version, "", "state"}}});
  }
  cache.Drop({kBob});
  behind.SetOpen(true);
  cache.Flush();
  EXPECT_EQ(GetOne(behind, kAda)->version, 1000);
  EXPECT_EQ(GetOne(behind, kBob), std::nullopt);
}

TEST(WriteBehindCacheTest, TooMuchBecomesDropsAndThenNothing) {
  SlowCache behind;
  WriteBehindCache::Options options = Patient();
  options.bytes_max = 1000;
  options.users_max = 3;
  WriteBehindCache cache(&behind, options);
  const std::string state(600, 's');
  for (int i = 0; i < 5; ++i) cache.PutIfNewer({{UserKey::User("w", StrCat(i)), {1, "", state}}});
  cache.Flush();
  EXPECT_THAT(behind.log(), ElementsAre("u:0 1", "u:1 dropped", "u:2 dropped"));
  // What was written leaves room again.
  cache.PutIfNewer({{kAda, {1, "", state}}});
  cache.Flush();
  EXPECT_THAT(behind.log(), SizeIs(4));
  EXPECT_EQ(behind.log().back(), "u:ada 1");
}

TEST(WriteBehindCacheTest, WritesWhatWaitsBeforeItEnds) {
  SlowCache behind;
  { WriteBehindCache(&behind, Patient()).PutIfNewer({{kAda, {1, "", "state"}}}); }
  EXPECT_THAT(behind.log(), ElementsAre("u:ada 1"));
}

}  // namespace
}  // namespace cadenza
