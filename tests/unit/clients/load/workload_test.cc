#include "clients/load/workload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "server/rules/rule_set.h"
#include "storage/base/ids.h"

namespace cadenza::load {
namespace {

using ::testing::IsEmpty;

const absl::Time kMade = absl::FromUnixMillis(1'790'000'000'123);

v1::Input Event(const Workload& workload, int64_t index) {
  v1::Input input;
  workload.FillEvent(index, kMade, &input);
  return input;
}

TEST(WorkloadTest, TheSameIndexGivesTheSameInput) {
  const Workload a(WorkloadOptions{});
  const Workload b(WorkloadOptions{});
  for (int64_t index : {0, 1, 77'777, 5'000'000}) {
    EXPECT_EQ(Event(a, index).event_id(), Event(b, index).event_id());
    EXPECT_EQ(a.UserOf(index), b.UserOf(index));
    EXPECT_EQ(Event(a, index).custom_event().name(), Event(b, index).custom_event().name());
  }
}

TEST(WorkloadTest, EventIdsAreUuidsOfTheirTimeThatLeadBackToTheIndex) {
  WorkloadOptions options;
  options.run = (1 << 26) - 3;
  const Workload workload(options);
  options.run = 5;
  const Workload other(options);
  for (int64_t index : {int64_t{0}, int64_t{255}, int64_t{123'456'789}, (int64_t{1} << 47) - 1}) {
    const std::string id = Event(workload, index).event_id();
    EXPECT_EQ(UuidV7Time(id), kMade) << id;
    EXPECT_EQ(workload.IndexOf(id), index);
    EXPECT_EQ(other.IndexOf(id), std::nullopt);
  }
  EXPECT_EQ(workload.IndexOf("something else"), std::nullopt);
}

TEST(WorkloadTest, UsersFollowZipf) {
  const Workload workload(WorkloadOptions{});
  constexpr int kEvents = 200'000;
  std::map<int64_t, int> events;
  for (int64_t i = 0; i < kEvents; ++i) ++events[workload.UserOf(i)];
  // The harmonic number of 100,000 is 12.09: user 0 has 1 in 12.09 of all events, user 9 a tenth of that.
  EXPECT_NEAR(events[0], kEvents / 12.09, kEvents / 12.09 * 0.05);
  EXPECT_NEAR(events[9], kEvents / 120.9, kEvents / 120.9 * 0.15);
  EXPECT_LT(events.rbegin()->first, 100'000);
}

TEST(WorkloadTest, WithoutZipfAllUsersAreAlike) {
  WorkloadOptions options;
  options.users = 100;
  options.zipf = 0;
  const Workload workload(options);
  std::map<int64_t, int> events;
  for (int64_t i = 0; i < 100'000; ++i) ++events[workload.UserOf(i)];
  ASSERT_EQ(events.size(), 100u);
  for (const auto& [user, count] : events) EXPECT_NEAR(count, 1000, 200) << user;
}

TEST(WorkloadTest, EveryFifthEventIsAboveTheLineThatCampaignsDraw) {
  const Workload workload(WorkloadOptions{});
  for (int64_t i = 0; i < 10'000; ++i) {
    const double total = Event(workload, i).custom_event().properties().at("total").double_value();
    EXPECT_EQ(total > 80, Workload::YieldsMessage(i)) << i;
    EXPECT_GE(total, 0);
    EXPECT_LT(total, 100);
  }
}

TEST(WorkloadTest, CampaignsCompileAndAnswerEveryEventName) {
  WorkloadOptions options;
  options.idle_campaigns = 30;
  const Workload workload(options);
  std::vector<std::string> errors;
  const auto rule_set = rules::RuleSet::Build(1, workload.Campaigns(), nullptr, &errors);
  EXPECT_THAT(errors, IsEmpty());
  EXPECT_EQ(rule_set->size(), 50u);
  std::set<std::string> names;
  for (int64_t i = 0; i < 1'000; ++i) names.insert(Event(workload, i).custom_event().name());
  EXPECT_EQ(names.size(), static_cast<size_t>(Workload::kEventNames));
  for (const std::string& name : names) EXPECT_EQ(rule_set->ForEvent("bench", name).size(), 2u) << name;
}

TEST(WorkloadTest, AProfileGrowsByWhatIsAskedFor) {
  v1::Input small, large;
  Workload(WorkloadOptions{}).FillAttributes(7, kMade, &small);
  WorkloadOptions options;
  options.profile_bytes = 5'000;
  Workload(options).FillAttributes(7, kMade, &large);
  EXPECT_EQ(small.user().user_id(), Workload::UserId(7));
  EXPECT_NEAR(static_cast<double>(large.ByteSizeLong() - small.ByteSizeLong()), 5'000, 500);
}

}  // namespace
}  // namespace cadenza::load
