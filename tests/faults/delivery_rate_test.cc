// kill -9 of a process that holds leases of a delivery rate, with messages that wait for their places.
#include <random>

#include "tests/faults/scene.h"
#include "tests/faults/traffic.h"
#include "tests/support/seed.h"
#include "tests/support/sent_times.h"

namespace cadenza::testing {
namespace {

constexpr int kUsers = 200;
constexpr int64_t kMost = 40;
constexpr absl::Duration kPer = absl::Seconds(1);

void ActivatePaced(const std::string& target) {
  client::Client client(Channel(target));
  v1::CreateCampaignRequest create;
  create.set_workspace(kShop);
  v1::Campaign& campaign = *create.mutable_campaign();
  campaign.set_campaign_id("paced");
  campaign.mutable_trigger()->set_event_name("order_placed");
  campaign.mutable_message()->set_channel("push");
  campaign.mutable_message()->set_body("{{ event.id }}");
  campaign.mutable_delivery_rate()->set_most(kMost);
  *campaign.mutable_delivery_rate()->mutable_per() = client::ToProto(kPer);
  ASSERT_TRUE(client.CreateCampaign(create).ok());
  v1::ActivateCampaignRequest activate;
  activate.set_workspace(kShop);
  activate.set_campaign_id("paced");
  ASSERT_TRUE(client.ActivateCampaign(activate).ok());
}

// One order of each of the users from..to, acked.
void OrderOfEach(const std::string& target, int from, int to) {
  client::Client client(Channel(target), kPatience);
  v1::SubmitEventsRequest request;
  request.set_workspace(kShop);
  for (int i = from; i < to; ++i) *request.add_inputs() = Order("p" + std::to_string(i), 1);
  ASSERT_TRUE(client.SubmitEvents(request).ok());
}

int64_t CountOf(const std::string& database, const std::string& query) {
  return std::stoll(RunSql(database, query).value());
}

TEST(DeliveryRateFaultsTest, OthersGoOnWithoutTheOneThatWasKilled) {
  const uint64_t seed = TestSeed();
  SCOPED_TRACE(SeedLine(seed));
  std::mt19937_64 random(seed);
  const std::string database = NewDatabase();
  std::vector<std::unique_ptr<ServerProcess>> servers;
  for (int i = 0; i < 2; ++i) {
    servers.push_back(StartServer(database));
    ASSERT_NE(servers.back(), nullptr);
  }
  ActivatePaced(servers[0]->target());
  // The other one follows within a second; its own scout says when.
  client::Client second(Channel(servers[1]->target()));
  int64_t n = 0;
  ASSERT_TRUE(Eventually([&] {
    v1::SubmitEventsRequest request;
    request.set_workspace(kShop);
    *request.add_inputs() = Order("scout-of-the-second", ++n);
    if (!second.SubmitEvents(request).ok()) return false;
    return CountOf(database, "SELECT count(*) FROM messages") + CountOf(database, "SELECT count(*) FROM timers") > 0;
  }));

  constexpr char kSent[] = "SELECT count(*) FROM messages WHERE user_key NOT LIKE '%scout%'";
  std::thread other([&] { OrderOfEach(servers[1]->target(), kUsers / 2, kUsers); });
  OrderOfEach(servers[0]->target(), 0, kUsers / 2);
  other.join();
  for (int kill = 0; kill < 3; ++kill) {
    ServerProcess& killed = *servers[random() % 2];
    const int64_t more = CountOf(database, kSent) + 1 + static_cast<int64_t>(random() % 20);
    ASSERT_TRUE(Eventually([&] { return CountOf(database, kSent) >= std::min<int64_t>(more, kUsers); }));
    killed.Kill();
    // What comes meanwhile finds its places, and what waited goes on, without it.
    const int64_t before = CountOf(database, kSent);
    ASSERT_TRUE(Eventually([&] { return CountOf(database, kSent) >= std::min<int64_t>(before + 10, kUsers); }));
    ASSERT_TRUE(killed.Restart().ok());
  }
  ASSERT_TRUE(Eventually([&] { return CountOf(database, "SELECT count(*) FROM timers") == 0; }));
  EXPECT_EQ(CountOf(database, kSent), kUsers);
  EXPECT_EQ(CountOf(database, "SELECT count(*) - count(DISTINCT (user_key, event_id)) FROM messages"), 0);
  const std::vector<absl::Time> times = SentTimes(database, kShop);
  EXPECT_GE(times.size(), static_cast<size_t>(kUsers));
  EXPECT_LE(Fullest(times, kPer), kMost);
}

}  // namespace
}  // namespace cadenza::testing
