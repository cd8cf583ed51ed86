// PostgreSQL frozen, stopped as by a crash, cut off, and its answers to commits lost.
#include "tests/faults/scene.h"
#include "tests/faults/tcp_gate.h"
#include "tests/faults/traffic.h"

namespace cadenza::testing {
namespace {

using client::Client;

constexpr absl::Duration kDatabaseDeadline = absl::Seconds(1 * kSlowness);

class PostgresFaultsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto postgres = PostgresServer::Create({.tcp = true, .settings = {}});
    ASSERT_TRUE(postgres.ok()) << postgres.status();
    postgres_ = *std::move(postgres);
    gate_ = TcpGate::Open(postgres_->port());
    ASSERT_NE(gate_, nullptr);
    // As the server reaches it: through the gate.
    std::string database = NewDatabase(*postgres_);
    database = database.substr(database.find("dbname="));
    server_ = StartServer(StrCat("host=127.0.0.1 port=", gate_->port(), " user=postgres ", database),
                          {"--database-deadline", absl::FormatDuration(kDatabaseDeadline)});
    ASSERT_NE(server_, nullptr);
    ActivateThanks(server_->target());
    StartTraffic();
  }
  void StartTraffic() {
    traffic_ =
        std::make_unique<Traffic>(Traffic::Options{.targets = {server_->target()}, .producers = 2, .customers = 3});
    for (const std::string& customer : traffic_->customers()) {
      phones_.push_back(std::make_unique<Phone>(server_->target(), customer));
    }
    ASSERT_TRUE(traffic_->AwaitAcked(200));
  }

  // Until `restore`, nothing is acked, health says so, and every read is answered with an error; afterwards all goes on
  // by itself.
  void ExpectOutage(const std::function<void()>& restore) {
    EXPECT_TRUE(Eventually([&] { return !IsServing(server_->target()); }));
    const int64_t acked = traffic_->acked();
    // More calls than the server has threads for them.
    std::vector<std::thread> readers;
    for (int i = 0; i < 8; ++i) {
      readers.emplace_back([&] {
        Client client(Channel(server_->target()), 10 * kDatabaseDeadline);
        const auto profile = GetProfile(client, "c0");
        EXPECT_EQ(profile.status().code(), absl::StatusCode::kUnavailable) << profile.status();
      });
    }
    for (std::thread& reader : readers) reader.join();
    EXPECT_EQ(traffic_->acked(), acked);
    restore();
    EXPECT_TRUE(traffic_->AwaitAcked(acked + 1, kResumeLimit));
    EXPECT_TRUE(Eventually([&] { return IsServing(server_->target()); }));
    Client client(Channel(server_->target()));
    const auto profile = GetProfile(client, "c0");
    EXPECT_TRUE(profile.ok()) << profile.status();
    EXPECT_TRUE(traffic_->AwaitAcked(acked + 200));
  }

  // The streams never broke, so each order was sent once: none may be called a duplicate, and each is there once.
  void FinishAndCheck() {
    const absl::Status finished = traffic_->Finish();
    ASSERT_TRUE(finished.ok()) << finished;
    EXPECT_EQ(traffic_->duplicates(), 0);
    EXPECT_EQ(traffic_->rejected(), 0);
    ExpectExactly(server_->target(), *traffic_);
    const std::vector<std::string> customers = traffic_->customers();
    for (size_t i = 0; i < customers.size(); ++i) {
      const int64_t sent = traffic_->sent_by(customers[i]);
      EXPECT_TRUE(phones_[i]->AwaitCount(sent)) << phones_[i]->event_ids().size() << " of " << sent;
      EXPECT_EQ(phones_[i]->event_ids(), OrderIds(customers[i], sent));
    }
  }

  std::unique_ptr<PostgresServer> postgres_;
  std::unique_ptr<TcpGate> gate_;
  std::unique_ptr<ServerProcess> server_;
  std::unique_ptr<Traffic> traffic_;
  std::vector<std::unique_ptr<Phone>> phones_;
};

TEST_F(PostgresFaultsTest, FrozenItStopsAcksAndNothingElse) {
  postgres_->Pause();
  ExpectOutage([&] { postgres_->Resume(); });
  FinishAndCheck();
}

TEST_F(PostgresFaultsTest, CrashedAndRestartedItGoesOn) {
  ASSERT_TRUE(postgres_->Stop(PostgresServer::StopMode::kImmediate).ok());
  ExpectOutage([&] { ASSERT_TRUE(postgres_->Start().ok()); });
  // As fast as it can: the server meets it at any stage of its recovery.
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(traffic_->AwaitAcked(traffic_->acked() + 50));
    ASSERT_TRUE(postgres_->Stop(PostgresServer::StopMode::kImmediate).ok());
    ASSERT_TRUE(postgres_->Start().ok());
  }
  FinishAndCheck();
}

TEST_F(PostgresFaultsTest, ANetworkThatFallsSilentIsWaitedFor) {
  gate_->Freeze(true);
  ExpectOutage([&] { gate_->Freeze(false); });
  FinishAndCheck();
}

TEST_F(PostgresFaultsTest, CutConnectionsAreReplaced) {
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(traffic_->AwaitAcked(traffic_->acked() + 20));
    gate_->Cut();
  }
  FinishAndCheck();
}

TEST_F(PostgresFaultsTest, ACommitWhoseAnswerIsLostCountsOnce) {
  gate_->SwallowReplies("commit_batch", 4);
  ASSERT_TRUE(Eventually([&] { return gate_->swallowed() >= 25; }));
  EXPECT_GE(Metric(*server_, "cadenza_commits_total{result=\"unknown\"}"), 10);
  gate_->SwallowReplies("", 0);
  FinishAndCheck();
}

TEST_F(PostgresFaultsTest, AMergeWhoseAnswerIsLostCountsOnce) {
  ASSERT_TRUE(traffic_->Finish().ok());
  gate_->SwallowReplies("COMMIT", 1);
  Client client(Channel(server_->target()), kPatience);
  for (int i = 0; i < 5; ++i) {
    const std::string device = StrCat("device", i), customer = StrCat("merged", i);
    v1::SubmitEventsRequest before, merge;
    before.set_workspace(kShop);
    merge.set_workspace(kShop);
    for (int64_t n = 1; n <= 3; ++n) {
      v1::Input order = Order(customer, n);
      *order.mutable_user() = client::AnonymousId(device);
      *before.add_inputs() = std::move(order);
    }
    *merge.add_inputs() = client::Identify(client::UserId(customer), device);
    merge.mutable_inputs(0)->set_event_id("merge");
    ASSERT_TRUE(client.SubmitEvents(before).ok());
    const int64_t swallowed = gate_->swallowed();
    const auto merged = client.SubmitEvents(merge);
    ASSERT_TRUE(merged.ok()) << merged.status();
    EXPECT_GT(gate_->swallowed(), swallowed);
    EXPECT_EQ(merged->results(0).applied().user_seq(), 1) << merged->results(0).ShortDebugString();
    const auto profile = GetProfile(client, customer);
    ASSERT_TRUE(profile.ok()) << profile.status();
    EXPECT_EQ(profile->events().at("order_placed").count(), 3);
    EXPECT_EQ(profile->message_seq(), 3);
  }
}

}  // namespace
}  // namespace cadenza::testing
