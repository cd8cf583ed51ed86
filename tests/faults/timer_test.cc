// kill -9 of the server, and crashes of PostgreSQL, while timers fire.
#include <map>
#include <random>
#include <set>

#include "tests/faults/scene.h"
#include "tests/faults/traffic.h"
#include "tests/support/seed.h"

namespace cadenza::testing {
namespace {

constexpr absl::Duration kDelay = absl::Seconds(1);
constexpr int kUsers = 300;

class TimerFaultsTest : public ::testing::Test {
 protected:
  // A message for every order, a second later; in force when this returns.
  void ActivateDelayed(const std::string& target) {
    client::Client client(Channel(target));
    v1::CreateCampaignRequest create;
    create.set_workspace(kShop);
    v1::Campaign& campaign = *create.mutable_campaign();
    campaign.set_campaign_id("later");
    campaign.mutable_trigger()->set_event_name("order_placed");
    campaign.mutable_message()->set_channel("push");
    campaign.mutable_message()->set_body("{{ event.id }}");
    campaign.mutable_delay()->set_seconds(absl::ToInt64Seconds(kDelay));
    ASSERT_TRUE(client.CreateCampaign(create).ok());
    v1::ActivateCampaignRequest activate;
    activate.set_workspace(kShop);
    activate.set_campaign_id("later");
    ASSERT_TRUE(client.ActivateCampaign(activate).ok());
  }
  static std::string Customer(int i) { return "t" + std::to_string(i); }

  // One order of each customer, acked.
  void OrderOfEach(const std::string& target) {
    client::Client client(Channel(target), kPatience);
    v1::SubmitEventsRequest request;
    request.set_workspace(kShop);
    for (int i = 0; i < kUsers; ++i) *request.add_inputs() = Order(Customer(i), 1);
    ASSERT_TRUE(client.SubmitEvents(request).ok());
  }
  static std::vector<v1::Message> Messages(client::Client& client, const std::string& customer) {
    v1::ListMessagesRequest request;
    request.set_workspace(kShop);
    request.mutable_user()->set_user_id(customer);
    auto response = client.ListMessages(request);
    if (!response.ok()) return {};
    return {response->messages().begin(), response->messages().end()};
  }
  // How many of the customers have a message.
  static int Reached(const std::string& target) {
    client::Client client(Channel(target));
    int reached = 0;
    for (int i = 0; i < kUsers; ++i) reached += Messages(client, Customer(i)).empty() ? 0 : 1;
    return reached;
  }
  // Everybody gets one, not early; and nothing is left over.
  static void ExpectEachOnce(const std::string& target) {
    client::Client client(Channel(target), kPatience);
    for (int i = 0; i < kUsers; ++i) {
      ASSERT_TRUE(Eventually([&] { return !Messages(client, Customer(i)).empty(); })) << i;
    }
    for (int i = 0; i < kUsers; ++i) {
      const std::vector<v1::Message> messages = Messages(client, Customer(i));
      ASSERT_EQ(messages.size(), 1u) << i;
      const auto profile = GetProfile(client, Customer(i));
      ASSERT_TRUE(profile.ok());
      EXPECT_EQ(profile->user_seq(), 2) << i;
      EXPECT_EQ(profile->message_seq(), 1) << i;
      EXPECT_EQ(profile->timers_size(), 0) << i;
      EXPECT_GE(client::FromProto(messages[0].create_time()), client::FromProto(profile->create_time()) + kDelay) << i;
    }
  }
};

TEST_F(TimerFaultsTest, KillsOfTheServerWhileTheyFireLoseAndDoubleNone) {
  const uint64_t seed = TestSeed();
  SCOPED_TRACE(SeedLine(seed));
  std::mt19937_64 random(seed);
  const std::string database = NewDatabase();
  // Few timers in a commit, so that there are many moments to be killed at.
  auto server = StartServer(database, {"--batch-inputs", "4"});
  ASSERT_NE(server, nullptr);
  ActivateDelayed(server->target());
  OrderOfEach(server->target());
  for (int kill = 0; kill < 6; ++kill) {
    const int more = Reached(server->target()) + 1 + static_cast<int>(random() % 20);
    Eventually([&] { return Reached(server->target()) >= std::min(more, kUsers); });
    server->Kill();
    ASSERT_TRUE(server->Restart().ok());
  }
  ExpectEachOnce(server->target());
}

TEST_F(TimerFaultsTest, CrashesOfPostgresWhileTheyFireLoseAndDoubleNone) {
  auto postgres = PostgresServer::Create();
  ASSERT_TRUE(postgres.ok()) << postgres.status();
  auto server = StartServer(NewDatabase(**postgres), {"--batch-inputs", "4"});
  ASSERT_NE(server, nullptr);
  ActivateDelayed(server->target());
  OrderOfEach(server->target());
  ASSERT_TRUE(Eventually([&] { return Reached(server->target()) > 0; }));
  for (int crash = 0; crash < 3; ++crash) {
    ASSERT_TRUE((*postgres)->Stop(PostgresServer::StopMode::kImmediate).ok());
    ASSERT_TRUE((*postgres)->Start().ok());
  }
  ExpectEachOnce(server->target());
}

TEST_F(TimerFaultsTest, AnotherProcessTakesOverFromOneThatWasKilled) {
  const std::string database = NewDatabase();
  auto first = StartServer(database), second = StartServer(database);
  ASSERT_TRUE(first != nullptr && second != nullptr);
  ActivateDelayed(first->target());
  OrderOfEach(first->target());
  first->Kill();
  ExpectEachOnce(second->target());
}

}  // namespace
}  // namespace cadenza::testing
