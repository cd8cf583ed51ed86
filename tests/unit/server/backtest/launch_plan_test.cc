// What a campaign's schedule makes of a back-test: each time is as it was, or worked out, user by user.
#include "server/backtest/launch_plan.h"

#include <gmock/gmock.h>

#include <random>

#include "tests/support/seed.h"
#include "tests/unit/server/backtest/shop.h"

namespace cadenza::backtest {
namespace {

using lanes::User;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using MessageMap = std::map<std::string, Message>;  // by message_id

constexpr int kUsers = 8;
constexpr int kDays = 6;

Campaign Scheduled(Schedule::Kind kind, std::string_view expression, std::string_view zone = "") {
  Trigger trigger;
  trigger.kind = Trigger::Kind::kSchedule;
  trigger.schedule.kind = kind;
  trigger.schedule.expression = std::string(expression);
  trigger.schedule.time_zone = std::string(zone);
  Campaign campaign = On("news", trigger, "");
  campaign.condition = "user.event_count('visited') > 1";
  campaign.cooldown = absl::Hours(20);
  // Of two messages that quiet hours hold to one moment the one that is worked out goes last (docs/backtest.md): who of
  // them a cap stops is not compared.
  campaign.ignore_frequency_caps = true;
  campaign.variants = {{"plain", 2, false, campaign.message}, {"none", 1, true, {}}};
  campaign.variants[0].message.body = "News for {{ event.id }} at {{ event.time }}";
  campaign.message = MessageTemplate();
  return campaign;
}

// Days of a few users. A launch of `news` comes by `lag` after it is due; without one the days are the same.
class Week {
 public:
  explicit Week(uint64_t seed) : seed_(seed) {
    for (int i = 0; i < kUsers; ++i) users_.push_back(User(StrCat("u", i)));
  }

  void Live(Shop* shop, const Campaign* news, absl::Duration lag) const {
    std::mt19937_64 random(seed_);
    const auto below = [&random](int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); };
    std::vector<schedule::Occurrence> launches;
    if (news != nullptr) launches = Occurrences(*news);
    auto launch = launches.begin();
    absl::Time now = kStart;
    // What a launch sets is due at whole minutes: so that it fires in time.
    absl::Time minute = kStart;
    while (now < end()) {
      now += absl::Seconds(below(900)) + absl::Microseconds(1 + below(1000));
      for (; minute < now; minute += absl::Minutes(1)) {
        shop->FireAt(minute);
        if (launch == launches.end() || launch->due_time + lag != minute) continue;
        shop->LaunchAll(*news, *launch, minute);
        ++launch;
      }
      // Some are not there before the second half.
      const int who = below(now < kStart + (end() - kStart) / 2 ? kUsers - 2 : kUsers);
      const UserKey& user = users_[static_cast<size_t>(who)];
      switch (below(8)) {
        case 0: {
          v1::Input proto;
          auto& operation = *proto.mutable_attribute_change()->add_operations();
          operation.set_path("time_zone");
          operation.mutable_set()->set_string_value(below(2) == 0 ? "Asia/Tokyo" : "America/New_York");
          shop->Submit(user, std::move(proto), now);
          break;
        }
        case 1:
          shop->Event(user, "order_placed", now, false, 1 + below(20));
          break;
        case 2:
          shop->Event(user, "cart_filled", now);
          break;
        default:
          shop->Event(user, "visited", now);
      }
    }
    shop->FireAt(now);
  }

  static std::vector<schedule::Occurrence> Occurrences(const Campaign& news) {
    const LaunchPlan plan = PlanLaunches(news, std::nullopt, kStart, end(), nullptr).value();
    return plan.worked_out;
  }
  static absl::Time end() { return kStart + kDays * absl::Hours(24); }
  const std::vector<UserKey>& users() const { return users_; }

 private:
  const uint64_t seed_;
  std::vector<UserKey> users_;
};

MessageMap Lived(Shop* shop, const Week& week) {
  MessageMap lived;
  for (auto& [key, message] : shop->Messages(week.users())) {
    if (key.first == "news" && message.create_time < Week::end()) lived[key.second] = message;
  }
  return lived;
}

MessageMap Found(Shop* shop, const Campaign& news, Report* report) {
  MessageMap found;
  Request request = shop->RequestFor(news, kStart, Week::end());
  request.on_message = [&found](const Message& message) {
    EXPECT_TRUE(found.emplace(message.message_id, message).second) << "twice";
  };
  absl::StatusOr<Report> run = backtest::Run(request, &shop->store(), nullptr);
  EXPECT_TRUE(run.ok()) << run.status();
  if (run.ok()) *report = *std::move(run);
  return found;
}

void ExpectSame(const MessageMap& lived, const MessageMap& found) {
  for (const auto& [message_id, message] : lived) {
    const auto other = found.find(message_id);
    ASSERT_NE(other, found.end()) << "only lived: " << message.user.key << " at " << message.create_time;
    EXPECT_EQ(other->second.user.key, message.user.key);
    EXPECT_EQ(other->second.variant_id, message.variant_id);
    EXPECT_EQ(other->second.body, message.body);
    EXPECT_EQ(other->second.create_time, message.create_time);
  }
  for (const auto& [message_id, message] : found) {
    EXPECT_TRUE(lived.contains(message_id)) << "only found: " << message.user.key << " at " << message.create_time;
  }
}

std::vector<Campaign> Schedules() {
  Campaign once = Scheduled(Schedule::Kind::kAt, "");
  once.trigger.schedule.at = kStart + absl::Hours(50);
  Campaign members = Scheduled(Schedule::Kind::kCron, "30 */5 * * *", "Europe/London");
  members.trigger.schedule.segment_id = "active";
  Campaign late = Scheduled(Schedule::Kind::kCron, "0 12 * * *", "America/New_York");
  late.delay = absl::Hours(3);
  late.exception_event_names = {"order_placed"};
  const std::string local_day =
      std::string(absl::FormatCivilTime(absl::ToCivilDay(kStart + absl::Hours(48), absl::UTCTimeZone())));
  return {once, members, late, Scheduled(Schedule::Kind::kLocalAt, StrCat(local_day, "T18:00")),
          Scheduled(Schedule::Kind::kLocalCron, "15 9 * * *")};
}

std::vector<Campaign> With(const Campaign& news) {
  std::vector<Campaign> campaigns = ShopCampaigns();
  campaigns.push_back(news);
  return campaigns;
}

// A draft that was never launched sends what it would have, launched at once.
TEST(LaunchPlanTest, WhatIsWorkedOutIsWhatALaunchWouldHaveSent) {
  uint64_t seed = testing::TestSeed();
  size_t messages = 0;
  for (int round = 0; round < 2; ++round, ++seed) {
    SCOPED_TRACE(testing::SeedLine(seed));
    const Week week(seed);
    for (const Campaign& news : Schedules()) {
      SCOPED_TRACE(StrCat(static_cast<int>(news.trigger.schedule.kind), " ", news.trigger.schedule.expression));
      Shop launched(With(news));
      week.Live(&launched, &news, absl::ZeroDuration());
      Shop never;
      week.Live(&never, nullptr, absl::ZeroDuration());
      Report report;
      const MessageMap lived = Lived(&launched, week);
      ExpectSame(lived, Found(&never, news, &report));
      EXPECT_EQ(report.draft.sent, static_cast<int64_t>(lived.size()));
      EXPECT_THAT(report.notes, Contains(HasSubstr("for the users who had a profile at that moment")));
      messages += lived.size();
      if (HasFailure()) return;
    }
  }
  EXPECT_GT(messages, 10u);
}

// Launches that came by late, between other inputs, are replayed as they were.
TEST(LaunchPlanTest, WhatWasLaunchedIsFoundOneByOne) {
  uint64_t seed = testing::TestSeed();
  size_t messages = 0;
  for (int round = 0; round < 2; ++round, ++seed) {
    SCOPED_TRACE(testing::SeedLine(seed));
    const Week week(seed);
    for (const Campaign& news : Schedules()) {
      SCOPED_TRACE(StrCat(static_cast<int>(news.trigger.schedule.kind), " ", news.trigger.schedule.expression));
      Shop shop(With(news));
      week.Live(&shop, &news, absl::Minutes(20));
      Report report;
      const MessageMap lived = Lived(&shop, week);
      ExpectSame(lived, Found(&shop, news, &report));
      EXPECT_THAT(report.notes, Contains(HasSubstr("as it was then")));
      messages += lived.size();
      if (HasFailure()) return;
    }
  }
  EXPECT_GT(messages, 10u);
}

TEST(LaunchPlanTest, LaunchesThatTheDraftDoesNotNameAreLeftOut) {
  const Week week(testing::TestSeed());
  const Campaign before = Scheduled(Schedule::Kind::kCron, "0 */6 * * *");
  Shop shop(With(before));
  week.Live(&shop, &before, absl::Minutes(1));
  ASSERT_FALSE(Lived(&shop, week).empty());
  Campaign edit = before;
  edit.cooldown = absl::ZeroDuration();
  edit.condition = "";
  edit.variants.clear();
  edit.message = {.channel = "push", .title = "", .body = "News", .time_to_live = absl::Hours(24)};
  edit.ignore_quiet_hours = true;
  edit.ignore_frequency_caps = true;
  edit.trigger.schedule.expression = "0 */12 * * *";
  const auto times = [&](const Campaign& draft) {
    Report report;
    std::set<absl::Time> found;
    for (const auto& [message_id, message] : Found(&shop, draft, &report)) found.insert(message.create_time);
    return found;
  };
  // As they were: a minute late.
  std::set<absl::Time> expected;
  for (const schedule::Occurrence& occurrence : Week::Occurrences(edit)) {
    expected.insert(occurrence.due_time + absl::Minutes(1));
  }
  EXPECT_EQ(times(edit), expected);
  // For other users than those it was launched for, all is worked out.
  edit.trigger.schedule.segment_id = "active";
  for (const absl::Time time : times(edit)) EXPECT_TRUE(expected.contains(time + absl::Minutes(1))) << time;
  EXPECT_THAT(times(edit), ::testing::Not(IsEmpty()));
}

TEST(LaunchPlanTest, WhoeverHasNoProfileYetIsNotLaunched) {
  Shop shop{std::vector<Campaign>()};
  Campaign news = Scheduled(Schedule::Kind::kAt, "");
  news.trigger.schedule.at = kStart + absl::Hours(5);
  news.condition = "";
  news.variants.clear();
  news.message = {.channel = "push", .title = "", .body = "News", .time_to_live = absl::Hours(24)};
  news.ignore_quiet_hours = true;
  shop.Event(User("early"), "visited", kStart + absl::Hours(4));
  shop.Event(User("late"), "visited", kStart + absl::Hours(6));
  Report report;
  const MessageMap found = Found(&shop, news, &report);
  EXPECT_EQ(report.draft.triggered, 1);
  ASSERT_THAT(found, SizeIs(report.draft.stopped.contains(Gate::kHoldout) ? 0 : 1));
  for (const auto& [message_id, message] : found) EXPECT_EQ(message.user, User("early"));
}

TEST(LaunchPlanTest, ThePeriodAndTheWindowBoundIt) {
  Campaign news = Scheduled(Schedule::Kind::kCron, "0 * * * *");
  const absl::Time day = absl::FromCivil(absl::CivilDay(2026, 11, 1), absl::UTCTimeZone());
  const auto times = [&](absl::Time from, absl::Time to) {
    std::vector<int64_t> hours;
    const LaunchPlan plan = PlanLaunches(news, std::nullopt, from, to, nullptr).value();
    for (const schedule::Occurrence& occurrence : plan.worked_out) {
      hours.push_back(absl::ToInt64Hours(occurrence.due_time - day));
    }
    return hours;
  };
  EXPECT_THAT(times(day, day + absl::Hours(3)), ElementsAre(0, 1, 2));
  EXPECT_THAT(times(day + absl::Seconds(1), day + absl::Hours(3) + absl::Seconds(1)), ElementsAre(1, 2, 3));
  news.start_time = day + absl::Hours(2);
  news.end_time = day + absl::Hours(4);
  EXPECT_THAT(times(day, day + absl::Hours(9)), ElementsAre(2, 3));
  const Campaign minutes = Scheduled(Schedule::Kind::kCron, "* * * * *");
  const absl::Status status = PlanLaunches(minutes, std::nullopt, day, day + absl::Hours(24 * 100), nullptr).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("100000 times"));
}

TEST(LaunchPlanTest, ASegmentThatIsNotThereIsSaid) {
  Shop shop{std::vector<Campaign>()};
  Campaign news = Scheduled(Schedule::Kind::kCron, "0 * * * *");
  news.trigger.schedule.segment_id = "nobodies";
  Report report;
  EXPECT_THAT(Found(&shop, news, &report), IsEmpty());
  EXPECT_THAT(report.notes, Contains(HasSubstr("trigger.schedule.segment_id: no segment 'nobodies' is active")));
}

}  // namespace
}  // namespace cadenza::backtest
