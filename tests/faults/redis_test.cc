// Redis flushed, frozen, killed, restarted and poisoned while events stream: nothing is lost, nothing is wrong.
#include "tests/faults/scene.h"
#include "tests/faults/traffic.h"
#include "tests/support/redis_server.h"

namespace cadenza::testing {
namespace {

class RedisFaultsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    redis_ = RedisServer::Create();
    // So few hot profiles that every other load asks Redis.
    server_ = StartServer(NewDatabase(), {"--redis", redis_->url(), "--hot-profiles", "64"});
    ASSERT_NE(server_, nullptr);
    ActivateThanks(server_->target());
    traffic_ =
        std::make_unique<Traffic>(Traffic::Options{.targets = {server_->target()}, .producers = 2, .customers = 60});
    for (const char* customer : {"c0", "c60"}) phones_.push_back(std::make_unique<Phone>(server_->target(), customer));
    ASSERT_TRUE(GoesOn());
    ASSERT_GT(Metric(*server_, "cadenza_profile_loads_total{level=\"redis\"}"), 0);
  }
  void TearDown() override {
    const absl::Status finished = traffic_->Finish();
    ASSERT_TRUE(finished.ok()) << finished;
    EXPECT_EQ(traffic_->duplicates(), 0);
    EXPECT_EQ(traffic_->rejected(), 0);
    ExpectExactly(server_->target(), *traffic_);
    for (size_t i = 0; i < phones_.size(); ++i) {
      const std::string customer = i == 0 ? "c0" : "c60";
      EXPECT_TRUE(phones_[i]->AwaitCount(traffic_->sent_by(customer)));
      EXPECT_EQ(phones_[i]->event_ids(), OrderIds(customer, traffic_->sent_by(customer)));
    }
  }
  bool GoesOn() { return traffic_->AwaitAcked(traffic_->acked() + 400); }
  // As storage/redis names the row of a user.
  static std::string KeyOf(const std::string& customer) { return StrCat("cadenza:p:4:", kShop, ":u:", customer); }

  std::unique_ptr<RedisServer> redis_;
  std::unique_ptr<ServerProcess> server_;
  std::unique_ptr<Traffic> traffic_;
  std::vector<std::unique_ptr<Phone>> phones_;
};

TEST_F(RedisFaultsTest, Flushed) {
  for (int i = 0; i < 5; ++i) {
    redis_->Flush();
    ASSERT_TRUE(GoesOn());
  }
}

TEST_F(RedisFaultsTest, Frozen) {
  for (int i = 0; i < 2; ++i) {
    redis_->Pause();
    ASSERT_TRUE(GoesOn());
    redis_->Resume();
    ASSERT_TRUE(GoesOn());
  }
}

TEST_F(RedisFaultsTest, KilledAndRestarted) {
  redis_->Stop();
  ASSERT_TRUE(GoesOn());
  redis_->Start();
  ASSERT_TRUE(GoesOn());
  // It is used again.
  EXPECT_TRUE(Eventually([&] { return redis_->Run({"EXISTS", KeyOf("c0")}) == "1"; }));
}

TEST_F(RedisFaultsTest, FullOfGarbage) {
  for (const std::string& customer : traffic_->customers()) redis_->Run({"SET", KeyOf(customer), "garbage"});
  ASSERT_TRUE(GoesOn());
  for (const std::string& customer : traffic_->customers()) {
    redis_->Run({"SET", KeyOf(customer), "CZP199999999999999999999garbage that looks newest"});
  }
  ASSERT_TRUE(GoesOn());
  for (const std::string& customer : traffic_->customers()) {
    redis_->Run({"DEL", KeyOf(customer)});
    redis_->Run({"LPUSH", KeyOf(customer), "not a string"});
  }
  ASSERT_TRUE(GoesOn());
}

TEST_F(RedisFaultsTest, FullOfOldVersionsAndOfOtherUsersRows) {
  std::vector<std::string> old;
  for (const std::string& customer : traffic_->customers()) old.push_back(redis_->Run({"GET", KeyOf(customer)}));
  ASSERT_TRUE(GoesOn());
  const std::vector<std::string> customers = traffic_->customers();
  for (int round = 0; round < 3; ++round) {
    for (size_t i = 0; i < customers.size(); ++i) redis_->Run({"SET", KeyOf(customers[i]), old[i]});
    ASSERT_TRUE(GoesOn());
  }
  // They were taken for true until the fence said no.
  EXPECT_GT(Metric(*server_, "cadenza_fence_conflicts_total"), 0);
  for (size_t i = 0; i < customers.size(); ++i) redis_->Run({"SET", KeyOf(customers[i]), old[(i + 1) % old.size()]});
  ASSERT_TRUE(GoesOn());
}

}  // namespace
}  // namespace cadenza::testing
