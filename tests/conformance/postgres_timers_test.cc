// Several processes over one database share its timers.
#include <gmock/gmock.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "storage/base/text.h"
#include "storage/postgres/postgres_store.h"
#include "tests/conformance/store_suite.h"
#include "tests/support/postgres_server.h"

namespace cadenza::testing {
namespace {

constexpr int kUsers = 200;

class PostgresTimersTest : public ::testing::Test {
 protected:
  std::unique_ptr<Store> Process(std::string name) {
    postgres::Options options;
    options.connection_string = database_;
    options.process_name = std::move(name);
    return postgres::MakePostgresStore(options);
  }
  static std::vector<std::string> Due(Store& store) {
    auto due = store.timers().FindDue({kStoreTime, 10'000, 1 << 20});
    EXPECT_TRUE(due.ok()) << due.status();
    std::vector<std::string> users;
    for (const Timer& timer : due->timers) users.push_back(timer.user.key);
    return users;
  }

  const std::string database_ = PostgresServer::Shared().CreateMigratedDatabase().value();
};

TEST_F(PostgresTimersTest, ProcessesShareThemAndTakeOverFromWhoLeaves) {
  auto a = Process("a"), b = Process("b"), c = Process("c");
  CommitBatch batch;
  for (int i = 0; i < kUsers; ++i) {
    batch.profiles.push_back({UserKey::User("shop", StrCat(i)), 0, {1, "", ""}});
    batch.timers.push_back({static_cast<size_t>(i), TimerWrite::Kind::kSet, "t", 1, kStoreTime, "payload"});
  }
  ASSERT_TRUE(a->Commit(batch).ok());
  EXPECT_TRUE(Due(*a).empty()) << "who commits no heartbeat has no share";

  ASSERT_TRUE(a->Probe().ok());
  EXPECT_EQ(Due(*a).size(), static_cast<size_t>(kUsers));
  ASSERT_TRUE(b->Probe().ok());
  ASSERT_TRUE(c->Probe().ok());
  std::map<std::string, int> found;
  for (Store* process : {a.get(), b.get(), c.get()}) {
    const std::vector<std::string> share = Due(*process);
    EXPECT_GT(share.size(), kUsers / 6u);
    for (const std::string& user : share) ++found[user];
  }
  EXPECT_EQ(found.size(), static_cast<size_t>(kUsers));
  for (const auto& [user, times] : found) EXPECT_EQ(times, 1) << user;

  ASSERT_TRUE(b->timers().Leave().ok());
  ASSERT_TRUE(c->timers().Leave().ok());
  EXPECT_EQ(Due(*a).size(), static_cast<size_t>(kUsers));
  EXPECT_TRUE(Due(*b).empty());
}

}  // namespace
}  // namespace cadenza::testing
