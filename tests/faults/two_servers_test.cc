// Two server processes over one PostgreSQL, writing the same users at the same time.
#include <random>

#include "tests/faults/scene.h"
#include "tests/faults/traffic.h"
#include "tests/support/redis_server.h"
#include "tests/support/seed.h"

namespace cadenza::testing {
namespace {

constexpr int kCustomers = 5;
constexpr int kCalls = 80;
constexpr int kOrdersPerCall = 12;

// What all senders have sent, for any of them to send again, to whichever process.
class SharedOrders {
 public:
  // A new one, or sometimes one that was made before and perhaps is on its way just now.
  v1::Input Next(std::mt19937_64& random) {
    absl::MutexLock lock(&mu_);
    if (!made_.empty() && random() % 4 == 0) return made_[random() % made_.size()];
    const int who = static_cast<int>(random() % kCustomers);
    made_.push_back(Order(StrCat("c", who), ++counts_[who]));
    return made_.back();
  }
  int64_t count(int who) {
    absl::MutexLock lock(&mu_);
    return counts_[who];
  }
  // Each order is applied once, and everybody is told the same number.
  void OnResult(const std::string& event_id, const v1::InputResult& result) {
    absl::MutexLock lock(&mu_);
    ASSERT_FALSE(result.has_rejection()) << result.ShortDebugString();
    const int64_t seq = result.has_applied() ? result.applied().user_seq() : result.duplicate().user_seq();
    EXPECT_EQ(seqs_.try_emplace(event_id, seq).first->second, seq) << event_id;
    applied_[event_id] += result.has_applied() ? 1 : 0;
  }
  void ExpectEachAppliedOnce() {
    absl::MutexLock lock(&mu_);
    EXPECT_EQ(applied_.size(), made_.size());
    for (const auto& [event_id, times] : applied_) EXPECT_EQ(times, 1) << event_id;
  }

 private:
  absl::Mutex mu_;
  std::vector<v1::Input> made_ ABSL_GUARDED_BY(mu_);
  int64_t counts_[kCustomers] ABSL_GUARDED_BY(mu_) = {};
  absl::flat_hash_map<std::string, int64_t> seqs_ ABSL_GUARDED_BY(mu_);
  absl::flat_hash_map<std::string, int> applied_ ABSL_GUARDED_BY(mu_);
};

void Send(const std::string& target, uint64_t seed, SharedOrders& orders) {
  std::mt19937_64 random(seed);
  client::Client client(Channel(target), kPatience);
  for (int call = 0; call < kCalls; ++call) {
    v1::SubmitEventsRequest request;
    request.set_workspace(kShop);
    for (int i = 0; i < kOrdersPerCall; ++i) *request.add_inputs() = orders.Next(random);
    const auto response = client.SubmitEvents(request);
    ASSERT_TRUE(response.ok()) << response.status();
    for (int i = 0; i < kOrdersPerCall; ++i) orders.OnResult(request.inputs(i).event_id(), response->results(i));
  }
}

TEST(TwoServersTest, WritingTheSameUsersAreAsCorrectAsOne) {
  const uint64_t seed = TestSeed();
  SCOPED_TRACE(SeedLine(seed));
  auto redis = RedisServer::Create();
  const std::string database = NewDatabase();
  std::vector<std::unique_ptr<ServerProcess>> servers;
  for (int i = 0; i < 2; ++i) {
    servers.push_back(StartServer(database, {"--redis", redis->url()}));
    ASSERT_NE(servers.back(), nullptr);
  }
  ActivateThanks(servers[0]->target());
  // The other one follows within a second; its own scout says when.
  client::Client second(Channel(servers[1]->target()));
  int64_t n = 0;
  ASSERT_TRUE(Eventually([&] {
    v1::SubmitEventsRequest request;
    request.set_workspace(kShop);
    *request.add_inputs() = Order("scout-of-the-second", ++n);
    if (!second.SubmitEvents(request).ok()) return false;
    const auto profile = GetProfile(second, "scout-of-the-second");
    return profile.ok() && profile->message_seq() > 0;
  }));

  std::vector<std::unique_ptr<Phone>> phones;  // of each customer one on each server
  for (int who = 0; who < kCustomers; ++who) {
    for (auto& server : servers) phones.push_back(std::make_unique<Phone>(server->target(), StrCat("c", who)));
  }
  SharedOrders orders;
  std::vector<std::thread> senders;
  for (uint64_t i = 0; i < 4; ++i) {
    senders.emplace_back([&, i] { Send(servers[i % 2]->target(), seed + i, orders); });
  }
  for (std::thread& sender : senders) sender.join();

  orders.ExpectEachAppliedOnce();
  for (auto& server : servers) EXPECT_GT(Metric(*server, "cadenza_fence_conflicts_total"), 0);
  for (int who = 0; who < kCustomers; ++who) {
    const std::string customer = StrCat("c", who);
    const int64_t count = orders.count(who);
    for (auto& server : servers)
      ExpectExactly(server->target(), customer, count, {.in_order = false, .messages = true});
    std::vector<std::string> first, other;
    for (int i = 0; i < 2; ++i) {
      ASSERT_TRUE(phones[2 * who + i]->AwaitCount(count));
      (i == 0 ? first : other) = phones[2 * who + i]->event_ids();
    }
    EXPECT_EQ(first, other) << customer;
    EXPECT_EQ(static_cast<int64_t>(first.size()), count) << customer;
  }
}

}  // namespace
}  // namespace cadenza::testing
