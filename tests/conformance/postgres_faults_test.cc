// PostgreSQL that stops, crashes, comes back, and lies about the time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "storage/base/text.h"
#include "storage/postgres/postgres_store.h"
#include "tests/support/postgres_server.h"

namespace cadenza::testing {
namespace {

using ::testing::HasSubstr;

const UserKey kAda = UserKey::User("w", "ada");

CommitBatch Change(const UserKey& user, int64_t version, const std::string& event_id) {
  CommitBatch batch;
  batch.profiles = {{user, version - 1, {version, "", "state"}}};
  EventWrite event;
  event.named = user;
  event.event_id = event_id;
  event.user_seq = version;
  event.digest = DigestOf(event_id);
  batch.events = {event};
  return batch;
}

bool IsSeen(Store& store, const UserKey& user, const std::string& event_id) {
  auto result = store.Load({{}, {{user, event_id}}, true});
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() && result->events[0].has_value();
}

// Each test has a server of its own to maltreat.
class PostgresFaultsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto server = PostgresServer::Create();
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    auto database = server_->CreateMigratedDatabase();
    ASSERT_TRUE(database.ok()) << database.status();
    database_ = *database;
    store_ = MakeStore(absl::Seconds(1));
  }

  std::unique_ptr<Store> MakeStore(absl::Duration deadline, int pool_size = 2) {
    postgres::Options options;
    options.connection_string = database_;
    options.pool_size = pool_size;
    options.deadline = deadline;
    return postgres::MakePostgresStore(options);
  }

  // The status of `call`, which must come back before the deadline of a second and one more are over.
  template <typename Call>
  absl::Status InTime(Call call) {
    const auto start = std::chrono::steady_clock::now();
    absl::Status status = call();
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2)) << status;
    return status;
  }

  std::unique_ptr<PostgresServer> server_;
  std::string database_;
  std::unique_ptr<Store> store_;
};

TEST_F(PostgresFaultsTest, AStoppedServerHoldsNoCallBeyondItsDeadline) {
  ASSERT_TRUE(store_->Commit(Change(kAda, 1, "e1")).ok());
  server_->Pause();
  // The first one finds its connection stopped, the later ones cannot even connect.
  EXPECT_TRUE(absl::IsUnavailable(InTime([&] { return store_->Load({{kAda}, {}}).status(); })));
  EXPECT_TRUE(absl::IsUnavailable(InTime([&] { return store_->Load({{kAda}, {}}).status(); })));
  EXPECT_TRUE(absl::IsUnavailable(InTime([&] { return store_->Probe(); })));
  EXPECT_TRUE(absl::IsUnavailable(InTime([&] { return store_->Commit(Change(kAda, 2, "e2")).status(); })));
  server_->Resume();
  EXPECT_EQ(store_->Probe(), absl::OkStatus());
  EXPECT_TRUE(store_->Commit(Change(kAda, 2, "e2")).ok());
}

TEST_F(PostgresFaultsTest, ACommitThatWasSentToAStoppedServerIsUnknownAndIsFoundOut) {
  // The second prepares the statement for users who have a row; what is sent next is the commit itself.
  ASSERT_TRUE(store_->Commit(Change(kAda, 1, "e1")).ok());
  ASSERT_TRUE(store_->Commit(Change(kAda, 2, "e2")).ok());
  server_->Pause();
  EXPECT_EQ(InTime([&] { return store_->Commit(Change(kAda, 3, "e3")).status(); }).code(), absl::StatusCode::kUnknown);
  server_->Resume();
  // It may happen now, after it was given up. Whichever of the two comes first, it happens once.
  auto again = store_->Commit(Change(kAda, 3, "e3"));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(IsSeen(*store_, kAda, "e3"));
  EXPECT_EQ(store_->Load({{kAda}, {}}).value().rows[0]->version, 3);
  EXPECT_EQ(store_->ListEvents(kAda, 0, false, 10).value().size(), 3u);
}

TEST_F(PostgresFaultsTest, EveryWaitingCallIsFreedWhenTheServerStops) {
  auto store = MakeStore(absl::Seconds(1), /*pool_size=*/2);
  ASSERT_EQ(store->Probe(), absl::OkStatus());
  server_->Pause();
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&] {
      EXPECT_TRUE(absl::IsUnavailable(InTime([&] { return store->Load({{kAda}, {}}).status(); })));
    });
  }
  for (std::thread& thread : threads) thread.join();
  server_->Resume();
  EXPECT_TRUE(store->Load({{kAda}, {}}).ok());
}

TEST_F(PostgresFaultsTest, CommitsGoOnOnceACrashedServerIsBack) {
  ASSERT_TRUE(store_->Commit(Change(kAda, 1, "e1")).ok());
  ASSERT_TRUE(server_->Stop(PostgresServer::StopMode::kImmediate).ok());
  EXPECT_TRUE(absl::IsUnavailable(store_->Commit(Change(kAda, 2, "e2")).status()));
  EXPECT_TRUE(absl::IsUnavailable(store_->Probe()));
  ASSERT_TRUE(server_->Start().ok());
  EXPECT_TRUE(IsSeen(*store_, kAda, "e1"));
  EXPECT_TRUE(store_->Commit(Change(kAda, 2, "e2")).ok());
}

TEST_F(PostgresFaultsTest, AClosedConnectionIsReplacedBeforeItIsUsed) {
  for (int64_t version = 1; version <= 5; ++version) {
    ASSERT_TRUE(store_->Commit(Change(kAda, version, StrCat("e", version))).ok());
    ASSERT_TRUE(RunSql(database_,
                       "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
                       "AND backend_type = 'client backend'")
                    .ok());
  }
}

TEST_F(PostgresFaultsTest, ABackendThatDiesDuringACommitLeavesItUnknown) {
  ASSERT_TRUE(store_->Commit(Change(kAda, 1, "e1")).ok());
  // Another transaction holds the row, so that the commit waits when its backend is ended.
  std::thread holder([&] {
    EXPECT_TRUE(RunSql(database_,
                       "BEGIN; SELECT * FROM profiles FOR UPDATE;"
                       "DO $$ BEGIN FOR i IN 1..1000 LOOP"
                       "  PERFORM pg_stat_clear_snapshot();"
                       "  EXIT WHEN (SELECT bool_or(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
                       "             WHERE wait_event_type = 'Lock' AND query LIKE '%WITH updated AS%');"
                       "  PERFORM pg_sleep(0.005);"
                       "END LOOP; END $$; COMMIT")
                    .ok());
  });
  absl::Status status;
  for (int i = 0; i < 1000 && status.ok(); ++i)
    status = store_->Commit(Change(kAda, i + 2, StrCat("e", i + 2))).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnknown) << status;
  holder.join();
  EXPECT_EQ(store_->Probe(), absl::OkStatus());
}

TEST_F(PostgresFaultsTest, ALockThatIsHeldTooLongIsAConflict) {
  auto patient = MakeStore(absl::Seconds(4));
  ASSERT_TRUE(patient->Commit(Change(kAda, 1, "e1")).ok());
  // Held until somebody has given up waiting for it.
  std::thread holder([&] {
    EXPECT_TRUE(RunSql(database_,
                       "BEGIN; SELECT * FROM profiles FOR UPDATE; INSERT INTO heartbeats VALUES ('holder', 1, now());"
                       "DO $$ DECLARE waited bool := false; waits bool; BEGIN FOR i IN 1..2000 LOOP"
                       "  PERFORM pg_stat_clear_snapshot();"
                       "  SELECT count(*) > 0 INTO waits FROM pg_stat_activity WHERE wait_event_type = 'Lock';"
                       "  EXIT WHEN waited AND NOT waits; waited := waited OR waits;"
                       "  PERFORM pg_sleep(0.005);"
                       "END LOOP; END $$; COMMIT")
                    .ok());
  });
  absl::Status status;
  for (int64_t v = 2; v < 1000 && status.ok(); ++v) status = patient->Commit(Change(kAda, v, StrCat("e", v))).status();
  EXPECT_TRUE(absl::IsAborted(status)) << status;
  holder.join();
}

TEST_F(PostgresFaultsTest, AResendAfterMidnightIsSeen) {
  ASSERT_TRUE(store_->Commit(Change(kAda, 1, "yesterday's")).ok());
  ASSERT_TRUE(store_->Commit(Change(kAda, 2, "old")).ok());
  // As if the days had passed: the rows go where the database's clock would have put them.
  ASSERT_TRUE(RunSql(database_,
                     "UPDATE events SET received_day = received_day - 1 WHERE event_id = 'yesterday''s';"
                     "DO $$ DECLARE day date := (now() AT TIME ZONE 'UTC')::date - 4; BEGIN"
                     "  EXECUTE format('CREATE TABLE %I PARTITION OF events FOR VALUES FROM (%L) TO (%L)',"
                     "                 'events_' || to_char(day, 'YYYYMMDD'), day, day + 1); END $$;"
                     "UPDATE events SET received_day = received_day - 4 WHERE event_id = 'old'")
                  .ok());
  // Found through the whole of the day after: the window is 24 h from arrival, so it must be found today.
  EXPECT_TRUE(IsSeen(*store_, kAda, "yesterday's"));
  EXPECT_FALSE(IsSeen(*store_, kAda, "old"));
}

TEST_F(PostgresFaultsTest, AMissingPartitionIsMade) {
  ASSERT_TRUE(
      RunSql(database_,
             "DO $$ DECLARE p text; BEGIN FOR p IN SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = "
             "'events'::regclass LOOP EXECUTE 'DROP TABLE ' || p; END LOOP; END $$")
          .ok());
  const absl::Status first = store_->Commit(Change(kAda, 1, "e1")).status();
  EXPECT_TRUE(absl::IsAborted(first)) << first;
  EXPECT_TRUE(store_->Commit(Change(kAda, 1, "e1")).ok());
  EXPECT_TRUE(IsSeen(*store_, kAda, "e1"));
}

TEST_F(PostgresFaultsTest, MaintainKeepsWhatRetentionSays) {
  postgres::Options options;
  options.connection_string = database_;
  options.event_retention_days = 3;
  options.partitions_ahead_days = 2;
  options.message_retention = absl::Hours(1);
  auto store = postgres::MakePostgresStore(options);
  CommitBatch batch = Change(kAda, 1, "e1");
  for (int i = 1; i <= 3; ++i) {
    MessageWrite& write = batch.messages.emplace_back();
    write.message.user = kAda;
    write.message.message_seq = i;
    write.message.expire_time = absl::Now() + (i - 2) * absl::Hours(2);  // two hours ago, now, in two hours
  }
  ASSERT_TRUE(store->Commit(batch).ok());
  const std::string messages = "SELECT string_agg(message_seq::text, ',' ORDER BY message_seq) FROM messages";
  ASSERT_TRUE(RunSql(database_,
                     "DO $$ DECLARE day date; BEGIN FOR i IN 3..5 LOOP"
                     "  day := (now() AT TIME ZONE 'UTC')::date - i;"
                     "  EXECUTE format('CREATE TABLE %I PARTITION OF events FOR VALUES FROM (%L) TO (%L)',"
                     "                 'events_' || to_char(day, 'YYYYMMDD'), day, day + 1);"
                     "END LOOP; END $$")
                  .ok());
  const std::string old =
      "SELECT count(*) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE inhparent = "
      "'events'::regclass AND relname < 'events_' || to_char(now() AT TIME ZONE 'UTC' - "
      "interval '1 day', 'YYYYMMDD')";
  EXPECT_EQ(RunSql(database_, old).value(), "3");
  ASSERT_EQ(store->Maintain(), absl::OkStatus());
  EXPECT_EQ(RunSql(database_, old).value(), "1");
  EXPECT_TRUE(IsSeen(*store, kAda, "e1"));
  EXPECT_EQ(RunSql(database_, messages).value(), "1,2,3") << "stored just now";
  ASSERT_TRUE(RunSql(database_, "UPDATE messages SET store_time = store_time - interval '2 hours'").ok());
  ASSERT_EQ(store->Maintain(), absl::OkStatus());
  EXPECT_EQ(RunSql(database_, messages).value(), "2,3");
}

TEST_F(PostgresFaultsTest, AJournalNumberIsUsedOnce) {
  const int64_t journal = store_->OpenJournal().value();
  CommitBatch batch = Change(kAda, 1, "e1");
  batch.journal = journal;
  batch.journal_seq = 1;
  ASSERT_TRUE(store_->Commit(batch).ok());
  batch = Change(kAda, 2, "e2");
  batch.journal = journal;
  batch.journal_seq = 1;
  const absl::Status status = store_->Commit(batch).status();
  EXPECT_TRUE(absl::IsAborted(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("new journal"));
  EXPECT_FALSE(IsSeen(*store_, kAda, "e2"));
}

TEST_F(PostgresFaultsTest, DataThatNoRetryCanStoreIsAnInvalidArgument) {
  auto code = [&](const CommitBatch& batch) { return store_->Commit(batch).status().code(); };
  using std::string_literals::operator""s;
  EXPECT_EQ(code(Change(UserKey::User("w", "zero\0byte"s), 1, "e1")), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(Change(UserKey::User("w", "\xff"), 1, "e1")), absl::StatusCode::kInvalidArgument);
  std::string incompressible;
  for (int i = 0; i < 400; ++i) incompressible += ToHex(DigestOf(StrCat(i)));
  EXPECT_EQ(code(Change(UserKey::User("w", incompressible), 1, "e1")), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(store_->Commit(Change(kAda, 1, "e1")).ok());
}

}  // namespace
}  // namespace cadenza::testing
