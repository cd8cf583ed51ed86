// Delivery rates of several server processes over one PostgreSQL. What is promised (docs/campaigns.md) is promised of
// the stored times of messages, so it is checked there, exactly, however slow the machine is.
#include <sstream>
#include <thread>

#include "storage/base/text.h"
#include "tests/integration/harness.h"
#include "tests/support/sent_times.h"

namespace cadenza::testing {
namespace {

using client::Event;
using client::UserId;

constexpr int kServers = 3;

v1::DeliveryRate Rate(int64_t most, absl::Duration per, bool burst = false) {
  v1::DeliveryRate rate;
  rate.set_most(most);
  rate.mutable_per()->set_seconds(absl::ToInt64Seconds(per));
  rate.set_burst(burst);
  return rate;
}

class DeliveryRateTest : public ::testing::Test {
 protected:
  DeliveryRateTest() {
    for (int i = 0; i < kServers; ++i) {
      servers_.push_back(StartServer(database_));
      shops_.emplace_back(servers_.back()->target(), "shop");
    }
  }

  // In force in every process when this returns. The scouts that tell are messages too.
  void Activate(const v1::Campaign& campaign) {
    shops_[0].Activate(campaign);
    for (size_t i = 0; i < shops_.size(); ++i) {
      const v1::UserRef scout = UserId(StrCat("scout-", campaign.campaign_id(), "-", i));
      ASSERT_TRUE(Eventually([&] {
        shops_[i].Apply(Event(scout, campaign.trigger().event_name()));
        // Its message, or its timer.
        return shops_[i].Profile(scout).timers_size() > 0 || !shops_[i].Messages(scout).empty();
      }));
    }
  }

  // `each` users of every process do this once, all at the same time.
  void Flood(const std::string& event_name, int each) {
    std::vector<std::thread> threads;
    for (size_t i = 0; i < shops_.size(); ++i) {
      threads.emplace_back([this, i, event_name, each] {
        for (int from = 0; from < each; from += kBatch) {
          std::vector<v1::Input> inputs;
          for (int n = from; n < std::min(from + kBatch, each); ++n) {
            inputs.push_back(Event(UserId(StrCat(event_name, "-", i, "-", n)), event_name));
          }
          for (const v1::InputResult& result : shops_[i].SubmitAll(std::move(inputs))) {
            EXPECT_TRUE(result.has_applied()) << result.ShortDebugString();
          }
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }

  std::string Sql(const std::string& query) { return RunSql(database_, query).value(); }
  // Until nothing waits any more: as long as it takes, if only something goes on.
  void AwaitTheEnd() {
    int64_t sent = -1;
    while (Sql("SELECT count(*) FROM timers") != "0") {
      ASSERT_TRUE(Eventually([&] {
        const auto now = static_cast<int64_t>(SentTimes(database_, "shop").size());
        return std::exchange(sent, now) != now || Sql("SELECT count(*) FROM timers") == "0";
      })) << "no message came";
    }
    EXPECT_EQ(Sql("SELECT count(*) - count(DISTINCT (user_key, event_id, campaign_id)) FROM messages"), "0");
  }
  // That every user of the flood has his message.
  void ExpectAll(const std::string& event_name, int each) {
    std::istringstream keys(Sql("SELECT string_agg(DISTINCT user_key, ' ') FROM messages"));
    int found = 0;
    for (std::string key; keys >> key;) {
      found += key.find("scout") == std::string::npos && key.find(event_name + "-") != std::string::npos ? 1 : 0;
    }
    EXPECT_EQ(found, kServers * each) << event_name;
  }

  static constexpr int kBatch = 25;
  const std::string database_ = NewDatabase();
  std::vector<std::unique_ptr<ServerProcess>> servers_;
  std::vector<Workspace> shops_;
};

TEST_F(DeliveryRateTest, ACampaignsRateHoldsOverAllProcesses) {
  constexpr int kEach = 80;
  constexpr int64_t kMost = 50;
  v1::Campaign campaign = CampaignOn("thanks", "order");
  *campaign.mutable_delivery_rate() = Rate(kMost, absl::Seconds(1));
  Activate(campaign);
  Flood("order", kEach);
  const absl::Time flooded = absl::Now();
  AwaitTheEnd();
  ExpectAll("order", kEach);
  const std::vector<absl::Time> times = SentTimes(database_, "shop");
  ASSERT_GE(times.size(), static_cast<size_t>(kServers * kEach));
  EXPECT_LE(Fullest(times, absl::Seconds(1)), kMost);
  // Smooth: also half of the time holds no more than half of them, up to one.
  EXPECT_LE(Fullest(times, absl::Milliseconds(500)), kMost / 2 + 1);
  // Places are given out ahead, so the last one is nearly where it must be, but for those that a slow machine misses.
  const absl::Duration needed = absl::Seconds(static_cast<double>(times.size()) / kMost);
  EXPECT_LE(times.back(), flooded + 3 * needed + kPatience);
}

TEST_F(DeliveryRateTest, AWorkspacesRateHoldsOverAllItsCampaignsAndProcesses) {
  constexpr int kEach = 60;
  constexpr int64_t kMost = 40, kMostSlow = 5;
  v1::UpdateWorkspaceSettingsRequest request;
  request.set_workspace("shop");
  *request.mutable_settings()->mutable_delivery_rate() = Rate(kMost, absl::Seconds(1), /*burst=*/true);
  ASSERT_TRUE(shops_[0].client().UpdateWorkspaceSettings(request).ok());
  v1::Campaign slow = CampaignOn("slow", "slowed");
  *slow.mutable_delivery_rate() = Rate(kMostSlow, absl::Seconds(1));
  // In force later than the settings, and so they are too.
  Activate(slow);
  Activate(CampaignOn("thanks", "order"));
  Flood("slowed", 10);
  Flood("order", kEach);
  AwaitTheEnd();
  ExpectAll("slowed", 10);
  ExpectAll("order", kEach);
  EXPECT_LE(Fullest(SentTimes(database_, "shop"), absl::Seconds(1)), 2 * kMost - 1);
  EXPECT_LE(Fullest(SentTimes(database_, "shop", "slow"), absl::Seconds(1)), kMostSlow);
}

TEST_F(DeliveryRateTest, OneAfterTheOtherTheProcessesUseTheSameRate) {
  constexpr int64_t kMost = 20;
  v1::Campaign campaign = CampaignOn("thanks", "order");
  *campaign.mutable_delivery_rate() = Rate(kMost, absl::Seconds(1));
  Activate(campaign);
  std::vector<v1::UserRef> users;
  for (int round = 0; round < 4; ++round) {
    for (size_t i = 0; i < shops_.size(); ++i) {
      std::vector<v1::Input> inputs;
      for (int n = 0; n < 8; ++n) {
        users.push_back(UserId(StrCat("u-", round, "-", i, "-", n)));
        inputs.push_back(Event(users.back(), "order"));
      }
      shops_[i].SubmitAll(std::move(inputs));
    }
    // One process leaves with its leases, and comes again without.
    ASSERT_EQ(servers_[2]->Terminate(kPatience).value(), 0);
    ASSERT_TRUE(servers_[2]->Restart().ok());
    ASSERT_TRUE(Eventually([&] { return !absl::IsUnavailable(shops_[2].TryProfile(UserId("nobody")).status()); }));
  }
  AwaitTheEnd();
  for (const v1::UserRef& user : users) EXPECT_EQ(shops_[0].Messages(user).size(), 1u) << user.user_id();
  EXPECT_LE(Fullest(SentTimes(database_, "shop"), absl::Seconds(1)), kMost);
}

}  // namespace
}  // namespace cadenza::testing
