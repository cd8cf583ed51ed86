// Hints between processes through a real Redis. They may be lost, so each test sends until one arrives.
#include <gtest/gtest.h>

#include <chrono>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/synchronization/mutex.h"
#include "storage/base/text.h"
#include "storage/redis/redis_message_hints.h"
#include "tests/support/redis_server.h"

namespace cadenza::testing {
namespace {

using redis::RedisMessageHints;

const UserKey kAda = UserKey::User("w", "ada");
const UserKey kBob = UserKey::Anonymous("w", "bob");

// One process: its hints, and what it heard.
class Process {
 public:
  explicit Process(const RedisServer& server)
      : hints_(Options(server), [this](const std::vector<UserKey>& users) {
          absl::MutexLock lock(&mu_);
          heard_.insert(users.begin(), users.end());
        }) {}

  static RedisMessageHints::Options Options(const RedisServer& server) {
    RedisMessageHints::Options options;
    options.address = *redis::Address::Parse(server.url());
    options.connect_deadline = std::chrono::seconds(5);
    options.command_deadline = std::chrono::milliseconds(200);
    options.ping_interval = std::chrono::milliseconds(50);
    return options;
  }

  bool Heard(const UserKey& user, absl::Duration within) {
    absl::MutexLock lock(&mu_);
    auto heard = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return heard_.contains(user); };
    return mu_.AwaitWithTimeout(absl::Condition(&heard), within);
  }
  RedisMessageHints& hints() { return hints_; }

 private:
  absl::Mutex mu_;
  absl::flat_hash_set<UserKey> heard_ ABSL_GUARDED_BY(mu_);
  RedisMessageHints hints_;
};

// Publishes until `to` hears it.
::testing::AssertionResult Reaches(Process& from, Process& to, const UserKey& user) {
  for (int i = 0; i < 600; ++i) {
    from.hints().Publish({user});
    if (to.Heard(user, absl::Milliseconds(50))) return ::testing::AssertionSuccess();
  }
  return ::testing::AssertionFailure() << "not heard in 30 s";
}

TEST(RedisHintsTest, ReachOthersAndNotOneself) {
  std::unique_ptr<RedisServer> server = RedisServer::Create();
  Process a(*server), b(*server), c(*server);
  EXPECT_TRUE(Reaches(a, b, kAda));
  EXPECT_TRUE(Reaches(a, c, kBob));
  EXPECT_TRUE(Reaches(b, a, UserKey::User("w", "eve")));
  EXPECT_FALSE(a.Heard(kAda, absl::ZeroDuration()));
  EXPECT_FALSE(a.Heard(kBob, absl::ZeroDuration()));
}

TEST(RedisHintsTest, ManyUsersAtOnce) {
  std::unique_ptr<RedisServer> server = RedisServer::Create();
  Process a(*server), b(*server);
  ASSERT_TRUE(Reaches(a, b, kAda));
  std::vector<UserKey> users;
  for (int i = 0; i < 3000; ++i) users.push_back(UserKey::User("w", StrCat("user", i)));
  a.hints().Publish(users);
  for (const UserKey& user : users) ASSERT_TRUE(b.Heard(user, absl::Seconds(30)));
}

TEST(RedisHintsTest, GarbageOnTheChannelIsCountedAndIgnored) {
  std::unique_ptr<RedisServer> server = RedisServer::Create();
  Process a(*server), b(*server);
  ASSERT_TRUE(Reaches(a, b, kAda));
  server->Run({"PUBLISH", Process::Options(*server).channel, "garbage"});
  EXPECT_TRUE(Reaches(a, b, kBob));
  EXPECT_EQ(b.hints().counters().garbage, 1);
}

TEST(RedisHintsTest, ComeBackAfterARestart) {
  std::unique_ptr<RedisServer> server = RedisServer::Create();
  Process a(*server), b(*server);
  ASSERT_TRUE(Reaches(a, b, kAda));
  server->Stop();
  server->Start();
  EXPECT_TRUE(Reaches(a, b, kBob));
}

TEST(RedisHintsTest, AFrozenRedisIsNoticedAndComesBack) {
  std::unique_ptr<RedisServer> server = RedisServer::Create();
  Process a(*server), b(*server);
  ASSERT_TRUE(Reaches(a, b, kAda));
  server->Pause();
  while (b.hints().listening() || a.hints().counters().dropped == 0) {
    a.hints().Publish({kBob});
    b.Heard(kBob, absl::Milliseconds(5));
  }
  server->Resume();
  EXPECT_TRUE(Reaches(a, b, UserKey::User("w", "eve")));
}

TEST(RedisHintsTest, WithoutRedisPublishDropsAndTheEndComesSoon) {
  std::unique_ptr<RedisServer> server = RedisServer::Create();
  RedisMessageHints::Options options = Process::Options(*server);
  options.queue_users = 2;
  server->Stop();
  RedisMessageHints hints(options, [](const std::vector<UserKey>&) {});
  hints.Publish({kAda, kBob, UserKey::User("w", "eve")});
  EXPECT_GE(hints.counters().dropped, 1);
  EXPECT_FALSE(hints.listening());
}

}  // namespace
}  // namespace cadenza::testing
