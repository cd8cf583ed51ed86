// The profile cache against a real Redis: working, frozen, gone, flushed, restarted, poisoned.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

#include "absl/strings/numbers.h"
#include "storage/base/text.h"
#include "storage/caching_store.h"
#include "storage/memory/memory_store.h"
#include "storage/redis/profile_value.h"
#include "storage/redis/redis_profile_cache.h"
#include "tests/support/redis_server.h"

namespace cadenza::testing {
namespace {

using redis::CircuitBreaker;
using redis::RedisProfileCache;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

const UserKey kAda = UserKey::User("w", "ada");
const UserKey kBob = UserKey::User("w", "bob");

class RedisCacheTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = RedisServer::Create(); }
  static void TearDownTestSuite() { server_.reset(); }
  void SetUp() override { server_->Flush(); }

  static RedisProfileCache::Options Options() {
    RedisProfileCache::Options options;
    options.client.address = *redis::Address::Parse(server_->url());
    options.client.deadline = std::chrono::seconds(10);  // a busy machine must not fail a test that is not about time
    return options;
  }
  static std::optional<ProfileRow> GetOne(RedisProfileCache& cache, const UserKey& key) {
    return cache.Get({key}).front();
  }
  static milliseconds Time(const std::function<void()>& call) {
    auto begin = steady_clock::now();
    call();
    return std::chrono::duration_cast<milliseconds>(steady_clock::now() - begin);
  }

  static std::unique_ptr<RedisServer> server_;
};

std::unique_ptr<RedisServer> RedisCacheTest::server_;

TEST_F(RedisCacheTest, PutGetDrop) {
  RedisProfileCache cache(Options());
  EXPECT_EQ(GetOne(cache, kAda), std::nullopt);
  ProfileRow row{3, "", std::string("bi\0nary\r\n", 9)};
  ProfileRow name{1, "u:ada", ""};
  cache.PutIfNewer({{kAda, row}, {UserKey::Anonymous("w", "x"), name}});
  auto rows = cache.Get({kBob, UserKey::Anonymous("w", "x"), kAda});
  EXPECT_EQ(rows[0], std::nullopt);
  EXPECT_EQ(rows[1], name);
  EXPECT_EQ(rows[2], row);
  cache.Drop({kAda, kBob});
  EXPECT_EQ(GetOne(cache, kAda), std::nullopt);
  EXPECT_EQ(cache.counters().hits, 2);
  EXPECT_EQ(cache.counters().misses, 3);
  EXPECT_EQ(cache.counters().errors, 0);
}

TEST_F(RedisCacheTest, OnlyANewerVersionReplaces) {
  RedisProfileCache cache(Options());
  cache.PutIfNewer({{kAda, {10, "", "ten"}}});
  cache.PutIfNewer({{kAda, {9, "", "nine"}}});
  EXPECT_EQ(GetOne(cache, kAda)->state, "ten");
  cache.PutIfNewer({{kAda, {100, "", "hundred"}}});
  EXPECT_EQ(GetOne(cache, kAda)->state, "hundred");
}

TEST_F(RedisCacheTest, ConcurrentPutsLeaveTheNewest) {
  RedisProfileCache cache(Options());
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&cache, t] {
      for (int64_t version = 1 + t; version <= 400; version += 4) {
        cache.PutIfNewer({{kAda, {version, "", StrCat("state ", version)}}});
        if (std::optional<ProfileRow> row = GetOne(cache, kAda)) {
          EXPECT_GE(row->version, version);
          EXPECT_EQ(row->state, StrCat("state ", row->version));
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(GetOne(cache, kAda)->version, 400);
}

TEST_F(RedisCacheTest, ALargeBatchGoesInChunks) {
  RedisProfileCache cache(Options());
  std::vector<std::pair<UserKey, ProfileRow>> rows;
  std::vector<UserKey> keys;
  for (int i = 0; i < 1000; ++i) {
    keys.push_back(UserKey::User("w", StrCat("user", i)));
    rows.emplace_back(keys.back(), ProfileRow{i + 1, "", std::string(i * 5, 's')});
  }
  cache.PutIfNewer(rows);
  auto found = cache.Get(keys);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(found[i], rows[i].second) << i;
}

TEST_F(RedisCacheTest, RowsExpireAndTooBigOnesAreNotKept) {
  RedisProfileCache::Options options = Options();
  options.max_value_bytes = 1000;
  RedisProfileCache cache(options);
  cache.PutIfNewer({{kAda, {1, "", "small"}}, {kBob, {1, "", "small"}}});
  cache.PutIfNewer({{kBob, {2, "", std::string(1001, 'x')}}});
  EXPECT_EQ(GetOne(cache, kBob), std::nullopt) << "the old one must not stay";
  int64_t ttl = std::stoll(server_->Run({"PTTL", cache.RedisKey(kAda)}));
  EXPECT_GT(ttl, 3'500'000);
  EXPECT_LE(ttl, 3'600'000);
}

TEST_F(RedisCacheTest, PoisonIsAMissAndHeals) {
  RedisProfileCache cache(Options());
  const std::string key = cache.RedisKey(kAda);
  std::string bobs = redis::EncodeProfileValue(cache.RedisKey(kBob), {7, "", "bob's secrets"});
  std::string cut = redis::EncodeProfileValue(key, {7, "", "some state"});
  cut.pop_back();
  for (const std::string& poison : {std::string(), std::string("garbage"), bobs, cut,
                                    std::string("CZP199999999999999999999 and more to come here")}) {
    server_->Run({"SET", key, poison});
    EXPECT_EQ(GetOne(cache, kAda), std::nullopt);
    cache.PutIfNewer({{kAda, {2, "", "good"}}});
    EXPECT_EQ(GetOne(cache, kAda), (ProfileRow{2, "", "good"}));
    cache.Drop({kAda});
  }
  EXPECT_EQ(cache.counters().garbage, 5);
  // A value of another type is no obstacle either.
  server_->Run({"RPUSH", key, "x"});
  EXPECT_EQ(GetOne(cache, kAda), std::nullopt);
  cache.PutIfNewer({{kAda, {2, "", "good"}}});
  EXPECT_EQ(GetOne(cache, kAda), (ProfileRow{2, "", "good"}));
}

TEST_F(RedisCacheTest, SurvivesAFlushOfEverythingAndOfTheScripts) {
  RedisProfileCache cache(Options());
  cache.PutIfNewer({{kAda, {1, "", "one"}}});
  server_->Flush();
  EXPECT_EQ(GetOne(cache, kAda), std::nullopt);
  server_->Run({"SCRIPT", "FLUSH"});
  cache.PutIfNewer({{kAda, {1, "", "one"}}});
  EXPECT_EQ(GetOne(cache, kAda)->state, "one");
  EXPECT_EQ(cache.counters().errors, 0);
}

TEST_F(RedisCacheTest, ARestartCostsNoError) {
  RedisProfileCache cache(Options());
  cache.PutIfNewer({{kAda, {1, "", "one"}}});
  server_->Stop();
  server_->Start();
  EXPECT_EQ(GetOne(cache, kAda), std::nullopt);
  cache.PutIfNewer({{kAda, {1, "", "one"}}});
  EXPECT_EQ(GetOne(cache, kAda)->state, "one");
  EXPECT_EQ(cache.counters().errors, 0);
}

// The upper bounds leave room for a busy machine; the times themselves are recorded.
TEST_F(RedisCacheTest, AFrozenRedisCostsItsDeadlineAndThenNothing) {
  RedisProfileCache::Options options = Options();
  options.client.deadline = milliseconds(50);
  options.client.breaker = {2, milliseconds(100), milliseconds(200)};
  RedisProfileCache cache(options);
  cache.PutIfNewer({{kAda, {1, "", "one"}}});
  server_->Pause();
  for (int i = 0; i < 2; ++i) {
    milliseconds time = Time([&] { EXPECT_EQ(GetOne(cache, kAda), std::nullopt); });
    RecordProperty(StrCat("frozen_call_", i, "_ms"), StrCat(time.count()));
    EXPECT_GE(time.count(), 49);
    EXPECT_LT(time.count(), 1000);
  }
  EXPECT_EQ(cache.breaker_state(), CircuitBreaker::State::kOpen);
  milliseconds time = Time([&] {
    for (int i = 0; i < 100; ++i) {
      if (cache.breaker_state() == CircuitBreaker::State::kOpen) cache.Drop({kBob});
    }
  });
  EXPECT_LT(time.count(), 100 * 49) << "a hundred calls, one probe at most";
  server_->Resume();
  while (cache.breaker_state() != CircuitBreaker::State::kClosed) {
    GetOne(cache, kBob);
    std::this_thread::yield();
  }
  cache.PutIfNewer({{kAda, {2, "", "two"}}});
  // A put may have been refused or cut off; it may not have been wrong.
  std::optional<ProfileRow> row = GetOne(cache, kAda);
  if (row) {
    EXPECT_EQ(row->state, row->version == 1 ? "one" : "two");
  }
}

TEST_F(RedisCacheTest, AnAbsentRedisIsAMiss) {
  RedisProfileCache::Options options = Options();
  server_->Stop();
  {
    RedisProfileCache cache(options);
    cache.PutIfNewer({{kAda, {1, "", "one"}}});
    cache.Drop({kAda});
    EXPECT_EQ(GetOne(cache, kAda), std::nullopt);
    EXPECT_EQ(cache.counters().errors, 3);
  }
  server_->Start();
}

TEST_F(RedisCacheTest, WorksThroughAUnixSocketAndWithAPassword) {
  std::unique_ptr<RedisServer> locked = RedisServer::Create("p@ss/w:rd%");
  RedisProfileCache::Options options = Options();
  options.client.address = *redis::Address::Parse(locked->url());
  RedisProfileCache cache(options);
  cache.PutIfNewer({{kAda, {1, "", "one"}}});
  EXPECT_EQ(GetOne(cache, kAda)->state, "one");

  options.client.address = redis::Address();
  options.client.address.unix_path = locked->unix_path();
  options.client.address.password = "p@ss/w:rd%";
  RedisProfileCache by_socket(options);
  EXPECT_EQ(GetOne(by_socket, kAda)->state, "one");

  options.client.address.password = "wrong";
  RedisProfileCache refused(options);
  EXPECT_EQ(GetOne(refused, kAda), std::nullopt);
  EXPECT_EQ(refused.counters().errors, 1);
  auto status = redis::Connection::Open(options.client.address, steady_clock::now() + std::chrono::seconds(5)).status();
  EXPECT_EQ(status.ToString().find("wrong"), std::string::npos) << status;
}

// Two processes over one store, one Redis, and a hand that poisons and flushes: each adds up a counter in the row. No
// step is lost or doubled.
TEST_F(RedisCacheTest, TheFenceDecidesWhateverTheCacheSays) {
  constexpr int kSteps = 300;
  MemoryStore memory;
  std::atomic<bool> done{false};
  auto process = [&] {
    RedisProfileCache cache(Options());
    CachingStore store(&memory, &cache);
    int64_t journal = *store.OpenJournal();
    int64_t journal_seq = 0;
    for (int step = 0; step < kSteps;) {
      LoadRequest request;
      request.keys = {kAda};
      auto loaded = store.Load(request);
      ASSERT_TRUE(loaded.ok());
      ProfileRow row = loaded->rows[0].value_or(ProfileRow{0, "", "0"});
      CommitBatch batch;
      batch.journal = journal;
      batch.journal_seq = ++journal_seq;
      int64_t sum = 0;
      ASSERT_TRUE(absl::SimpleAtoi(row.state, &sum)) << row.state;
      batch.profiles.push_back({kAda, row.version, {row.version + 1, "", StrCat(sum + 1)}});
      auto committed = store.Commit(batch);
      ASSERT_TRUE(committed.ok()) << committed.status();
      if (!committed->conflicted[0]) ++step;
    }
  };
  std::thread vandal([&] {
    RedisProfileCache cache(Options());
    const std::string key = cache.RedisKey(kAda);
    for (int64_t i = 0; !done; ++i) {
      switch (i % 4) {
        case 0:
          server_->Flush();
          break;
        case 1:
          server_->Run({"SET", key, "garbage"});
          break;
        case 2:  // well formed, and wrong: from the past, or from a future that never was
          server_->Run({"SET", key, redis::EncodeProfileValue(key, {1 + i % 7, "", "1"})});
          break;
        case 3:
          server_->Run({"SET", key, redis::EncodeProfileValue(key, {1'000'000 + i, "", "77"})});
          break;
      }
    }
  });
  std::thread a(process), b(process);
  a.join();
  b.join();
  done = true;
  vandal.join();
  LoadRequest request;
  request.keys = {kAda};
  request.fresh = true;
  auto end = memory.Load(request);
  EXPECT_EQ(end->rows[0]->version, 2 * kSteps);
}

}  // namespace
}  // namespace cadenza::testing
