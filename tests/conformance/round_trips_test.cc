// What a batch costs the database and the cache, counted: statements, round trips and commands. These figures are exact
// and may only change on purpose.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "storage/base/text.h"
#include "storage/caching_store.h"
#include "storage/postgres/connection.h"
#include "storage/postgres/postgres_store.h"
#include "storage/redis/redis_profile_cache.h"
#include "storage/write_behind_cache.h"
#include "tests/support/postgres_server.h"
#include "tests/support/redis_server.h"

namespace cadenza::testing {
namespace {

constexpr int kInputs = 500;
constexpr int kUsers = 300;

UserKey User(int i) { return UserKey::User("w", StrCat("user", i)); }

class RoundTripsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    postgres::Options options;
    options.connection_string = PostgresServer::Shared().CreateMigratedDatabase().value();
    options.process_name = "round-trips";
    options.traffic = &sql_;
    postgres_ = postgres::MakePostgresStore(options);
    journal_ = postgres_->OpenJournal().value();
    redis::RedisProfileCache::Options redis_options;
    redis_options.client.address = *redis::Address::Parse(redis_server_->url());
    redis_ = std::make_unique<redis::RedisProfileCache>(redis_options);
    WriteBehindCache::Options patient;
    patient.linger = absl::Hours(1);  // until Flush
    write_behind_ = std::make_unique<WriteBehindCache>(redis_.get(), patient);
    store_ = std::make_unique<CachingStore>(postgres_.get(), write_behind_.get());
    Reset();
  }
  static void SetUpTestSuite() { redis_server_ = RedisServer::Create(); }
  static void TearDownTestSuite() { redis_server_.reset(); }

  void Reset() {
    sql_.statements = 0;
    sql_.round_trips = 0;
    commands_before_ = redis_->traffic().commands;
  }
  int64_t redis_commands() const { return redis_->traffic().commands - commands_before_; }
  void ExpectSql(int64_t statements, int64_t round_trips) {
    EXPECT_EQ(sql_.statements, statements);
    EXPECT_EQ(sql_.round_trips, round_trips);
    Reset();
  }

  // kInputs events of kUsers users who are at `version`, some with messages.
  CommitBatch Batch(int64_t version, bool ascending_ids) {
    CommitBatch batch;
    batch.journal = journal_;
    batch.journal_seq = ++journal_seq_;
    for (int i = 0; i < kUsers; ++i) batch.profiles.push_back({User(i), version, {version + 2, "", "state"}});
    for (int i = 0; i < kInputs; ++i) {
      EventWrite event;
      event.owner = i % kUsers;
      event.named = User(i % kUsers);
      event.event_id = ascending_ids ? NewUuidV7(absl::Now()) : StrCat("order ", version, "/", i);
      event.user_seq = version + 1 + i / kUsers;
      event.time = event.receive_time = absl::Now();
      event.body = "body";
      batch.events.push_back(event);
    }
    for (int i = 0; i < kInputs / 5; ++i) {
      Message message;
      message.user = User(i);
      message.message_seq = version / 2 + 1;
      message.channel = "push";
      message.create_time = absl::Now();
      message.expire_time = absl::Now() + absl::Hours(1);
      batch.messages.push_back({static_cast<size_t>(i), message});
    }
    return batch;
  }
  static LoadRequest EventsOf(const CommitBatch& batch) {
    LoadRequest request;
    for (const EventWrite& event : batch.events) request.events.push_back({event.named, event.event_id});
    return request;
  }
  void CommitOk(const CommitBatch& batch) {
    auto committed = store_->Commit(batch);
    ASSERT_TRUE(committed.ok()) << committed.status();
    EXPECT_EQ(committed->conflicted, std::vector<bool>(kUsers, false));
  }

  static std::unique_ptr<RedisServer> redis_server_;
  postgres::Traffic sql_;
  std::unique_ptr<Store> postgres_;
  std::unique_ptr<redis::RedisProfileCache> redis_;
  std::unique_ptr<WriteBehindCache> write_behind_;
  std::unique_ptr<CachingStore> store_;
  int64_t journal_ = 0;
  int64_t journal_seq_ = 0;
  int64_t commands_before_ = 0;
};

std::unique_ptr<RedisServer> RoundTripsTest::redis_server_;

TEST_F(RoundTripsTest, ABatchOfHotUsersIsOneLoadAndOneCommit) {
  CommitOk(Batch(0, true));
  Reset();
  const CommitBatch batch = Batch(2, true);
  ASSERT_TRUE(store_->Load(EventsOf(batch)).ok());
  ExpectSql(1, 1);
  CommitOk(batch);
  ExpectSql(1, 1);
  EXPECT_EQ(redis_commands(), 0) << "nobody who commits waits for Redis";
}

TEST_F(RoundTripsTest, ACommitThatChecksItsEventsIsAllOfABatch) {
  CommitOk(Batch(0, true));
  Reset();
  CommitBatch batch = Batch(2, true);
  batch.check_events = true;
  CommitOk(batch);
  ExpectSql(1, 1);
}

TEST_F(RoundTripsTest, WhatIsCountedCostsNoMore) {
  CommitOk(Batch(0, true));
  Reset();
  CommitBatch batch = Batch(2, true);
  batch.check_events = true;
  for (int campaign = 0; campaign < 5; ++campaign) {
    batch.counter_keys.push_back({.workspace = "w", .campaign_id = StrCat("campaign", campaign), .hour = 472'000});
    for (size_t user = 0; user < kUsers; ++user) batch.counters.push_back({user, batch.counter_keys.size() - 1, 1, 1});
  }
  CommitOk(batch);
  ExpectSql(1, 1);
  EXPECT_EQ(redis_commands(), 0);
}

TEST_F(RoundTripsTest, NewUsersCostNoMore) {
  CommitOk(Batch(0, true));
  ExpectSql(1, 1);
}

TEST_F(RoundTripsTest, RowsAndEventsAreLoadedInOneRoundTrip) {
  const CommitBatch batch = Batch(0, true);
  LoadRequest request = EventsOf(batch);
  for (int i = 0; i < kUsers; ++i) request.keys.push_back(User(i));
  request.fresh = true;
  ASSERT_TRUE(store_->Load(request).ok());
  ExpectSql(2, 1);
  // Ids that ascend and others are looked for apart.
  request.events.push_back({User(0), "order 1"});
  ASSERT_TRUE(store_->Load(request).ok());
  ExpectSql(3, 1);
}

TEST_F(RoundTripsTest, CatalogItemsAreLoadedInTheSameRoundTrip) {
  LoadRequest request = EventsOf(Batch(0, true));
  request.catalog_items = {{"w", "pizzas", "a"}, {"w", "pizzas", "b"}};
  ASSERT_TRUE(store_->Load(request).ok());
  ExpectSql(2, 1);
  request.events.clear();
  ASSERT_TRUE(store_->Load(request).ok());
  ExpectSql(1, 1);
}

TEST_F(RoundTripsTest, NothingToAskIsNotAsked) {
  ASSERT_TRUE(store_->Load({}).ok());
  CommitBatch empty;
  ASSERT_TRUE(store_->Commit(empty).ok());
  ExpectSql(0, 0);
  EXPECT_EQ(redis_commands(), 0);
}

TEST_F(RoundTripsTest, ABatchBehindRedisIsOneCommandToReadAndThreeToWrite) {
  CommitOk(Batch(0, false));
  CommitOk(Batch(2, false));
  write_behind_->Flush();
  EXPECT_EQ(redis_commands(), 3) << "300 rows, of two commits, in scripts of at most 128";
  Reset();
  LoadRequest request;
  for (int i = 0; i < kUsers; ++i) request.keys.push_back(User(i));
  auto loaded = store_->Load(request);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->cached_rows, static_cast<size_t>(kUsers));
  EXPECT_EQ(loaded->rows[0]->version, 4);
  EXPECT_EQ(redis_commands(), 1);
  ExpectSql(0, 0);
}

TEST_F(RoundTripsTest, TimersCostNoRoundTrip) {
  CommitOk(Batch(0, true));
  Reset();
  CommitBatch batch = Batch(2, true);
  batch.check_events = true;
  for (int i = 0; i < kUsers; ++i) {
    const auto kind = i % 2 == 0 ? TimerWrite::Kind::kSet : TimerWrite::Kind::kDelete;
    batch.timers.push_back({static_cast<size_t>(i), kind, "delay/knots/1", 4, absl::Now(), "payload"});
  }
  CommitOk(batch);
  ExpectSql(1, 1);
  ASSERT_TRUE(store_->Probe().ok());
  Reset();
  const auto due = store_->timers().FindDue({absl::Now(), 1000, 1 << 20});
  ASSERT_TRUE(due.ok()) << due.status();
  EXPECT_EQ(due->timers.size(), static_cast<size_t>(kUsers / 2));
  ExpectSql(1, 1);
}

TEST_F(RoundTripsTest, AMergeIsATransactionOfItsOwn) {
  CommitOk(Batch(0, true));
  Reset();
  CommitBatch batch;
  batch.journal = journal_;
  batch.journal_seq = ++journal_seq_;
  batch.all_or_nothing = true;
  batch.profiles = {{User(0), 2, {3, "u:user1", ""}}, {User(1), 2, {3, "", "both"}}};
  batch.moves = {{User(0), User(1), 1}};
  ASSERT_TRUE(store_->Commit(batch).ok());
  ExpectSql(4, 4);  // BEGIN, the commit, a move, COMMIT
}

TEST_F(RoundTripsTest, ACampaignIsOneStatementAndSeveralAreATransaction) {
  CampaignRow a;
  a.workspace = "w";
  a.campaign_id = "a";
  a.revision = 1;
  CampaignRow b = a;
  b.campaign_id = "b";
  CampaignRow next = a;
  next.revision = 2;
  ASSERT_TRUE(store_->campaigns().PutCampaign(a).ok());
  ExpectSql(1, 1);
  ASSERT_TRUE(store_->campaigns().PutCampaigns({b, next}).ok());
  ExpectSql(3, 3);  // BEGIN, both, COMMIT
  ASSERT_TRUE(store_->workspaces().PutSettings({"w", 1, ""}).ok());
  ExpectSql(1, 1);
  ASSERT_TRUE(store_->workspaces().PutRate("w", "a", {1, {absl::Now()}}).ok());
  ExpectSql(1, 1);
}

}  // namespace
}  // namespace cadenza::testing
