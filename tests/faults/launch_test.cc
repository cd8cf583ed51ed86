// Launches with two servers, which are killed in the middle.
#include <gmock/gmock.h>

#include <functional>
#include <map>
#include <sstream>
#include <thread>

#include "tests/faults/scene.h"
#include "tests/faults/traffic.h"

namespace cadenza::testing {
namespace {

constexpr int kUsers = 6000;

class LaunchFaultTest : public ::testing::Test {
 protected:
  void SetUp() override {
    database_ = NewDatabase();
    for (int i = 0; i < 2; ++i) {
      servers_.push_back(StartServer(database_));
      ASSERT_NE(servers_.back(), nullptr);
    }
  }
  client::Client To(int server) { return client::Client(Channel(servers_[server]->target()), kPatience); }
  // Calls again while a process is away, or has not heard of the campaign yet.
  template <typename Result>
  Result Retried(const std::function<Result()>& call) {
    Result result = call();
    Eventually([&] {
      if (absl::IsUnavailable(result.status())) result = call();
      return !absl::IsUnavailable(result.status());
    });
    return result;
  }
  void Activate(const v1::Campaign& campaign) {
    client::Client client = To(0);
    v1::CreateCampaignRequest create;
    create.set_workspace(kShop);
    *create.mutable_campaign() = campaign;
    const auto created = client.CreateCampaign(create);
    ASSERT_TRUE(created.ok()) << created.status();
    v1::ActivateCampaignRequest activate;
    activate.set_workspace(kShop);
    activate.set_campaign_id(campaign.campaign_id());
    const auto active = client.ActivateCampaign(activate);
    ASSERT_TRUE(active.ok()) << active.status();
  }
  static v1::Campaign Campaign(const std::string& body) {
    v1::Campaign campaign;
    campaign.set_campaign_id("sale");
    campaign.mutable_message()->set_channel("push");
    campaign.mutable_message()->set_body(body);
    return campaign;
  }
  static v1::Campaign ScheduledAt(absl::Time at) {
    v1::Campaign campaign = Campaign("Sale");
    campaign.mutable_trigger()->mutable_schedule()->mutable_at()->set_seconds(absl::ToUnixSeconds(at));
    return campaign;
  }
  void MakeUsers(int count) {
    client::Client client = To(0);
    for (int sent = 0; sent < count;) {
      v1::SubmitEventsRequest request;
      request.set_workspace(kShop);
      for (int i = 0; i < 1000 && sent < count; ++i, ++sent) *request.add_inputs() = Order(StrCat("c", sent), 1);
      ASSERT_TRUE(client.SubmitEvents(request).ok());
    }
  }
  // How many users have how many messages.
  std::map<int64_t, int64_t> MessagesByUser() {
    std::map<int64_t, int64_t> counts;
    const auto rows = RunSql(database_,
                             "SELECT coalesce(string_agg(n || ':' || users, ' '), '') FROM (SELECT n, count(*) AS "
                             "users FROM (SELECT count(*) AS n FROM messages GROUP BY user_key) AS per_user GROUP BY n "
                             "ORDER BY n) AS counted");
    EXPECT_TRUE(rows.ok()) << rows.status();
    std::istringstream text(rows.value_or(""));
    for (std::string entry; text >> entry;) {
      const size_t colon = entry.find(':');
      counts[std::stoll(entry.substr(0, colon))] = std::stoll(entry.substr(colon + 1));
    }
    return counts;
  }
  int64_t Launched() {
    const auto rows = RunSql(database_, "SELECT coalesce(sum(users_launched), 0)::text FROM launches");
    return rows.ok() ? std::stoll(*rows) : -1;
  }
  bool AwaitDone() {
    return Eventually(
        [&] { return RunSql(database_, "SELECT bool_and(done)::text FROM launches").value_or("") == "true"; });
  }

  std::string database_;
  std::vector<std::unique_ptr<ServerProcess>> servers_;
};

TEST_F(LaunchFaultTest, TwoServersLaunchEveryUserOnce) {
  MakeUsers(1000);
  const absl::Time at = absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now()) + 2);
  Activate(ScheduledAt(at));
  ASSERT_TRUE(Eventually([&] { return Launched() == 1000; }));
  EXPECT_GE(absl::Now(), at);
  ASSERT_TRUE(AwaitDone());
  EXPECT_EQ(MessagesByUser(), (std::map<int64_t, int64_t>{{1, 1000}}));
  EXPECT_EQ(RunSql(database_, "SELECT count(*)::text FROM launches").value_or(""), "1");
}

TEST_F(LaunchFaultTest, KilledInTheMiddleItGoesOnAndReachesEverybodyOnce) {
  MakeUsers(kUsers);
  Activate(ScheduledAt(absl::Now() + absl::Seconds(2)));
  ASSERT_TRUE(Eventually([&] { return Launched() > 0; }));
  // Whichever holds it dies.
  for (auto& server : servers_) server->Kill();
  const int64_t before = Launched();
  EXPECT_LT(before, kUsers) << "killed before its end";
  for (auto& server : servers_) ASSERT_TRUE(server->Restart().ok());
  ASSERT_TRUE(Eventually([&] { return Launched() > before; }));
  servers_[0]->Kill();
  servers_[1]->Kill();
  for (auto& server : servers_) ASSERT_TRUE(server->Restart().ok());
  ASSERT_TRUE(AwaitDone());
  EXPECT_EQ(Launched(), kUsers);
  EXPECT_EQ(MessagesByUser(), (std::map<int64_t, int64_t>{{1, kUsers}}));
}

TEST_F(LaunchFaultTest, ATriggerIsIdempotentOverProcessesAndKills) {
  v1::Campaign campaign = Campaign("Code {{ event_properties.${code} }}");
  campaign.mutable_trigger()->mutable_api_triggered();
  Activate(campaign);
  v1::TriggerCampaignRequest request;
  request.set_workspace(kShop);
  request.set_campaign_id("sale");
  request.set_trigger_id("sale-7");
  for (int i = 0; i < 1000; ++i) {
    v1::Recipient* recipient = request.add_recipients();
    recipient->mutable_user()->set_user_id(StrCat("c", i));
    (*recipient->mutable_properties())["code"].set_int64_value(i);
  }
  using Answer = absl::StatusOr<v1::TriggerCampaignResponse>;
  const auto call = [&](int server) { return Retried<Answer>([&] { return To(server).TriggerCampaign(request); }); };
  // The first answer is lost: its server dies while it works.
  std::thread lost([&] { (void)To(0).TriggerCampaign(request); });
  Eventually([&] { return RunSql(database_, "SELECT count(*) > 0 FROM messages").value_or("") == "t"; },
             absl::Seconds(5));
  servers_[0]->Kill();
  lost.join();
  const Answer second = call(1);
  ASSERT_TRUE(second.ok()) << second.status();
  ASSERT_TRUE(servers_[0]->Restart().ok());
  const Answer third = call(0);
  ASSERT_TRUE(third.ok()) << third.status();
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(second->results(i).user_seq(), 1) << i;
    EXPECT_EQ(third->results(i).user_seq(), 1) << i;
    EXPECT_TRUE(third->results(i).duplicate()) << i;
  }
  EXPECT_EQ(MessagesByUser(), (std::map<int64_t, int64_t>{{1, 1000}}));
  client::Client asks = To(1);
  v1::ListMessagesRequest list;
  list.set_workspace(kShop);
  list.mutable_user()->set_user_id("c7");
  const auto messages = asks.ListMessages(list);
  ASSERT_TRUE(messages.ok() && messages->messages_size() == 1) << messages.status();
  EXPECT_EQ(messages->messages(0).body(), "Code 7");
}

}  // namespace
}  // namespace cadenza::testing
