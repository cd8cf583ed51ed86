#include "server/rules/conversions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>
#include <tuple>

#include "storage/model/limits.h"
#include "tests/support/random_model.h"
#include "tests/support/seed.h"
#include "tests/unit/server/rules/user_scene.h"

namespace cadenza::rules {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Conversion Ordered(std::string id = "ordered", absl::Duration window = absl::Hours(24)) {
  Conversion conversion;
  conversion.conversion_id = std::move(id);
  conversion.goal = Conversion::Goal::kEventName;
  conversion.event_name = "order_placed";
  conversion.window = window;
  return conversion;
}

Campaign Thanks(std::string id, std::vector<Conversion> conversions) {
  Campaign campaign = PlainCampaign(std::move(id), "cart_filled");
  campaign.conversions = std::move(conversions);
  return campaign;
}

Goals GoalsOf(const std::vector<Campaign>& campaigns) {
  Goals goals;
  for (const Campaign& campaign : campaigns) goals.Add(CompileCampaign(campaign).value());
  return goals;
}

std::vector<std::string> Lines(const std::vector<Converted>& converted) {
  std::vector<std::string> lines;
  for (const Converted& one : converted) {
    lines.push_back(
        StrCat(one.campaign_id, "/", one.variant_id, "/", one.conversion_id, one.last_touch ? " last" : ""));
  }
  return lines;
}

std::vector<std::string> Find(const Goals& goals, const Input& input, Profile* profile,
                              const apply::Applied& applied = {}) {
  return Lines(FindConversions(goals, input, applied, kGap, profile));
}

TEST(ConversionsTest, CompileNamesTheField) {
  struct Case {
    std::function<void(Conversion*)> change;
    std::string text;
  };
  const Case cases[] = {
      {[](Conversion* c) { c->conversion_id = "A"; }, "conversions[0].conversion_id"},
      {[](Conversion* c) { c->goal = Conversion::Goal::kNone; }, "conversions[0].goal"},
      {[](Conversion* c) { c->event_name = ""; }, "conversions[0].event_name"},
      {[](Conversion* c) { c->window = absl::Milliseconds(999); }, "conversions[0].window"},
      {[](Conversion* c) { c->window = absl::Hours(24 * 90 + 1); }, "conversions[0].window"},
      {[](Conversion* c) { c->condition = "event.properties.total >"; }, "conversions[0].condition"},
      {[](Conversion* c) { c->condition = "1"; }, "conversions[0].condition"},
      {[](Conversion* c) { c->revenue_property = "total"; }, "conversions[0].currency_code"},
      {[](Conversion* c) { c->currency_code = "EUR"; }, "conversions[0].revenue_property"},
      {[](Conversion* c) { c->revenue_property = "total", c->currency_code = "eur"; }, "conversions[0].currency_code"},
      {[](Conversion* c) {
         c->goal = Conversion::Goal::kPurchaseMade;
         c->revenue_property = "total";
         c->currency_code = "EUR";
       },
       "conversions[0].revenue_property"},
  };
  for (const Case& one : cases) {
    Campaign campaign = Thanks("thanks", {Ordered()});
    ASSERT_TRUE(CompileCampaign(campaign).ok());
    one.change(&campaign.conversions[0]);
    const auto compiled = CompileCampaign(campaign);
    ASSERT_FALSE(compiled.ok()) << one.text;
    EXPECT_THAT(std::string(compiled.status().message()), HasSubstr(one.text));
  }
  const auto twice = CompileCampaign(Thanks("thanks", {Ordered(), Ordered()}));
  EXPECT_THAT(std::string(twice.status().message()), HasSubstr("conversions[1].conversion_id"));
  std::vector<Conversion> many(limits::kConversions + 1, Ordered());
  EXPECT_FALSE(CompileCampaign(Thanks("thanks", many)).ok());
}

TEST(ConversionsTest, ATouchConvertsOnceWithinItsWindow) {
  const Goals goals = GoalsOf({Thanks("thanks", {Ordered()})});
  Profile ada = Ada();
  EXPECT_THAT(Find(goals, EventOf("e", "order_placed", kNoon), &ada), IsEmpty());
  OpenTouch(goals, "thanks", "a", kNoon, &ada);
  EXPECT_THAT(Find(goals, EventOf("e", "order_placed", kNoon - absl::Seconds(1)), &ada), IsEmpty());
  EXPECT_THAT(Find(goals, EventOf("e", "cart_filled", kNoon), &ada), IsEmpty());
  EXPECT_THAT(Find(goals, EventOf("e", "order_placed", kNoon + absl::Hours(24) + absl::Microseconds(1)), &ada),
              IsEmpty());
  EXPECT_THAT(Find(goals, EventOf("e", "order_placed", kNoon + absl::Hours(24)), &ada),
              ElementsAre("thanks/a/ordered last"));
  EXPECT_THAT(Find(goals, EventOf("e", "order_placed", kNoon + absl::Hours(1)), &ada), IsEmpty());
}

TEST(ConversionsTest, OfSeveralTouchesTheLatestOpenOneConverts) {
  const Goals goals = GoalsOf({Thanks("thanks", {Ordered()})});
  Profile ada = Ada();
  OpenTouch(goals, "thanks", "a", kNoon, &ada);
  OpenTouch(goals, "thanks", "b", kNoon + absl::Hours(1), &ada);
  const absl::Time later = kNoon + absl::Hours(2);
  EXPECT_THAT(Find(goals, EventOf("1", "order_placed", later), &ada), ElementsAre("thanks/b/ordered last"));
  EXPECT_THAT(Find(goals, EventOf("2", "order_placed", later), &ada), ElementsAre("thanks/a/ordered last"));
  EXPECT_THAT(Find(goals, EventOf("3", "order_placed", later), &ada), IsEmpty());
}

TEST(ConversionsTest, AnyTouchOfEachCampaignAndTheLastOfAll) {
  const Goals goals = GoalsOf({Thanks("b", {Ordered("x"), Ordered("y")}), Thanks("a", {Ordered()}), Thanks("c", {})});
  Profile ada = Ada();
  OpenTouch(goals, "a", "", kNoon, &ada);
  OpenTouch(goals, "b", "", kNoon + absl::Hours(1), &ada);
  OpenTouch(goals, "c", "", kNoon + absl::Hours(2), &ada);
  EXPECT_THAT(Find(goals, EventOf("1", "order_placed", kNoon + absl::Hours(3)), &ada),
              ElementsAre("a//ordered", "b//x last", "b//y last"));
  // Of two at the same moment, the lesser campaign_id.
  OpenTouch(goals, "b", "", kNoon + absl::Hours(4), &ada);
  OpenTouch(goals, "a", "", kNoon + absl::Hours(4), &ada);
  EXPECT_THAT(Find(goals, EventOf("2", "order_placed", kNoon + absl::Hours(4)), &ada),
              ElementsAre("a//ordered last", "b//x", "b//y"));
}

TEST(ConversionsTest, GoalsAreEventsPurchasesAndSessions) {
  Conversion product = Ordered("product"), any = Ordered("any"), session = Ordered("session");
  product.goal = any.goal = Conversion::Goal::kPurchaseMade;
  product.product_id = "margherita";
  session.goal = Conversion::Goal::kSessionStarted;
  const Goals goals = GoalsOf({Thanks("thanks", {product, any, session})});
  const auto fresh = [&goals] {
    Profile ada = Ada();
    OpenTouch(goals, "thanks", "", kNoon, &ada);
    return ada;
  };
  Profile ada = fresh();
  EXPECT_THAT(Find(goals, PurchaseOf("1", kNoon, "margherita"), &ada),
              ElementsAre("thanks//any last", "thanks//product last"));
  ada = fresh();
  EXPECT_THAT(Find(goals, PurchaseOf("1", kNoon, "cola"), &ada), ElementsAre("thanks//any last"));
  ada = fresh();
  EXPECT_THAT(Find(goals, EventOf("1", "visited", kNoon), &ada, {.session_started = true}),
              ElementsAre("thanks//session last"));
  ada = fresh();
  EXPECT_THAT(Find(goals, PurchaseOf("1", kNoon, "cola"), &ada, {.history = true}), IsEmpty());
}

TEST(ConversionsTest, AConditionSeesTheEventAndTheUserAfterIt) {
  Conversion conversion = Ordered();
  conversion.condition = "event.properties.total > 15.0 && user.event_count(\"order_placed\") == 2";
  const Goals goals = GoalsOf({Thanks("thanks", {conversion})});
  Profile ada = Ada();
  OpenTouch(goals, "thanks", "", kNoon, &ada);
  const auto submit = [&](double total) {
    const Input input = Order("e", kNoon, {}, total);
    apply::Applied applied;
    EXPECT_TRUE(apply::ApplyInput(input, {kGap}, &ada, &applied).ok());
    return Find(goals, input, &ada, applied);
  };
  EXPECT_THAT(submit(20), IsEmpty());
  EXPECT_THAT(submit(20), ElementsAre("thanks//ordered last"));
  // An error is not fulfilled.
  EXPECT_THAT(Find(goals, EventOf("e", "order_placed", kNoon), &ada), IsEmpty());
}

TEST(ConversionsTest, RevenueIsExact) {
  Conversion event = Ordered();
  event.revenue_property = "total";
  event.currency_property = "currency";
  event.currency_code = "EUR";
  const auto revenue = [&event](ValueMap properties) {
    Input input = EventOf("e", "order_placed", kNoon);
    input.payload = CustomEvent{"order_placed", std::move(properties)};
    return RevenueOf(event, input);
  };
  EXPECT_EQ(revenue({{"total", Value::Double(0.1)}}), Money::Of("EUR", 0, 100'000'000));
  EXPECT_EQ(revenue({{"total", Value::Double(-19.99)}}), Money::Of("EUR", -19, -990'000'000));
  EXPECT_EQ(revenue({{"total", Value::Int(7)}, {"currency", Value::String("USD")}}), Money::Of("USD", 7, 0));
  EXPECT_EQ(revenue({{"total", Value::Int(7)}, {"currency", Value::String("usd")}}), std::nullopt);
  EXPECT_EQ(revenue({{"total", Value::Int(7)}, {"currency", Value::Int(7)}}), std::nullopt);
  EXPECT_EQ(revenue({{"total", Value::String("7")}}), std::nullopt);
  EXPECT_EQ(revenue({{"total", Value::Int(1'000'000'000'000)}}), std::nullopt);
  EXPECT_EQ(revenue({{"total", Value::Double(1e300)}}), std::nullopt);
  EXPECT_EQ(revenue({{"total", Value::Double(std::nan(""))}}), std::nullopt);
  EXPECT_EQ(revenue({}), std::nullopt);
  Conversion purchase = Ordered();
  purchase.goal = Conversion::Goal::kPurchaseMade;
  EXPECT_EQ(RevenueOf(purchase, PurchaseOf("p", kNoon, "margherita")), Money::Of("EUR", 7, 0));
}

TEST(ConversionsTest, TouchesAreBoundedAndOrdered) {
  const Goals goals = GoalsOf({Thanks("thanks", {Ordered()})});
  Profile ada = Ada();
  for (int i = 0; i < 100; ++i) OpenTouch(goals, "thanks", "", kNoon + absl::Seconds(i), &ada);
  ASSERT_EQ(ada.touches.size(), limits::kTouches);
  EXPECT_EQ(ada.touches.front().time, kNoon + absl::Seconds(36));
  OpenTouch(goals, "thanks", "early", kNoon + absl::Seconds(50), &ada);
  EXPECT_TRUE(std::is_sorted(ada.touches.begin(), ada.touches.end(),
                             [](const Touch& a, const Touch& b) { return a.time < b.time; }));
  OpenTouch(goals, "thanks", "", kNoon + absl::Hours(25), &ada);
  EXPECT_EQ(ada.touches.size(), 1u);
}

// A naive account of the same: every touch is kept for ever, and looked through for every event.
class Naive {
 public:
  explicit Naive(const std::vector<Campaign>& campaigns) : campaigns_(campaigns) {}

  void Open(const std::string& campaign_id, const std::string& variant_id, absl::Time now) {
    touches_.push_back({campaign_id, variant_id, now, {}});
  }
  std::vector<std::string> Submit(const std::string& name, absl::Time now) {
    // (campaign_id, conversion_id) -> touch
    std::map<std::pair<std::string, std::string>, Touch*> found;
    for (const Campaign& campaign : campaigns_) {
      for (const Conversion& conversion : campaign.conversions) {
        if (conversion.event_name != name) continue;
        Touch* best = nullptr;
        for (Touch& touch : touches_) {
          if (touch.campaign_id != campaign.campaign_id || touch.converted.contains(conversion.conversion_id)) continue;
          if (touch.time > now || now > touch.time + conversion.window) continue;
          if (best == nullptr || touch.time >= best->time) best = &touch;
        }
        if (best != nullptr) found[{campaign.campaign_id, conversion.conversion_id}] = best;
      }
    }
    absl::Time latest = absl::InfinitePast();
    for (const auto& [key, touch] : found) latest = std::max(latest, touch->time);
    std::string last;
    for (const auto& [key, touch] : found) {
      if (last.empty() && touch->time == latest) last = key.first;
    }
    std::vector<std::string> lines;
    for (auto& [key, touch] : found) {
      touch->converted.insert(key.second);
      lines.push_back(StrCat(key.first, "/", touch->variant_id, "/", key.second, key.first == last ? " last" : ""));
    }
    return lines;
  }

 private:
  struct Touch {
    std::string campaign_id, variant_id;
    absl::Time time;
    std::set<std::string> converted;
  };
  std::vector<Campaign> campaigns_;
  std::vector<Touch> touches_;
};

TEST(ConversionsTest, AreThoseOfANaiveAccount) {
  const uint64_t seed = testing::TestSeed();
  SCOPED_TRACE(testing::SeedLine(seed));
  testing::RandomModel random(seed);
  for (int round = 0; round < 200; ++round) {
    std::vector<Campaign> campaigns;
    for (int c = 0; c < 4; ++c) {
      std::vector<Conversion> conversions;
      for (int64_t i = random.Between(0, 3); i > 0; --i) {
        conversions.push_back(Ordered(StrCat("g", i), absl::Minutes(random.Between(1, 300))));
        conversions.back().event_name = StrCat("event", random.Between(0, 2));
      }
      campaigns.push_back(Thanks(StrCat("c", c), conversions));
    }
    const Goals goals = GoalsOf(campaigns);
    Naive naive(campaigns);
    Profile ada = Ada();
    absl::Time now = kNoon;
    for (int i = 0; i < 60; ++i) {
      now += absl::Minutes(random.Between(0, 40));
      if (random.OneIn(2)) {
        const Campaign& campaign = campaigns[random.Between(0, 3)];
        if (campaign.conversions.empty()) continue;
        const std::string variant_id = StrCat("v", i);
        OpenTouch(goals, campaign.campaign_id, variant_id, now, &ada);
        naive.Open(campaign.campaign_id, variant_id, now);
      } else {
        const std::string name = StrCat("event", random.Between(0, 2));
        ASSERT_EQ(Find(goals, EventOf("e", name, now), &ada), naive.Submit(name, now)) << "round " << round;
      }
    }
  }
}

}  // namespace
}  // namespace cadenza::rules
