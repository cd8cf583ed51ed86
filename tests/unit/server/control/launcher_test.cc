#include "server/control/launcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "server/lanes/sinks.h"
#include "storage/codec/campaign_codec.h"
#include "storage/memory/memory_store.h"

namespace cadenza {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const absl::Time kNoon = absl::FromCivil(absl::CivilMinute(2026, 6, 1, 12), absl::UTCTimeZone());

class LauncherTest : public ::testing::Test {
 protected:
  std::unique_ptr<Launcher> MakeLauncher(std::string process = "p") {
    Launcher::Options options;
    options.process_name = std::move(process);
    options.stretch_users = 10;
    options.rows_max = 40;
    options.poll_interval = absl::Milliseconds(1);
    options.pause_min = options.pause_max = absl::ZeroDuration();
    return std::make_unique<Launcher>(options,
                                      Launcher::Context{.store = &store_,
                                                        .clock = &clock_,
                                                        .metrics = &metrics_,
                                                        .rule_set = [this] { return RuleSet(); },
                                                        .push = [this](auto items) { Push(std::move(items)); }});
  }
  std::shared_ptr<const rules::RuleSet> RuleSet() {
    absl::MutexLock lock(&mu_);
    return rule_set_;
  }
  // As the lanes: settles what comes first and knows what comes again, unless the test keeps it.
  void Push(std::vector<WorkItem> items) {
    absl::MutexLock lock(&mu_);
    EXPECT_LE(items.size(), 10u);
    for (WorkItem& item : items) {
      const Input& input = item.input;
      EXPECT_EQ(input.user, item.target);
      EXPECT_EQ(input.clock, clock_.Now());
      EXPECT_TRUE(std::get<CampaignLaunch>(input.payload).scheduled);
      Verdict verdict;
      if (keep_) {
        ++kept_;
        continue;
      }
      ++sent_;
      auto [seen, fresh] = bodies_.try_emplace({input.user.key, input.event_id}, input.body);
      EXPECT_EQ(seen->second, input.body);
      if (!fresh) verdict.kind = Verdict::Kind::kDuplicate;
      if (fresh) launched_.push_back(input);
      item.settlement->OnSettled({{item.position, item.target, verdict}});
    }
  }
  void Keep(bool keep) {
    absl::MutexLock lock(&mu_);
    keep_ = keep;
  }
  bool AwaitKept(int inputs) {
    absl::MutexLock lock(&mu_);
    auto enough = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return kept_ >= inputs; };
    return mu_.AwaitWithTimeout(absl::Condition(&enough), absl::Seconds(60));
  }
  void Users(int count, const std::string& workspace = "w") {
    CommitBatch batch;
    batch.journal_seq = 1;
    for (int i = 0; i < count; ++i) {
      batch.profiles.push_back({UserKey::User(workspace, "user-" + std::to_string(i)), 0, {1, "", ""}});
    }
    ASSERT_TRUE(store_.Commit(batch).ok());
  }
  static Schedule Of(Schedule::Kind kind, std::string expression) {
    Schedule schedule;
    schedule.kind = kind;
    schedule.expression = std::move(expression);
    return schedule;
  }
  static Schedule Cron(std::string expression) { return Of(Schedule::Kind::kCron, std::move(expression)); }
  static Schedule Once(absl::Time at) {
    Schedule schedule;
    schedule.kind = Schedule::Kind::kAt;
    schedule.at = at;
    return schedule;
  }
  // Stores it as the next revision, and, unless `lagging`, has it in force here. Active since now, if it is new.
  void Put(const Schedule& schedule, Campaign::State state = Campaign::State::kActive, bool lagging = false,
           const std::string& id = "sale") {
    Campaign& campaign = campaigns_[id];
    campaign.workspace = "w";
    campaign.campaign_id = id;
    campaign.trigger.kind = Trigger::Kind::kSchedule;
    campaign.trigger.schedule = schedule;
    campaign.message = {.channel = "push", .title = "", .body = "Sale", .time_to_live = absl::Hours(1)};
    if (state == Campaign::State::kActive && campaign.state != state) campaign.activate_time = clock_.Now();
    campaign.state = state;
    ++campaign.revision;
    ASSERT_TRUE(store_.campaigns().PutCampaign(EncodeCampaign(campaign)).ok());
    if (!lagging) Follow();
  }
  void Follow() {
    std::vector<Campaign> active;
    for (const auto& [id, campaign] : campaigns_) {
      if (campaign.state == Campaign::State::kActive) active.push_back(campaign);
    }
    std::vector<std::string> errors;
    auto rule_set = rules::RuleSet::Build(1, active, nullptr, &errors);
    EXPECT_THAT(errors, IsEmpty());
    absl::MutexLock lock(&mu_);
    rule_set_ = std::move(rule_set);
  }
  void RunToEnd(Launcher& launcher) {
    for (int round = 0; round < 1000; ++round) {
      const absl::StatusOr<bool> more = launcher.RunOnce();
      ASSERT_TRUE(more.ok()) << more.status();
      if (!*more) return;
    }
    FAIL() << "no end";
  }
  std::vector<Launch> Launches(const std::string& id = "sale") {
    return *store_.launches().ListLaunches("w", id, absl::InfiniteFuture(), 100);
  }
  std::vector<absl::Time> Due() {
    std::vector<absl::Time> due;
    for (const Launch& launch : Launches()) due.push_back(launch.due_time);
    return due;
  }
  std::vector<Input> Launched() {
    absl::MutexLock lock(&mu_);
    return launched_;
  }

  ManualClock clock_{kNoon};
  MemoryStore store_{{.clock = &clock_}};
  Metrics metrics_;
  std::map<std::string, Campaign> campaigns_;
  absl::Mutex mu_;
  std::shared_ptr<const rules::RuleSet> rule_set_ ABSL_GUARDED_BY(mu_) = rules::RuleSet::Build(0, {}, nullptr, nullptr);
  std::map<std::pair<std::string, std::string>, std::string> bodies_ ABSL_GUARDED_BY(mu_);  // by user, event_id
  std::vector<Input> launched_ ABSL_GUARDED_BY(mu_);
  int sent_ ABSL_GUARDED_BY(mu_) = 0;
  int kept_ ABSL_GUARDED_BY(mu_) = 0;
  bool keep_ ABSL_GUARDED_BY(mu_) = false;
};

TEST_F(LauncherTest, LaunchesOnceForEveryUserOfTheWorkspaceWhenItIsDue) {
  Users(95);
  Users(50, "other");
  Put(Once(kNoon + absl::Minutes(5)));
  auto launcher = MakeLauncher();
  clock_.Advance(absl::Minutes(5) - absl::Microseconds(1));
  RunToEnd(*launcher);
  EXPECT_THAT(Launches(), IsEmpty()) << "never early";
  clock_.Advance(absl::Microseconds(1));
  RunToEnd(*launcher);
  ASSERT_THAT(Launched(), SizeIs(95));
  std::set<std::string> users;
  for (const Input& input : Launched()) {
    users.insert(input.user.key);
    EXPECT_EQ(input.time, kNoon + absl::Minutes(5));
    EXPECT_EQ(std::get<CampaignLaunch>(input.payload).campaign_id, "sale");
    EXPECT_EQ(std::get<CampaignLaunch>(input.payload).local_time, "");
    EXPECT_LE(input.event_id.size(), 64u);
  }
  EXPECT_THAT(users, SizeIs(95));
  ASSERT_THAT(Launches(), SizeIs(1));
  EXPECT_TRUE(Launches()[0].done);
  EXPECT_EQ(Launches()[0].users_launched, 95);
  clock_.Advance(absl::Hours(48));
  RunToEnd(*launcher);
  RunToEnd(*MakeLauncher("later"));
  EXPECT_THAT(Launched(), SizeIs(95)) << "once";
}

TEST_F(LauncherTest, OfWhatWasMissedOnlyTheNewest) {
  Users(3);
  Put(Cron("0 * * * *"));
  clock_.Advance(absl::Hours(5) + absl::Minutes(30));
  RunToEnd(*MakeLauncher());
  EXPECT_THAT(Due(), ElementsAre(kNoon + absl::Hours(5)));
  clock_.Advance(absl::Hours(1));
  RunToEnd(*MakeLauncher("restarted"));
  EXPECT_THAT(Due(), ElementsAre(kNoon + absl::Hours(6), kNoon + absl::Hours(5)));
  EXPECT_THAT(Launched(), SizeIs(6));
}

TEST_F(LauncherTest, NothingThatWasDueBeforeTheActivation) {
  Users(3);
  Put(Once(kNoon));
  Put(Cron("0 12 * * *"), Campaign::State::kActive, false, "daily");
  clock_.Advance(absl::Hours(1));
  RunToEnd(*MakeLauncher());
  EXPECT_THAT(Launched(), IsEmpty());
  clock_.Advance(absl::Hours(24));
  RunToEnd(*MakeLauncher());
  EXPECT_THAT(Launches(), IsEmpty());
  EXPECT_THAT(Launches("daily"), SizeIs(1));
}

TEST_F(LauncherTest, APausedCampaignLaunchesNothingAndMissesForGood) {
  Users(3);
  Put(Cron("0 * * * *"));
  Put(Cron("0 * * * *"), Campaign::State::kPaused);
  clock_.Advance(absl::Minutes(90));
  auto launcher = MakeLauncher();
  RunToEnd(*launcher);
  Put(Cron("0 * * * *"));
  RunToEnd(*launcher);
  EXPECT_THAT(Launches(), IsEmpty());
  clock_.Advance(absl::Minutes(30));
  RunToEnd(*launcher);
  EXPECT_THAT(Due(), ElementsAre(kNoon + absl::Hours(2)));
}

TEST_F(LauncherTest, ALaunchUnderWayStopsWithItsCampaign) {
  Users(50);
  Put(Once(kNoon + absl::Seconds(1)));
  clock_.Advance(absl::Seconds(1));
  auto launcher = MakeLauncher();
  ASSERT_EQ(*launcher->RunOnce(), true);
  EXPECT_THAT(Launched(), SizeIs(10));
  Put(Once(kNoon + absl::Seconds(1)), Campaign::State::kPaused);
  RunToEnd(*launcher);
  EXPECT_THAT(Launched(), SizeIs(10));
  EXPECT_TRUE(Launches()[0].done);
  clock_.Advance(absl::Seconds(1));
  Put(Once(kNoon + absl::Seconds(1)));
  RunToEnd(*launcher);
  EXPECT_THAT(Launched(), SizeIs(10)) << "activated again, it does not go on";
}

TEST_F(LauncherTest, ActivatedAgainMeanwhileItStopsToo) {
  Users(50);
  Put(Once(kNoon + absl::Seconds(1)));
  clock_.Advance(absl::Seconds(1));
  auto launcher = MakeLauncher();
  ASSERT_EQ(*launcher->RunOnce(), true);
  clock_.Advance(absl::Seconds(1));
  Put(Once(kNoon + absl::Seconds(1)), Campaign::State::kPaused);
  Put(Once(kNoon + absl::Seconds(1)));
  RunToEnd(*launcher);
  EXPECT_THAT(Launched(), SizeIs(10));
}

TEST_F(LauncherTest, AProcessWhoseRuleSetLagsWaits) {
  Users(20);
  Put(Once(kNoon + absl::Seconds(1)), Campaign::State::kActive, /*lagging=*/true);
  clock_.Advance(absl::Seconds(1));
  ASSERT_TRUE(*store_.launches().BeginLaunch({.workspace = "w",
                                              .campaign_id = "sale",
                                              .due_time = clock_.Now(),
                                              .begin_time = clock_.Now(),
                                              .local_time = "",
                                              .cursor = "",
                                              .end_time = absl::UnixEpoch()}));
  auto launcher = MakeLauncher();
  EXPECT_EQ(*launcher->RunOnce(), true);
  EXPECT_THAT(Launched(), IsEmpty());
  EXPECT_FALSE(Launches()[0].done);
  Follow();
  RunToEnd(*launcher);
  EXPECT_THAT(Launched(), SizeIs(20));
}

TEST_F(LauncherTest, GoesOnWhereAProcessWasStopped) {
  Users(50);
  Put(Once(kNoon + absl::Seconds(1)));
  clock_.Advance(absl::Seconds(1));
  {
    auto first = MakeLauncher("first");
    ASSERT_EQ(*first->RunOnce(), true);
    Keep(true);
    first->Start();
    ASSERT_TRUE(AwaitKept(10));
    first->Stop();
  }
  EXPECT_EQ(Launches()[0].users_launched, 10) << "what was not committed is not remembered";
  Keep(false);
  auto second = MakeLauncher("second");
  EXPECT_EQ(*second->RunOnce(), false) << "the first one holds it";
  clock_.Advance(absl::Seconds(16));
  RunToEnd(*second);
  EXPECT_THAT(Launched(), SizeIs(50));
  EXPECT_EQ(Launches()[0].users_launched, 50);
}

// The verdicts came, and the process was killed before it remembered them.
TEST_F(LauncherTest, WhatIsSentAgainIsADuplicate) {
  Users(30);
  Put(Once(kNoon + absl::Seconds(1)));
  clock_.Advance(absl::Seconds(1));
  auto first = MakeLauncher("first");
  ASSERT_EQ(*first->RunOnce(), true);
  Launch forgotten = Launches()[0];
  forgotten.cursor.clear();
  forgotten.users_launched = 0;
  ASSERT_TRUE(store_.launches().SaveLaunch(forgotten, "first", absl::ZeroDuration()).ok());
  clock_.Advance(absl::Seconds(1));
  RunToEnd(*MakeLauncher("second"));
  EXPECT_THAT(Launched(), SizeIs(30));
  EXPECT_EQ(Launches()[0].users_launched, 30);
  absl::MutexLock lock(&mu_);
  EXPECT_EQ(sent_, 40);
}

TEST_F(LauncherTest, TwoProcessesShareTheLaunchesAndDoubleNobody) {
  Users(40);
  Put(Cron("* * * * *"));
  Put(Cron("* * * * *"), Campaign::State::kActive, false, "other");
  auto first = MakeLauncher("first");
  auto second = MakeLauncher("second");
  for (int minute = 0; minute < 5; ++minute) {
    clock_.Advance(absl::Minutes(1));
    for (int round = 0; round < 10; ++round) {
      ASSERT_TRUE(first->RunOnce().ok());
      ASSERT_TRUE(second->RunOnce().ok());
    }
  }
  EXPECT_THAT(Launched(), SizeIs(2 * 5 * 40));
  EXPECT_THAT(Launches(), SizeIs(5));
  absl::MutexLock lock(&mu_);
  EXPECT_EQ(sent_, 2 * 5 * 40);
}

TEST_F(LauncherTest, LaunchesUnderWayTakeTurns) {
  Users(50);
  Put(Once(kNoon + absl::Seconds(1)), Campaign::State::kActive, false, "a");
  Put(Once(kNoon + absl::Seconds(2)), Campaign::State::kActive, false, "b");
  clock_.Advance(absl::Seconds(2));
  ASSERT_EQ(*MakeLauncher()->RunOnce(), true);
  EXPECT_EQ(Launches("a")[0].users_launched, 10);
  EXPECT_EQ(Launches("b")[0].users_launched, 10);
}

TEST_F(LauncherTest, OfASegmentOnlyItsUsers) {
  Users(30);
  Segment segment;
  segment.workspace = "w";
  segment.segment_id = "vip";
  segment.condition = "true";
  segment.revision = 1;
  ASSERT_TRUE(store_.segments().PutSegment(segment, false).ok());
  CommitBatch batch;
  batch.journal_seq = 2;
  for (int i : {3, 7}) {
    batch.profiles.push_back({UserKey::User("w", "user-" + std::to_string(i)), 1, {2, "", ""}});
    batch.members.push_back({.owner = batch.profiles.size() - 1, .segment_id = "vip", .entered = true, .since = kNoon});
  }
  ASSERT_TRUE(store_.Commit(batch).ok());
  Schedule schedule = Once(kNoon + absl::Seconds(1));
  schedule.segment_id = "vip";
  Put(schedule);
  clock_.Advance(absl::Seconds(1));
  RunToEnd(*MakeLauncher());
  std::set<std::string> users;
  for (const Input& input : Launched()) users.insert(input.user.key);
  EXPECT_THAT(users, ElementsAre("u:user-3", "u:user-7"));
}

TEST_F(LauncherTest, ByUsersClocksItBeginsWithTheFirstClockOfTheWorld) {
  Users(1);
  Put(Of(Schedule::Kind::kLocalAt, "2026-06-02T18:00"));
  auto launcher = MakeLauncher();
  clock_.Set(absl::FromCivil(absl::CivilMinute(2026, 6, 2, 3, 59), absl::UTCTimeZone()));
  RunToEnd(*launcher);
  EXPECT_THAT(Launched(), IsEmpty());
  clock_.Advance(absl::Minutes(1));
  RunToEnd(*launcher);
  ASSERT_THAT(Launched(), SizeIs(1));
  EXPECT_EQ(std::get<CampaignLaunch>(Launched()[0].payload).local_time, "2026-06-02T18:00");
  EXPECT_EQ(Launched()[0].time, clock_.Now());
}

TEST_F(LauncherTest, WhatIsTooLateOrOutsideOfTheWindowEndsAtOnce) {
  Users(3);
  Put(Once(kNoon + absl::Hours(1)), Campaign::State::kActive, false, "late");
  campaigns_["closed"].end_time = kNoon + absl::Hours(1);
  Put(Once(kNoon + absl::Hours(73)), Campaign::State::kActive, false, "closed");
  clock_.Advance(absl::Hours(74));
  RunToEnd(*MakeLauncher());
  EXPECT_THAT(Launched(), IsEmpty());
  for (const char* id : {"late", "closed"}) {
    ASSERT_THAT(Launches(id), SizeIs(1)) << id;
    EXPECT_TRUE(Launches(id)[0].done) << id;
  }
}

TEST_F(LauncherTest, WhatTakesLongerThanIdsAreRememberedEnds) {
  Users(50);
  Put(Once(kNoon + absl::Seconds(1)));
  clock_.Advance(absl::Seconds(1));
  ASSERT_EQ(*MakeLauncher("first")->RunOnce(), true);
  clock_.Advance(absl::Hours(23) + absl::Seconds(1));
  RunToEnd(*MakeLauncher("second"));
  EXPECT_THAT(Launched(), SizeIs(10));
  EXPECT_TRUE(Launches()[0].done);
}

TEST_F(LauncherTest, AThreadFindsTheWorkByItself) {
  Users(25);
  Keep(true);
  auto launcher = MakeLauncher();
  launcher->Start();
  Put(Once(kNoon + absl::Seconds(1)));
  clock_.Advance(absl::Seconds(1));
  EXPECT_TRUE(AwaitKept(10));
  launcher->Stop();
}

}  // namespace
}  // namespace cadenza
