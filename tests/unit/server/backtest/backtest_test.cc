// A back-test over what lanes and a pump have lived through finds what they did.
#include "server/backtest/backtest.h"

#include <gmock/gmock.h>

#include <random>

#include "server/rules/decision_text.h"
#include "tests/support/seed.h"
#include "tests/unit/server/backtest/shop.h"

namespace cadenza::backtest {
namespace {

using lanes::Anonymous;
using lanes::User;
using MessageMap = std::map<std::pair<std::string, std::string>, Message>;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr int kInputs = 400;
constexpr int kKnown = 6;
constexpr int kAnonymous = 3;

// A few days of a few users. On an import stream inputs bring their times along.
class Days {
 public:
  Days(uint64_t seed, bool import) : random_(seed), import_(import) {
    for (int i = 0; i < kKnown; ++i) users_.push_back(User(StrCat("u", i)));
    for (int i = 0; i < kAnonymous; ++i) users_.push_back(Anonymous(StrCat("a", i)));
  }

  void Live(Shop* shop) {
    for (int i = 0; i < kInputs; ++i) {
      now_ += absl::Seconds(Below(10) == 0 ? 3600 * (1 + Below(5)) : Below(1800)) + absl::Microseconds(Below(1000));
      if (!import_ && Below(3) > 0) shop->FireAt(now_ - absl::Microseconds(1));
      Step(shop);
    }
    // On an import stream what waits fires with its user's next input.
    for (const UserKey& user : users_) {
      if (import_) shop->Event(user, "visited", now_, true);
    }
    if (!import_) shop->FireAt(now_);
  }
  absl::Time end() const { return now_ + absl::Microseconds(1); }
  const std::vector<UserKey>& users() const { return users_; }

 private:
  int Below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }

  void Step(Shop* shop) {
    const int who = Below(kKnown + kAnonymous);
    const UserKey user = users_[static_cast<size_t>(who)];
    switch (Below(12)) {
      case 0:
        if (who < kKnown) {
          // What was due has fired on a live stream before anybody is identified.
          if (!import_) shop->FireAt(now_);
          const UserKey anonymous = Anonymous(StrCat("a", Below(kAnonymous)));
          if (!identified_.contains(anonymous.key)) {
            identified_.insert(anonymous.key);
            shop->IdentifyAs(user, anonymous, now_, import_);
          }
        }
        return;
      case 1: {
        v1::Input proto;
        auto& operation = *proto.mutable_attribute_change()->add_operations();
        operation.set_path("time_zone");
        operation.mutable_set()->set_string_value(Below(2) == 0 ? "Asia/Tokyo" : "America/New_York");
        return shop->Submit(user, std::move(proto), now_, import_);
      }
      case 2:
      case 3:
      case 4:
        return shop->Event(user, "order_placed", now_, import_, 1 + Below(20));
      case 5:
      case 6:
        return shop->Event(user, "cart_filled", now_, import_);
      default:
        return shop->Event(user, "visited", now_, import_);
    }
  }

  std::mt19937_64 random_;
  const bool import_;
  std::vector<UserKey> users_;
  std::set<std::string> identified_;
  absl::Time now_ = kStart;
};

MessageMap BacktestAll(Shop& shop, absl::Time from, absl::Time to, int threads) {
  MessageMap found;
  for (const Campaign& campaign : shop.campaigns()) {
    Request request = shop.RequestFor(campaign, from, to);
    request.threads = threads;
    request.on_message = [&found](const Message& message) {
      EXPECT_TRUE(found.emplace(std::pair(message.campaign_id, message.message_id), message).second) << "twice";
    };
    const absl::StatusOr<Report> report = backtest::Run(request, &shop.store(), nullptr);
    EXPECT_TRUE(report.ok()) << report.status();
    if (!report.ok()) return found;
    EXPECT_EQ(report->refused, 0);
    EXPECT_EQ(report->incomplete, 0);
    EXPECT_EQ(report->draft.errors.size(), 0u);
  }
  return found;
}

void ExpectSame(const MessageMap& live, const MessageMap& found) {
  for (const auto& [key, message] : live) {
    SCOPED_TRACE(StrCat(message.user.key, " ", key.first, " ", message.event_id, " at ",
                        absl::FormatTime(message.create_time, absl::UTCTimeZone())));
    const auto other = found.find(key);
    ASSERT_NE(other, found.end()) << "only lived";
    EXPECT_EQ(other->second.variant_id, message.variant_id);
    EXPECT_EQ(other->second.title, message.title);
    EXPECT_EQ(other->second.body, message.body);
    EXPECT_EQ(other->second.create_time, message.create_time);
    EXPECT_EQ(other->second.expire_time, message.expire_time);
  }
  for (const auto& [key, message] : found) {
    EXPECT_TRUE(live.contains(key)) << "only found: " << message.user.key << " " << key.first << " " << message.event_id
                                    << " at " << absl::FormatTime(message.create_time, absl::UTCTimeZone());
  }
}

void ExpectTheDaysAgain(bool import) {
  uint64_t seed = testing::TestSeed();
  for (int round = 0; round < 12; ++round, ++seed) {
    SCOPED_TRACE(testing::SeedLine(seed));
    Shop shop;
    Days days(seed, import);
    days.Live(&shop);
    const MessageMap live = shop.Messages(days.users());
    EXPECT_GT(live.size(), 20u);
    ExpectSame(live, BacktestAll(shop, kStart, days.end(), 1 + round % 2));
    // A later part of them: what comes before is lived through and not told.
    const absl::Time middle = kStart + (days.end() - kStart) / 2;
    MessageMap later = live;
    std::erase_if(later, [&](const auto& entry) { return entry.second.create_time < middle; });
    ExpectSame(later, BacktestAll(shop, middle, days.end(), 1));
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(BacktestTest, FindsEveryMessageOfTheLiveCampaigns) { ExpectTheDaysAgain(/*import=*/false); }

TEST(BacktestTest, FindsEveryMessageOfAnImport) { ExpectTheDaysAgain(/*import=*/true); }

// The stored decisions, counted with and without their texts.
TEST(BacktestTest, CountsDecisionsAsTheyRead) {
  const uint64_t seed = testing::TestSeed();
  SCOPED_TRACE(testing::SeedLine(seed));
  Shop shop;
  Days days(seed, /*import=*/false);
  days.Live(&shop);
  int counted = 0;
  for (const UserKey& user : days.users()) {
    const std::vector<StoredEvent> events = shop.store().ListEvents(user, 0, false, 10'000).value();
    for (const StoredEvent& event : events) {
      const auto read = rules::ReadDecisions(event.decisions, {user, event.user_seq, "this"}, nullptr);
      ASSERT_TRUE(read.ok()) << read.status();
      for (const Campaign& campaign : shop.campaigns()) {
        std::vector<Decision> expected = *read;
        std::erase_if(expected, [&](const Decision& one) { return one.campaign_id != campaign.campaign_id; });
        size_t i = 0;
        const absl::Status status =
            rules::CountDecisions(event.decisions, campaign.campaign_id, [&](const rules::DecisionCount& count) {
              ASSERT_LT(i, expected.size());
              const Decision& one = expected[i++];
              EXPECT_EQ(count.outcome, one.outcome);
              EXPECT_EQ(count.variant_id, one.variant_id);
              EXPECT_EQ(count.entering, one.event_id == "this" && one.outcome != DecisionOutcome::kCancelled);
              if (one.outcome == DecisionOutcome::kStopped) {
                EXPECT_EQ(count.stopped_by, one.gates.back().gate);
              }
              ++counted;
            });
        EXPECT_TRUE(status.ok()) << status;
        EXPECT_EQ(i, expected.size());
      }
      if (!event.decisions.empty()) {
        EXPECT_EQ(rules::DecidedAt(event.decisions), event.receive_time);
      }
    }
  }
  EXPECT_GT(counted, 50);
}

const absl::Time kOne = kStart + absl::Hours(1);
const absl::Time kEnd = kStart + absl::Hours(48);

Report MustRun(Shop& shop, const Request& request) {
  absl::StatusOr<Report> report = backtest::Run(request, &shop.store(), nullptr);
  EXPECT_TRUE(report.ok()) << report.status();
  return report.ok() ? *std::move(report) : Report();
}

std::vector<std::string> SampleBodies(const Counts& counts) {
  std::vector<std::string> bodies;
  for (const Message& message : counts.samples) bodies.push_back(message.body);
  std::sort(bodies.begin(), bodies.end());
  return bodies;
}

TEST(BacktestTest, ADraftRunsAmongTheOthersWithoutBeingStored) {
  Shop shop({On("first", OnEvent("visited"), "first")});
  for (int i = 0; i < 3; ++i) shop.Event(User("ada"), "visited", kOne + absl::Minutes(i));
  shop.Event(User("bob"), "visited", kOne);
  // The workspace lets three messages a day through: the draft, of lower priority, gets what is left.
  Campaign draft = On("second", OnEvent("visited"), "second");
  draft.priority = -1;
  const Report report = MustRun(shop, shop.RequestFor(draft, kStart, kEnd));
  EXPECT_EQ(report.inputs, 4);
  EXPECT_EQ(report.in_period, 4);
  EXPECT_EQ(report.users, 2);
  const int held = static_cast<int>(report.draft.stopped.contains(Gate::kHoldout) ? 1 : 0);
  EXPECT_EQ(report.draft.triggered, 4);
  EXPECT_EQ(report.draft.sent + report.draft.stopped.at(Gate::kFrequencyCap), 4 - held * 1);
  EXPECT_EQ(report.draft.sent, 2);
  EXPECT_EQ(report.draft.users, 2);
  EXPECT_EQ(shop.store().campaigns().ListCampaigns("shop", "", 0, true)->size(), 1u);
}

TEST(BacktestTest, AnEditTakesThePlaceOfWhatItEdits) {
  Campaign before = On("visits", OnEvent("visited"), "visit");
  Shop shop({before});
  shop.Event(User("ada"), "visited", kOne);
  shop.Event(User("ada"), "order_placed", kOne + absl::Hours(1));
  shop.Event(User("ada"), "visited", kOne + absl::Hours(2));
  Campaign edit = before;
  edit.condition = "user.event_count('order_placed') > 0";
  edit.message.body = "visit {{ event.name }}";
  Request request = shop.RequestFor(edit, kStart, kEnd);
  request.against = "visits";
  const Report report = MustRun(shop, request);
  EXPECT_EQ(report.draft.triggered, 2);
  EXPECT_EQ(report.draft.stopped.at(Gate::kCondition), 1);
  EXPECT_THAT(SampleBodies(report.draft), ElementsAre("visit visited"));
  EXPECT_THAT(SampleBodies(report.other), ElementsAre("visit", "visit"));
  EXPECT_THAT(report.difference.total, ElementsAre(0, 1, 1, 0));
  EXPECT_EQ(report.difference.samples[Difference::kOnlyOther].size(), 1u);
  EXPECT_EQ(report.difference.samples[Difference::kBothDifferent].at(0).draft->body, "visit visited");
  // Nothing changes by what is the same.
  request.draft = before;
  EXPECT_THAT(MustRun(shop, request).difference.total, ElementsAre(0, 0, 0, 2));
}

TEST(BacktestTest, NamesTheOldestStoredInput) {
  Shop shop{std::vector<Campaign>()};
  shop.Event(User("ada"), "visited", kOne);
  shop.Event(User("bob"), "visited", kOne + absl::Hours(1));
  const Campaign draft = On("visits", OnEvent("visited"), "visit");
  EXPECT_EQ(MustRun(shop, shop.RequestFor(draft, kStart, kEnd)).first, kOne);
  EXPECT_EQ(MustRun(shop, shop.RequestFor(draft, kStart, kOne)).first, absl::InfiniteFuture());
}

TEST(BacktestTest, WhatACampaignSentBeforeThePeriodCountsForItsCooldown) {
  Campaign daily = On("daily", OnEvent("visited"), "hello");
  daily.cooldown = absl::Hours(24);
  Shop shop({daily});
  shop.Event(User("ada"), "visited", kOne);
  shop.Event(User("ada"), "visited", kOne + absl::Hours(2));
  EXPECT_EQ(MustRun(shop, shop.RequestFor(daily, kOne + absl::Hours(1), kEnd)).draft.stopped.at(Gate::kReEligibility),
            1);
  // A new one has sent nothing yet.
  Campaign other = daily;
  other.campaign_id = "other";
  EXPECT_EQ(MustRun(shop, shop.RequestFor(other, kOne + absl::Hours(1), kEnd)).draft.sent, 1);
}

TEST(BacktestTest, ACampaignRunsSinceItWasActivatedOnly) {
  Campaign first = On("first", OnEvent("visited"), "first");
  first.activate_time = kOne + absl::Hours(1);
  first.cooldown = absl::Hours(24);
  Shop shop({first});
  shop.Event(User("ada"), "visited", kOne);
  shop.Event(User("ada"), "visited", kOne + absl::Hours(2));
  Request request = shop.RequestFor(first, kOne + absl::Hours(1), kEnd);
  EXPECT_EQ(MustRun(shop, request).draft.sent, 1);
}

TEST(BacktestTest, ADelayOfTheDraftComesDueByItself) {
  Shop shop{std::vector<Campaign>()};
  shop.Event(User("ada"), "cart_filled", kOne);
  shop.Event(User("bob"), "cart_filled", kOne);
  shop.Event(User("bob"), "order_placed", kOne + absl::Minutes(30));
  shop.Event(User("eve"), "cart_filled", kEnd - absl::Minutes(10));
  Campaign cart = On("cart", OnEvent("cart_filled"), "waits since {{ event.id }}");
  cart.delay = absl::Hours(1);
  cart.ignore_quiet_hours = true;
  cart.exception_event_names = {"order_placed"};
  Request request = shop.RequestFor(cart, kStart, kEnd);
  absl::Time sent;
  request.on_message = [&sent](const Message& message) { sent = message.create_time; };
  const Report report = MustRun(shop, request);
  EXPECT_EQ(report.draft.entered, 3);
  EXPECT_EQ(report.draft.waited, 3);
  EXPECT_EQ(report.draft.cancelled, 1);
  EXPECT_EQ(report.draft.sent, 1);
  EXPECT_EQ(report.draft.waiting, 1);
  EXPECT_EQ(sent, kOne + absl::Hours(1));
}

TEST(BacktestTest, ATemplateThatFailsIsCountedAsWhatItIs) {
  Shop shop{std::vector<Campaign>()};
  shop.Event(User("ada"), "visited", kOne);
  const Report report =
      MustRun(shop, shop.RequestFor(On("bad", OnEvent("visited"), "{{ 1 | divided_by: 0 }}"), kStart, kEnd));
  EXPECT_EQ(report.draft.sent, 0);
  EXPECT_THAT(report.draft.stopped, ElementsAre(std::pair(Gate::kRender, 1)));
  ASSERT_EQ(report.draft.errors.size(), 1u);
  EXPECT_THAT(report.draft.errors.begin()->first, HasSubstr("divided by 0"));
}

TEST(BacktestTest, SaysThatADeliveryRateHoldsNothingBack) {
  Shop shop{std::vector<Campaign>()};
  for (int i = 0; i < 3; ++i) shop.Event(User(StrCat("u", i)), "visited", kOne);
  Campaign draft = On("visits", OnEvent("visited"), "visit");
  EXPECT_THAT(MustRun(shop, shop.RequestFor(draft, kStart, kEnd)).notes, ::testing::IsEmpty());
  draft.delivery_rate = DeliveryRate{.most = 1, .per = absl::Hours(1)};
  EXPECT_THAT(MustRun(shop, shop.RequestFor(draft, kStart, kEnd)).notes,
              ElementsAre(HasSubstr("(visits has one): a message counts when it was ready")));
  // That of the workspace holds back every campaign.
  WorkspaceSettings settings = ShopSettings();
  settings.delivery_rate = draft.delivery_rate;
  settings.revision = 2;
  ASSERT_TRUE(shop.store().workspaces().PutSettings({"shop", 2, EncodeWorkspaceSettings(settings)}).ok());
  EXPECT_THAT(MustRun(shop, shop.RequestFor(draft, kStart, kEnd)).notes,
              ElementsAre(HasSubstr("(the workspace and visits have one)")));
  draft.delivery_rate.reset();
  EXPECT_THAT(MustRun(shop, shop.RequestFor(draft, kStart, kEnd)).notes,
              ElementsAre(HasSubstr("(the workspace has one)")));
}

TEST(BacktestTest, ErrorsSayWhatIsWrong) {
  Shop shop{std::vector<Campaign>()};
  Request request = shop.RequestFor(On("draft", OnEvent("visited"), "{{"), kStart, kEnd);
  EXPECT_EQ(backtest::Run(request, &shop.store(), nullptr).status().code(), absl::StatusCode::kInvalidArgument);
  request = shop.RequestFor(On("draft", OnEvent("visited"), "hello"), kStart, kEnd);
  request.against = "nobody";
  EXPECT_EQ(backtest::Run(request, &shop.store(), nullptr).status(),
            absl::NotFoundError("--against: there is no campaign 'nobody'"));
  request = shop.RequestFor(On("draft", OnEvent("visited"), "hello"), kEnd, kStart);
  EXPECT_THAT(std::string(backtest::Run(request, &shop.store(), nullptr).status().message()), HasSubstr("--to"));
}

}  // namespace
}  // namespace cadenza::backtest
