#include "server/rules/tally.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <tuple>

#include "server/apply/merge.h"
#include "tests/support/random_model.h"
#include "tests/support/seed.h"
#include "tests/unit/server/rules/user_scene.h"

namespace cadenza::rules {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

// Counters by "campaign/variant[/conversion][/currency] place".
using Counts = std::map<std::string, int64_t>;

void AddTo(const Tally& tally, Counts* counts) {
  for (const Tally::Delta& delta : tally.deltas()) {
    const CounterKey& key = tally.keys()[delta.key];
    std::string name = StrCat(key.campaign_id, "/", key.variant_id);
    if (!key.conversion_id.empty()) StrAppend(&name, "/", key.conversion_id);
    if (!key.currency.empty()) StrAppend(&name, "/", key.currency);
    int64_t& count = (*counts)[StrCat(name, " ", delta.place)];
    count += static_cast<int64_t>(delta.value);
    EXPECT_GE(delta.place, 1);
    EXPECT_LE(delta.place, key.places());
  }
  std::erase_if(*counts, [](const auto& entry) { return entry.second == 0; });
}

Counts CountsOf(const Tally& tally) {
  Counts counts;
  AddTo(tally, &counts);
  return counts;
}

TEST(TallyTest, CountsTotalsAndUsersOnce) {
  Profile ada = Ada();
  Tally tally;
  tally.Clear(kNoon);
  tally.Enter("c", "a", false, &ada);
  tally.End("c", "a", DecisionOutcome::kSent, Gate::kTrigger, &ada);
  EXPECT_THAT(CountsOf(tally),
              UnorderedElementsAre(Pair("c/a 1", 1), Pair("c/a 2", 1), Pair("c/a 5", 1), Pair("c/a 6", 1)));
  EXPECT_EQ(tally.keys().size(), 1u);
  EXPECT_EQ(tally.keys()[0].hour, HourOf(kNoon));
  tally.Clear(kNoon);
  tally.Enter("c", "a", false, &ada);
  tally.End("c", "a", DecisionOutcome::kStopped, Gate::kRender, &ada);
  EXPECT_THAT(CountsOf(tally), UnorderedElementsAre(Pair("c/a 1", 1), Pair("c/a 29", 1), Pair("c/a 35", 1)));
}

TEST(TallyTest, GatesCountUsersWhoHaveEnteredOnce) {
  Profile ada = Ada();
  Tally tally;
  tally.Clear(kNoon);
  tally.End("c", "", DecisionOutcome::kStopped, Gate::kCondition, &ada);
  EXPECT_THAT(CountsOf(tally), UnorderedElementsAre(Pair("c/ 19", 1)));
  EXPECT_TRUE(ada.participations.empty());
  tally.Clear(kNoon);
  tally.Enter("c", "a", false, &ada);
  tally.Clear(kNoon);
  for (const char* variant : {"b", "a"}) {
    tally.End("c", variant, DecisionOutcome::kStopped, Gate::kFrequencyCap, &ada);
    tally.End("c", variant, DecisionOutcome::kStopped, Gate::kSubscription, &ada);
  }
  EXPECT_THAT(CountsOf(tally), UnorderedElementsAre(Pair("c/b 27", 1), Pair("c/a 27", 1), Pair("c/a 33", 1),
                                                    Pair("c/b 21", 1), Pair("c/a 21", 1)));
}

TEST(TallyTest, AUserStaysWhereHeEntered) {
  Profile ada = Ada();
  Tally tally;
  tally.Clear(kNoon);
  tally.Enter("c", "a", true, &ada);
  tally.Clear(kNoon);
  tally.Enter("c", "b", false, &ada);
  tally.End("c", "b", DecisionOutcome::kSent, Gate::kTrigger, &ada);
  EXPECT_THAT(CountsOf(tally), UnorderedElementsAre(Pair("c/b 1", 1), Pair("c/b 5", 1), Pair("c/a 6", 1)));
}

TEST(TallyTest, ReceiptsAndConversions) {
  Profile ada = Ada();
  Tally tally;
  tally.Clear(kNoon);
  apply::Reported reported{"c", "a"};
  reported.kinds = 1 << 1 | 1 << 2 | 1 << 3;
  tally.Report(reported, &ada);
  EXPECT_THAT(CountsOf(tally), UnorderedElementsAre(Pair("c/a 7", 1), Pair("c/a 8", 1), Pair("c/a 9", 1),
                                                    Pair("c/a 10", 1), Pair("c/a 11", 1), Pair("c/a 12", 1)));
  tally.Clear(kNoon);
  reported.kinds = 1 << 3;
  reported.another_link = true;
  tally.Report(reported, &ada);
  EXPECT_TRUE(tally.empty());
  tally.Convert({"c", "a", "g", false, Money::Of("EUR", 0, 5)}, &ada);
  EXPECT_THAT(CountsOf(tally), UnorderedElementsAre(Pair("c/a/g 1", 1), Pair("c/a/g 2", 1), Pair("c/a/g/EUR 5", 5)));
  tally.Clear(kNoon);
  tally.Convert({"c", "a", "g", true, Money::Of("EUR", 0, 7)}, &ada);
  EXPECT_THAT(CountsOf(tally), UnorderedElementsAre(Pair("c/a/g 1", 1), Pair("c/a/g 3", 1), Pair("c/a/g 4", 1),
                                                    Pair("c/a/g/EUR 5", 7), Pair("c/a/g/EUR 6", 7)));
}

// After any history and any merges, the users of every counter are those who are there, each once.
TEST(TallyTest, MergesLeaveEachUserOnce) {
  const uint64_t seed = testing::TestSeed();
  SCOPED_TRACE(testing::SeedLine(seed));
  testing::RandomModel random(seed);
  for (int round = 0; round < 200; ++round) {
    Counts counts;
    std::vector<Profile> users;
    for (int i = 0; i < 6; ++i) {
      Profile profile;
      profile.key = i == 0 ? UserKey::User("pizza", "ada") : UserKey::Anonymous("pizza", StrCat("a", i));
      profile.version = 1;
      users.push_back(profile);
    }
    for (int step = 0; step < 40; ++step) {
      Profile& user = users[random.Between(0, static_cast<int64_t>(users.size()) - 1)];
      const std::string campaign = StrCat("c", random.Between(0, 1)), variant = StrCat("v", random.Between(0, 2));
      Tally tally;
      tally.Clear(kNoon);
      switch (random.Between(0, 4)) {
        case 0:
          tally.Enter(campaign, variant, random.OneIn(3), &user);
          break;
        case 1:
          tally.End(campaign, variant, DecisionOutcome::kSent, Gate::kTrigger, &user);
          break;
        case 2:
          tally.End(campaign, variant, DecisionOutcome::kStopped, static_cast<Gate>(random.Between(1, 13)), &user);
          break;
        case 3:
          tally.Convert({campaign, variant, StrCat("g", random.Between(0, 1)), random.OneIn(2), std::nullopt}, &user);
          break;
        default:
          if (users.size() == 1) break;
          tally.Merge(users.back(), users.front());
          ASSERT_TRUE(apply::MergeProfile(users.back(), kGap, &users.front()).ok());
          users.pop_back();
      }
      AddTo(tally, &counts);
    }
    Counts expected;
    for (const Profile& user : users) {
      for (const auto& [campaign, participation] : user.participations) {
        const std::string name = StrCat(campaign, "/", participation.variant_id);
        for (int bit = 0; bit < 13; ++bit) {
          const int place = bit < 7 ? 2 * bit + 2 : static_cast<int>(StoppedUsersBy(Gate::kVariant)) + bit - 7;
          if ((participation.counted >> bit & 1) != 0) ++expected[StrCat(name, " ", place)];
        }
        for (const auto& [conversion, counted] : participation.conversions) {
          if ((counted & 1) != 0) ++expected[StrCat(name, "/", conversion, " 2")];
          if ((counted & 2) != 0) ++expected[StrCat(name, "/", conversion, " 4")];
        }
      }
    }
    std::erase_if(counts, [](const auto& entry) {
      const int place = std::stoi(entry.first.substr(entry.first.find(' ') + 1));
      const bool of_users = place <= 14 ? place % 2 == 0 : place > static_cast<int>(StopsBy(Gate::kRender));
      return !of_users;
    });
    ASSERT_EQ(counts, expected) << "round " << round;
  }
}

// Through the engine: what was decided is what is counted.
TEST(TallyTest, TheEngineCountsEveryDecision) {
  Campaign campaign = PlainCampaign("c", "order_placed");
  campaign.message = {};
  campaign.variants = {
      {"a",
       1,
       false,
       {.channel = "push", .title = "", .body = "{% abort_message \"no\" %}", .time_to_live = absl::Hours(1)}},
      {"control", 1, true}};
  campaign.condition = "event.properties.total > 10.0";
  Conversion conversion;
  conversion.conversion_id = "again";
  conversion.goal = Conversion::Goal::kEventName;
  conversion.event_name = "order_placed";
  conversion.window = absl::Hours(1);
  campaign.conversions = {conversion};
  const auto rules = RulesOf({campaign});
  Counts counts;
  for (int i = 0; i < 20; ++i) {
    Profile user;
    user.key = UserKey::User("pizza", StrCat("u", i));
    for (const double total : {5.0, 20.0, 20.0}) {
      Input input = Order("e", kNoon, {}, total);
      input.user = user.key;
      apply::Applied applied;
      ASSERT_TRUE(apply::ApplyInput(input, {kGap}, &user, &applied).ok());
      Effects effects;
      effects.Clear(input.clock);
      React(*rules, input, kOptions, &applied, &user, &effects);
      AddTo(effects.tally, &counts);
    }
  }
  const int64_t entered = counts["c/a 2"], controls = counts["c/control 2"];
  EXPECT_EQ(entered + controls, 20);
  EXPECT_GT(entered, 0);
  EXPECT_GT(controls, 0);
  // The third order converts the touch of the second, never one of its own.
  EXPECT_EQ(counts, (Counts{{"c/ 19", 20},
                            {"c/a 1", 2 * entered},
                            {"c/a 2", entered},
                            {"c/a 29", 2 * entered},
                            {"c/a 35", entered},
                            {"c/a/again 1", entered},
                            {"c/a/again 2", entered},
                            {"c/a/again 3", entered},
                            {"c/a/again 4", entered},
                            {"c/control 1", 2 * controls},
                            {"c/control 2", controls},
                            {"c/control 3", 2 * controls},
                            {"c/control 4", controls},
                            {"c/control/again 1", controls},
                            {"c/control/again 2", controls},
                            {"c/control/again 3", controls},
                            {"c/control/again 4", controls}}));
}

}  // namespace
}  // namespace cadenza::rules
