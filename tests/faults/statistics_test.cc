// The statistics of campaigns after a mixed load on two server processes, with resends and kill -9, are what PostgreSQL
// recounts from the stored events and messages, to the last digit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "clients/cpp/builders.h"
#include "clients/cpp/client.h"
#include "storage/base/text.h"
#include "tests/faults/recount.h"
#include "tests/faults/scene.h"
#include "tests/faults/statistics_load.h"
#include "tests/faults/traffic.h"
#include "tests/support/redis_server.h"
#include "tests/support/seed.h"

namespace cadenza::testing {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int kSenders = 4;
constexpr int kKills = 4;
// Of all commits of one run of the senders, some hundreds.
constexpr int kCommitsBeforeKill = 40;

const char* const kCampaigns[] = {"thanks", "cart", "visit"};

// Not so long ago that messages are dropped again.
const absl::Time kStart = absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now())) - absl::Hours(24 * 14);

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

// Settings, campaigns, and last one that tells that all of them are in force.
void MakeRules(client::Client& client) {
  v1::UpdateWorkspaceSettingsRequest update;
  update.set_workspace(kShop);
  *update.mutable_settings() = StatisticsSettings();
  const auto updated = client.UpdateWorkspaceSettings(update);
  ASSERT_TRUE(updated.ok()) << updated.status();
  for (const v1::Campaign& campaign : StatisticsCampaigns(kStart)) Activate(client, campaign);
  v1::Campaign scout;
  scout.set_campaign_id("scout");
  scout.mutable_trigger()->set_event_name("scouted");
  scout.mutable_message()->set_channel("push");
  scout.mutable_message()->set_body("Here");
  Activate(client, scout);
}

// Returns once the server has the rules. A new scout each time: some are held out.
void AwaitRules(const std::string& target) {
  client::Client client(Channel(target));
  int64_t n = 0;
  EXPECT_TRUE(Eventually([&] {
    const std::string scout = StrCat("scout ", ++n, " at ", target);
    v1::SubmitEventsRequest request;
    request.set_workspace(kShop);
    request.set_mode(v1::StreamOpen::MODE_IMPORT);
    v1::Input* input = request.add_inputs();
    *input = client::Event(client::UserId(scout), "scouted");
    input->set_event_id("scouted");
    *input->mutable_time() = client::ToProto(kStart);
    if (!client.SubmitEvents(request).ok()) return false;
    const auto profile = GetProfile(client, scout);
    return profile.ok() && profile->message_seq() > 0;
  }));
}

MessageList MessagesOf(const std::string& database) {
  const auto listed = RunSql(database,
                             "SELECT string_agg(user_key || ' ' || message_id, E'\\n') FROM messages "
                             "WHERE campaign_id <> 'scout'");
  EXPECT_TRUE(listed.ok()) << listed.status();
  MessageList messages;
  std::istringstream in(listed.value_or(""));
  for (std::string user, id; in >> user >> id;) messages.emplace_back(user, id);
  return messages;
}

// All senders at once, while a server dies and comes back.
void RunAndKill(std::vector<std::unique_ptr<StatisticsSender>>& senders, const MessageList& messages, int commits,
                ServerProcess* victim) {
  std::vector<std::thread> threads;
  for (auto& sender : senders) threads.emplace_back([&sender, &messages] { sender->Run(messages); });
  const double before = Metric(*victim, "cadenza_commits_total{result=\"ok\"}");
  EXPECT_TRUE(Eventually([&] { return Metric(*victim, "cadenza_commits_total{result=\"ok\"}") > before + commits; }));
  victim->Kill();
  EXPECT_TRUE(victim->Restart().ok());
  for (std::thread& thread : threads) thread.join();
}

// What is not the same in both: "cart/a 2026-11-13 02:00:00 entered: told 2, recounted 1".
std::vector<std::string> Differences(const Numbers& told, const Numbers& recounted) {
  std::vector<std::string> differences;
  Numbers all = told;
  all.insert(recounted.begin(), recounted.end());
  for (const auto& [name, number] : all) {
    const auto of = [&name = name](const Numbers& numbers) {
      const auto found = numbers.find(name);
      return found == numbers.end() ? 0 : found->second;
    };
    if (of(told) == of(recounted)) continue;
    differences.push_back(StrCat(name, ": told ", of(told), ", recounted ", of(recounted)));
  }
  return differences;
}

// Told by the server, and recounted, by the hour and by the day; the numbers by the hour.
Numbers ExpectEqual(const std::string& database, const std::string& target) {
  const absl::Status recount = Recount(database, kShop);
  EXPECT_TRUE(recount.ok()) << recount;
  client::Client client(Channel(target));
  using Request = v1::GetCampaignStatsRequest;
  const Buckets kAll[] = {{Request::GRANULARITY_HOUR, "UTC"},
                          {Request::GRANULARITY_DAY, "UTC"},
                          {Request::GRANULARITY_DAY, "Asia/Kolkata"}};
  Numbers by_hour;
  for (const Buckets& buckets : kAll) {
    const auto recounted = RecountedNumbers(database, buckets);
    EXPECT_TRUE(recounted.ok()) << recounted.status();
    Numbers told;
    for (const char* campaign_id : kCampaigns) AddNumbers(client, kShop, campaign_id, buckets, &told);
    AddNumbers(client, kShop, "scout", buckets, &told);
    EXPECT_THAT(Differences(told, recounted.value_or(Numbers())), IsEmpty());
    if (by_hour.empty()) by_hour = told;
  }
  return by_hour;
}

// Added up over the hours: "thanks/a entered".
Numbers Totals(const Numbers& by_hour) {
  Numbers totals;
  for (const auto& [name, number] : by_hour) {
    const size_t space = name.find(' ');
    totals[name.substr(0, space) + name.substr(name.find(' ', name.find(' ', space + 1) + 1))] += number;
  }
  return totals;
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
  ASSERT_NO_FATAL_FAILURE(MakeRules(client));
  for (const std::string& target : targets) AwaitRules(target);

  std::mt19937_64 random(seed);
  std::vector<std::unique_ptr<StatisticsSender>> senders;
  for (int i = 0; i < kSenders; ++i) {
    senders.push_back(std::make_unique<StatisticsSender>(i, targets, seed, kStart));
  }
  for (int kill = 0; kill < kKills; ++kill) {
    const auto commits = static_cast<int>(random() % kCommitsBeforeKill);
    RunAndKill(senders, MessagesOf(database), commits, servers[kill % 2].get());
  }
  for (auto& sender : senders) sender->Finish();
  const Numbers numbers = ExpectEqual(database, targets[0]);
  ExpectEqual(database, targets[1]);

  // Everything once more counts nothing.
  std::vector<std::thread> threads;
  for (auto& sender : senders) threads.emplace_back([&sender] { sender->Resend(); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(ExpectEqual(database, targets[1]), numbers);

  // The load was one.
  const Numbers totals = Totals(numbers);
  for (const char* name : {"thanks/a entered",
                           "thanks/a sent users",
                           "thanks/a stopped by render",
                           "thanks/ stopped by re_eligibility",
                           "thanks/ stopped by condition",
                           "thanks/ stopped by holdout",
                           "thanks/b stopped by frequency_cap",
                           "thanks/b stopped by frequency_cap users",
                           "thanks/a stopped by subscription",
                           "thanks/nobody controls",
                           "thanks/nobody again last_touch users",
                           "thanks/b again any_touch EUR",
                           "thanks/a bought any_touch USD",
                           "thanks/b clicked users",
                           "cart/a waited",
                           "cart/a cancelled",
                           "cart/a sent",
                           "cart/a bought last_touch",
                           "cart/ stopped by audience",
                           "visit/ sent",
                           "visit/ stopped by active_window",
                           "visit/ stopped by subscription",
                           "visit/ stopped by quiet_hours",
                           "visit/ dismissed"}) {
    EXPECT_TRUE(totals.contains(name)) << name;
  }
  for (const auto& [name, number] : totals) EXPECT_GT(number, 0) << name;
}

TEST(StatisticsTest, ARecountFindsOneWrongDigit) {
  const std::string database = NewDatabase();
  const auto server = StartServer(database);
  ASSERT_NE(server, nullptr);
  client::Client client(Channel(server->target()));
  ASSERT_NO_FATAL_FAILURE(MakeRules(client));
  AwaitRules(server->target());
  StatisticsSender sender(0, {server->target(), server->target()}, 7, kStart);
  sender.Run({});
  sender.Run(MessagesOf(database));
  sender.Finish();
  const Numbers right = ExpectEqual(database, server->target());
  ASSERT_FALSE(right.empty());

  const auto recounted = [&] {
    EXPECT_TRUE(Recount(database, kShop).ok());
    return RecountedNumbers(database, {}).value_or(Numbers());
  };
  const auto told = [&] {
    Numbers numbers;
    for (const char* campaign_id : {"thanks", "cart", "visit", "scout"}) {
      AddNumbers(client, kShop, campaign_id, {}, &numbers);
    }
    return numbers;
  };
  // A counter.
  ASSERT_TRUE(RunSql(database,
                     "UPDATE campaign_counters SET counts[1] = counts[1] + 1 WHERE ctid = "
                     "(SELECT ctid FROM campaign_counters WHERE counts[1] > 0 LIMIT 1)")
                  .ok());
  EXPECT_EQ(recounted(), right);
  EXPECT_THAT(Differences(told(), right), SizeIs(1));
  // A message.
  ASSERT_TRUE(RunSql(database, "DELETE FROM messages WHERE ctid = (SELECT ctid FROM messages LIMIT 1)").ok());
  EXPECT_EQ(Recount(database, kShop).code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace cadenza::testing
