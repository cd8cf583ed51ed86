// The statistics of campaigns after a mixed load on two server processes, with resends and kill -9, are what is
// recounted from the stored events and messages, to the last digit.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "clients/cpp/builders.h"
#include "clients/cpp/client.h"
#include "storage/base/text.h"
#include "tests/faults/recount.h"
#include "tests/faults/scene.h"
#include "tests/faults/traffic.h"
#include "tests/support/redis_server.h"
#include "tests/support/seed.h"

namespace cadenza::testing {
namespace {

constexpr int kSenders = 4;
constexpr int kUsersOfSender = 12;
constexpr int kCallsOfPhase = 30;
constexpr int kInputsOfCall = 12;
constexpr int kKills = 3;

const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);

void AddVariant(const std::string& id, int weight, const std::string& body, v1::Campaign* campaign) {
  v1::Variant* variant = campaign->add_variants();
  variant->set_variant_id(id);
  variant->set_weight(weight);
  variant->set_control(body.empty());
  if (body.empty()) return;
  variant->mutable_message()->set_channel("push");
  variant->mutable_message()->set_body(body);
}

v1::Conversion* AddConversion(const std::string& id, absl::Duration window, v1::Campaign* campaign) {
  v1::Conversion* conversion = campaign->add_conversions();
  conversion->set_conversion_id(id);
  conversion->mutable_window()->set_seconds(absl::ToInt64Seconds(window));
  return conversion;
}

// Variants and a control, a cooldown, a message that some renders abort, three goals.
v1::Campaign Thanks() {
  v1::Campaign campaign;
  campaign.set_campaign_id("thanks");
  campaign.mutable_trigger()->set_event_name("order_placed");
  campaign.set_condition("event.properties.total > 5");
  campaign.mutable_cooldown()->set_seconds(7200);
  AddVariant("a", 2, "{% if event.properties.total > 35 %}{% abort_message \"dear\" %}{% endif %}Thank you", &campaign);
  AddVariant("b", 2, "Thanks", &campaign);
  AddVariant("nobody", 1, "", &campaign);
  v1::Conversion* again = AddConversion("again", absl::Hours(12), &campaign);
  again->set_event_name("order_placed");
  again->set_condition("event.properties.total > 20");
  again->set_revenue_property("total");
  again->set_currency_code("EUR");
  AddConversion("bought", absl::Hours(48), &campaign)->mutable_purchase_made();
  AddConversion("visited", absl::Hours(1), &campaign)->set_event_name("visited");
  return campaign;
}

// Waits, and is cancelled by an order.
v1::Campaign Cart() {
  v1::Campaign campaign;
  campaign.set_campaign_id("cart");
  campaign.mutable_trigger()->set_event_name("cart_filled");
  campaign.mutable_delay()->set_seconds(3600);
  campaign.add_exception_event_names("order_placed");
  AddVariant("a", 1, "Your cart", &campaign);
  AddVariant("nobody", 1, "", &campaign);
  AddConversion("bought", absl::Hours(24 * 90), &campaign)->mutable_purchase_made();
  return campaign;
}

// Without variants and goals, for those who are subscribed.
v1::Campaign Visit() {
  v1::Campaign campaign;
  campaign.set_campaign_id("visit");
  campaign.mutable_trigger()->set_event_name("visited");
  campaign.mutable_message()->set_channel("push");
  campaign.mutable_message()->set_body("Hello");
  return campaign;
}

void Activate(client::Client& client, const v1::Campaign& campaign) {
  v1::CreateCampaignRequest create;
  create.set_workspace(kShop);
  *create.mutable_campaign() = campaign;
  const auto created = client.CreateCampaign(create);
  ASSERT_TRUE(created.ok()) << created.status();
  v1::ActivateCampaignRequest activate;
  activate.set_workspace(kShop);
  activate.set_campaign_id(campaign.campaign_id());
  ASSERT_TRUE(client.ActivateCampaign(activate).ok());
}

// One sender, with users of its own, whose inputs go to either server, some twice, some to both at once.
class Sender {
 public:
  Sender(int number, std::vector<std::string> targets, uint64_t seed) : number_(number), random_(seed + number) {
    for (const std::string& target : targets) clients_.push_back(std::make_unique<client::Client>(Channel(target)));
    clocks_.assign(kUsersOfSender, kStart);
  }

  void Run(const std::vector<std::pair<std::string, std::string>>& messages) {
    for (int call = 0; call < kCallsOfPhase; ++call) {
      v1::SubmitEventsRequest request;
      request.set_workspace(kShop);
      request.set_mode(v1::StreamOpen::MODE_IMPORT);
      for (int i = 0; i < kInputsOfCall; ++i) {
        *request.add_inputs() =
            sent_.empty() || random_() % 5 != 0 ? NewInput(messages) : sent_[random_() % sent_.size()];
      }
      const size_t server = random_() % clients_.size();
      if (random_() % 8 == 0) {
        std::thread other([&] { Send(request, 1 - server); });
        Send(request, server);
        other.join();
      } else {
        Send(request, server);
      }
    }
  }

  // For each user something that triggers nothing, much later: what still waited has come before it.
  void Finish() {
    v1::SubmitEventsRequest request;
    request.set_workspace(kShop);
    request.set_mode(v1::StreamOpen::MODE_IMPORT);
    for (int user = 0; user < kUsersOfSender; ++user) {
      clocks_[user] += absl::Hours(100);
      *request.add_inputs() = Named(client::Event(client::UserId(UserName(user)), "finished"), user);
    }
    Send(request, 0);
  }

 private:
  std::string UserName(int user) const { return StrCat("s", number_, "u", user); }

  v1::Input Named(v1::Input input, int user) {
    input.set_event_id(StrCat("s", number_, "e", ++events_));
    *input.mutable_time() = client::ToProto(clocks_[user]);
    return input;
  }

  v1::Input NewInput(const std::vector<std::pair<std::string, std::string>>& messages) {
    const int user = static_cast<int>(random_() % kUsersOfSender);
    clocks_[user] += absl::Minutes(random_() % 90);
    const std::string name = UserName(user);
    // A third of the users are anonymous until they are not.
    const bool anonymous = user % 3 == 0 && !known_.contains(user);
    const v1::UserRef ref = anonymous ? client::AnonymousId("anon-" + name) : client::UserId(name);
    const auto dice = random_() % 20;
    v1::Input input;
    if (anonymous && dice == 0) {
      known_.insert(user);
      input = client::Identify(client::UserId(name), "anon-" + name);
    } else if (user % 3 == 1 && dice == 0) {
      // What the known user did before the anonymous one turns out to be he.
      input = client::Event(client::AnonymousId("other-" + name), "order_placed", {{"total", client::Int(30)}});
    } else if (user % 3 == 1 && dice == 1) {
      input = client::Identify(ref, "other-" + name);
    } else if (dice < 8) {
      input = client::Event(ref, "order_placed", {{"total", client::Int(static_cast<int64_t>(random_() % 40))}});
    } else if (dice < 11) {
      input = client::Event(ref, "cart_filled");
    } else if (dice < 14) {
      input = client::Event(ref, "visited");
    } else if (dice < 16 || messages.empty()) {
      input =
          client::Purchase(ref, "margherita", client::ParseMoney("9.99", random_() % 2 == 0 ? "EUR" : "USD").value(),
                           static_cast<int32_t>(1 + random_() % 3));
    } else if (dice == 16) {
      input = client::Subscription(
          ref, "push", random_() % 2 == 0 ? v1::SUBSCRIPTION_STATE_UNSUBSCRIBED : v1::SUBSCRIPTION_STATE_SUBSCRIBED);
    } else {
      input = ReceiptOf(messages, user, ref);
    }
    sent_.push_back(Named(std::move(input), user));
    return sent_.back();
  }

  v1::Input ReceiptOf(const std::vector<std::pair<std::string, std::string>>& messages, int user,
                      const v1::UserRef& ref) {
    std::vector<std::string> own;
    for (const auto& [user_key, message_id] : messages) {
      if (user_key == "u:" + UserName(user) || user_key == "a:anon-" + UserName(user)) own.push_back(message_id);
    }
    if (own.empty()) return client::Event(ref, "visited");
    const auto kind = static_cast<v1::Receipt::Kind>(1 + random_() % 4);
    const std::string link_id = kind == v1::Receipt::KIND_CLICKED ? StrCat("link", random_() % 2) : "";
    return client::Receipt(ref, kind, own[random_() % own.size()], link_id);
  }

  // Until some server has answered.
  void Send(const v1::SubmitEventsRequest& request, size_t server) {
    const bool answered = Eventually([&] {
      const auto response = clients_[server]->SubmitEvents(request);
      server = (server + 1) % clients_.size();
      if (!response.ok()) return false;
      for (const v1::InputResult& result : response->results()) {
        EXPECT_FALSE(result.has_rejection()) << result.ShortDebugString();
      }
      return true;
    });
    EXPECT_TRUE(answered);
  }

  const int number_;
  std::mt19937_64 random_;
  std::vector<std::unique_ptr<client::Client>> clients_;
  std::vector<absl::Time> clocks_;
  std::set<int> known_;
  std::vector<v1::Input> sent_;
  int64_t events_ = 0;
};

v1::CampaignStats StatsOf(client::Client& client, const std::string& campaign_id,
                          v1::GetCampaignStatsRequest::Granularity granularity) {
  v1::GetCampaignStatsRequest request;
  request.set_workspace(kShop);
  request.set_campaign_id(campaign_id);
  request.set_granularity(granularity);
  const auto response = client.GetCampaignStats(request);
  EXPECT_TRUE(response.ok()) << response.status();
  return response.ok() ? response->stats() : v1::CampaignStats();
}

std::vector<std::pair<std::string, std::string>> MessagesOf(const std::string& database) {
  const auto listed = RunSql(database, "SELECT string_agg(user_key || ' ' || message_id, E'\\n') FROM messages");
  EXPECT_TRUE(listed.ok()) << listed.status();
  std::vector<std::pair<std::string, std::string>> messages;
  std::istringstream in(listed.value_or(""));
  for (std::string user, id; in >> user >> id;) messages.emplace_back(user, id);
  return messages;
}

TEST(StatisticsTest, AreWhatIsRecountedAfterAMixedLoadAndKills) {
  const uint64_t seed = TestSeed();
  SCOPED_TRACE(SeedLine(seed));
  auto redis = RedisServer::Create();
  const std::string database = NewDatabase();
  std::vector<std::unique_ptr<ServerProcess>> servers;
  std::vector<std::string> targets;
  for (int i = 0; i < 2; ++i) {
    servers.push_back(StartServer(database, {"--redis", redis->url()}));
    ASSERT_NE(servers.back(), nullptr);
    targets.push_back(servers.back()->target());
  }
  client::Client client(Channel(targets[0]));
  const std::vector<v1::Campaign> campaigns = {Thanks(), Cart(), Visit()};
  for (const v1::Campaign& campaign : campaigns) Activate(client, campaign);

  std::mt19937_64 random(seed);
  std::vector<std::unique_ptr<Sender>> senders;
  for (int i = 0; i < kSenders; ++i) senders.push_back(std::make_unique<Sender>(i, targets, seed));
  for (int phase = 0; phase < kKills; ++phase) {
    const auto messages = MessagesOf(database);
    std::vector<std::thread> threads;
    for (auto& sender : senders) threads.emplace_back([&sender, &messages] { sender->Run(messages); });
    ServerProcess& victim = *servers[phase % 2];
    const double before = Metric(victim, "cadenza_commits_total{result=\"ok\"}");
    EXPECT_TRUE(Eventually([&] {
      return Metric(victim, "cadenza_commits_total{result=\"ok\"}") > before + static_cast<double>(random() % 20);
    }));
    victim.Kill();
    ASSERT_TRUE(victim.Restart().ok());
    for (std::thread& thread : threads) thread.join();
  }
  for (auto& sender : senders) sender->Finish();

  const auto recounted = Recount(database, kShop, campaigns);
  ASSERT_TRUE(recounted.ok()) << recounted.status();
  for (const auto& target : targets) {
    client::Client reader(Channel(target));
    Numbers told, by_hour;
    for (const v1::Campaign& campaign : campaigns) {
      AddNumbers(StatsOf(reader, campaign.campaign_id(), v1::GetCampaignStatsRequest::GRANULARITY_TOTAL), &told);
      const auto hours = StatsOf(reader, campaign.campaign_id(), v1::GetCampaignStatsRequest::GRANULARITY_HOUR);
      for (const v1::VariantStats& variant : hours.variants()) {
        for (const v1::StatsBucket& bucket : variant.buckets()) {
          AddCounts(StrCat(campaign.campaign_id(), "/", variant.variant_id()), bucket.counts(), &by_hour);
        }
      }
    }
    EXPECT_EQ(told, *recounted);
    EXPECT_EQ(by_hour, *recounted);
  }
  // The load was one.
  for (const char* name :
       {"thanks/a entered", "thanks/a sent users", "thanks/a stopped by render", "thanks/ stopped by re_eligibility",
        "thanks/ stopped by condition", "thanks/nobody controls", "thanks/nobody again last_touch users",
        "thanks/b again any_touch EUR", "thanks/a bought any_touch USD", "thanks/b clicked users", "cart/a waited",
        "cart/a cancelled", "cart/a sent", "cart/a bought last_touch", "visit/ sent", "visit/ stopped by subscription",
        "visit/ dismissed"}) {
    EXPECT_TRUE(recounted->contains(name)) << name;
  }
  for (const auto& [name, number] : *recounted) EXPECT_GT(number, 0) << name;
}

}  // namespace
}  // namespace cadenza::testing
