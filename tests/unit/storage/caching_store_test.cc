#include "storage/caching_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "storage/fault_store.h"
#include "storage/memory/memory_store.h"

namespace cadenza {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const UserKey kAda = UserKey::User("w", "ada");
const UserKey kBob = UserKey::User("w", "bob");

// A cache that the test can look into and poison.
class FakeCache : public ProfileCache {
 public:
  std::vector<std::optional<ProfileRow>> Get(const std::vector<UserKey>& keys) override {
    std::vector<std::optional<ProfileRow>> found;
    for (const UserKey& key : keys) {
      auto row = rows.find(key);
      found.push_back(row == rows.end() ? std::nullopt : std::optional(row->second));
    }
    if (on_get) on_get();
    return found;
  }
  void PutIfNewer(const std::vector<std::pair<UserKey, ProfileRow>>& put) override {
    for (const auto& [key, row] : put) {
      if (!rows.contains(key) || rows[key].version <= row.version) rows[key] = row;
    }
  }
  void Drop(const std::vector<UserKey>& keys) override {
    for (const UserKey& key : keys) rows.erase(key);
  }

  std::map<UserKey, ProfileRow> rows;
  std::function<void()> on_get;
};

class CachingStoreTest : public ::testing::Test {
 protected:
  CommitBatch Batch(const UserKey& user, int64_t expected, std::string state) {
    CommitBatch batch;
    batch.journal = journal_;
    batch.journal_seq = ++journal_seq_;
    batch.profiles.push_back({user, expected, {expected + 1, "", std::move(state)}});
    return batch;
  }
  // Past the cache, as another process would.
  void CommitElsewhere(const UserKey& user, int64_t expected, std::string state) {
    auto result = memory_.Commit(Batch(user, expected, std::move(state)));
    ASSERT_TRUE(result.ok() && !result->conflicted[0]);
  }
  std::optional<ProfileRow> LoadOne(const UserKey& user, bool fresh) {
    auto result = store_.Load({{user}, {}, fresh});
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() ? result->rows[0] : std::nullopt;
  }

  MemoryStore memory_;
  FaultStore faults_{&memory_};
  FakeCache cache_;
  CachingStore store_{&faults_, &cache_};
  int64_t journal_ = *memory_.OpenJournal();
  int64_t journal_seq_ = 0;
};

TEST_F(CachingStoreTest, AHitDoesNotAskTheStore) {
  CommitElsewhere(kAda, 0, "one");
  EXPECT_EQ(LoadOne(kAda, false), (ProfileRow{1, "", "one"}));
  EXPECT_EQ(faults_.Calls(FaultStore::Call::kLoad), 1);
  EXPECT_EQ(LoadOne(kAda, false), (ProfileRow{1, "", "one"}));
  EXPECT_EQ(faults_.Calls(FaultStore::Call::kLoad), 1);
}

TEST_F(CachingStoreTest, HitsAndMissesKeepTheirPlaces) {
  CommitElsewhere(kBob, 0, "bob");
  cache_.rows[kAda] = {5, "", "ada"};
  auto result = store_.Load({{kBob, UserKey::User("w", "nobody"), kAda}, {}, false});
  ASSERT_TRUE(result.ok());
  EXPECT_THAT(result->rows, ElementsAre(ProfileRow{1, "", "bob"}, std::nullopt, ProfileRow{5, "", "ada"}));
  EXPECT_EQ(cache_.rows.at(kBob).state, "bob");
}

TEST_F(CachingStoreTest, FreshGoesAroundTheCacheAndMendsIt) {
  CommitElsewhere(kAda, 0, "one");
  cache_.rows[kBob] = {9, "", "a user who does not exist"};
  EXPECT_EQ(LoadOne(kAda, true), (ProfileRow{1, "", "one"}));
  EXPECT_EQ(cache_.rows.at(kAda).version, 1);
  EXPECT_EQ(LoadOne(kBob, true), std::nullopt);
  EXPECT_FALSE(cache_.rows.contains(kBob));
}

// LoadResult: an event that was committed before a returned row's version was reached is found.
TEST_F(CachingStoreTest, EventsAreLookedUpAfterTheCachedRows) {
  CommitBatch batch = Batch(kAda, 0, "one");
  EventWrite event;
  event.named = kAda;
  event.event_id = "e1";
  event.user_seq = 1;
  batch.events.push_back(event);
  cache_.on_get = [&] { ASSERT_TRUE(store_.Commit(batch).ok()); };
  auto result = store_.Load({{kAda}, {{kAda, "e1"}}, false});
  ASSERT_TRUE(result.ok());
  ASSERT_TRUE(result->events[0].has_value());
  EXPECT_EQ(result->events[0]->user_seq, 1);
}

TEST_F(CachingStoreTest, EventsAreLookedUpWhenAllRowsAreCached) {
  CommitBatch batch = Batch(kAda, 0, "one");
  EventWrite event;
  event.named = kAda;
  event.event_id = "e1";
  event.user_seq = 1;
  batch.events.push_back(event);
  ASSERT_TRUE(store_.Commit(batch).ok());
  auto result = store_.Load({{kAda}, {{kAda, "e1"}, {kAda, "e2"}}, false});
  ASSERT_TRUE(result.ok());
  EXPECT_TRUE(result->events[0].has_value());
  EXPECT_FALSE(result->events[1].has_value());
}

TEST_F(CachingStoreTest, ACommitIsWrittenThroughAndAConflictIsDropped) {
  CommitElsewhere(kBob, 0, "bob");
  cache_.rows[kBob] = {7, "", "stale or poisoned"};
  CommitBatch batch = Batch(kAda, 0, "ada");
  batch.profiles.push_back({kBob, 7, {8, "", "decided on nonsense"}});
  auto result = store_.Commit(batch);
  ASSERT_TRUE(result.ok());
  EXPECT_THAT(result->conflicted, ElementsAre(false, true));
  EXPECT_EQ(cache_.rows.at(kAda).state, "ada");
  EXPECT_FALSE(cache_.rows.contains(kBob));
  EXPECT_EQ(LoadOne(kBob, false), (ProfileRow{1, "", "bob"}));
}

// Whatever the cache says, what is committed rests on what was committed.
TEST_F(CachingStoreTest, AStaleCacheNeverDecides) {
  CommitElsewhere(kAda, 0, "1");
  ASSERT_EQ(LoadOne(kAda, false)->state, "1");
  for (int64_t version = 1; version < 20; ++version) {
    CommitElsewhere(kAda, version, std::to_string(version + 1));
    ProfileRow stale = *LoadOne(kAda, false);
    EXPECT_LE(stale.version, version + 1);
    if (stale.version == version + 1) continue;
    auto result = store_.Commit(Batch(kAda, stale.version, "wrong"));
    ASSERT_TRUE(result.ok());
    EXPECT_THAT(result->conflicted, ElementsAre(true));
    EXPECT_EQ(LoadOne(kAda, false), (ProfileRow{version + 1, "", std::to_string(version + 1)}));
  }
}

TEST_F(CachingStoreTest, AnUnknownOutcomeDropsTheBatch) {
  ASSERT_TRUE(store_.Commit(Batch(kAda, 0, "one")).ok());
  FaultStore::Fault lie;
  lie.error = absl::UnknownError("connection lost during COMMIT");
  lie.do_it = true;
  faults_.Inject(FaultStore::Call::kCommit, lie);
  EXPECT_EQ(store_.Commit(Batch(kAda, 1, "two")).status().code(), absl::StatusCode::kUnknown);
  EXPECT_THAT(cache_.rows, IsEmpty());
  EXPECT_EQ(LoadOne(kAda, false), (ProfileRow{2, "", "two"}));
}

TEST_F(CachingStoreTest, NothingThatWasNotCommittedIsCached) {
  FaultStore::Fault away;
  away.error = absl::UnavailableError("away");
  faults_.Inject(FaultStore::Call::kCommit, away);
  EXPECT_FALSE(store_.Commit(Batch(kAda, 0, "one")).ok());
  EXPECT_THAT(cache_.rows, IsEmpty());
}

TEST_F(CachingStoreTest, AllOrNothingThatFailedIsDroppedAltogether) {
  ASSERT_TRUE(store_.Commit(Batch(kAda, 0, "one")).ok());
  CommitBatch batch = Batch(kAda, 1, "two");
  batch.profiles.push_back({kBob, 3, {4, "", "there is no bob"}});
  batch.all_or_nothing = true;
  auto result = store_.Commit(batch);
  ASSERT_TRUE(result.ok());
  EXPECT_THAT(result->conflicted, ElementsAre(true, true));
  EXPECT_THAT(cache_.rows, IsEmpty());
}

}  // namespace
}  // namespace cadenza
