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
  // Of customers who are quiet in between: the rows of the busy ones are in the server's memory, on their way to Redis.
  client::Client client(Channel(server_->target()));
  std::vector<std::string> quiet;
  for (int i = 0; i < 20; ++i) quiet.push_back(StrCat("quiet", i));
  auto order_of_each = [&](int64_t n) {
    v1::SubmitEventsRequest request;
    request.set_workspace(kShop);
    for (const std::string& customer : quiet) *request.add_inputs() = Order(customer, n);
    return client.SubmitEvents(request).status();
  };
  auto in_redis = [&] {
    std::vector<std::string> rows;
    for (const std::string& customer : quiet) rows.push_back(redis_->Run({"GET", KeyOf(customer)}));
    return rows;
  };
  auto differ_from = [&](const std::vector<std::string>& before) {
    const std::vector<std::string> now = in_redis();
    for (size_t i = 0; i < now.size(); ++i) {
      if (now[i] == before[i]) return false;
    }
    return true;
  };
  const std::vector<std::string> none = in_redis();
  ASSERT_TRUE(order_of_each(1).ok());
  ASSERT_TRUE(Eventually([&] { return differ_from(none); }));
  const std::vector<std::string> old = in_redis();
  ASSERT_TRUE(order_of_each(2).ok());
  ASSERT_TRUE(Eventually([&] { return differ_from(old); }));
  for (size_t i = 0; i < quiet.size(); ++i) redis_->Run({"SET", KeyOf(quiet[i]), old[i]});
  ASSERT_TRUE(GoesOn());  // they are not hot any more
  ASSERT_TRUE(order_of_each(3).ok());
  // The old rows were taken for true until the fence said no.
  EXPECT_GT(Metric(*server_, "cadenza_fence_conflicts_total"), 0);

  for (size_t i = 0; i < quiet.size(); ++i) redis_->Run({"SET", KeyOf(quiet[i]), old[(i + 1) % old.size()]});
  ASSERT_TRUE(GoesOn());
  ASSERT_TRUE(order_of_each(4).ok());
  for (const std::string& customer : quiet) {
    const auto profile = GetProfile(client, customer);
    ASSERT_TRUE(profile.ok()) << profile.status();
    EXPECT_EQ(profile->user_seq(), 4) << customer;
  }
}

}  // namespace
}  // namespace cadenza::testing
