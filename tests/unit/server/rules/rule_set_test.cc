#include "server/rules/rule_set.h"

#include "tests/unit/server/rules/fixtures.h"

namespace cadenza::rules {
namespace {

Campaign Named(std::string workspace, std::string id, Trigger trigger) {
  Campaign campaign = KnotsCampaign();
  campaign.workspace = std::move(workspace);
  campaign.campaign_id = std::move(id);
  campaign.trigger = std::move(trigger);
  return campaign;
}

Trigger OnEvent(std::string name) { return {Trigger::Kind::kEventName, std::move(name), ""}; }

std::vector<std::string> Ids(const RuleSet::List& list) {
  std::vector<std::string> ids;
  for (const auto& each : list) ids.push_back(each->campaign.campaign_id);
  return ids;
}

using testing::ElementsAre;
using testing::IsEmpty;

TEST(RuleSet, FindsByWorkspaceAndTriggerInTheOrderOfIds) {
  const auto rules = RulesOf({
      Named("a", "zebra", OnEvent("x")),
      Named("a", "ant", OnEvent("x")),
      Named("a", "other", OnEvent("y")),
      Named("b", "foreign", OnEvent("x")),
      Named("a", "start", {Trigger::Kind::kSessionStarted, "", ""}),
      Named("a", "bought", {Trigger::Kind::kPurchaseMade, "", "p1"}),
  });
  EXPECT_EQ(rules->size(), 6);
  EXPECT_THAT(Ids(rules->ForEvent("a", "x")), ElementsAre("ant", "zebra"));
  EXPECT_THAT(Ids(rules->ForEvent("b", "x")), ElementsAre("foreign"));
  EXPECT_THAT(Ids(rules->ForEvent("c", "x")), IsEmpty());
  EXPECT_THAT(Ids(rules->ForSessionStart("a")), ElementsAre("start"));
  EXPECT_THAT(Ids(rules->ForSessionStart("b")), IsEmpty());
  EXPECT_THAT(Ids(rules->ForPurchase("a")), ElementsAre("bought"));
}

TEST(RuleSet, NoNameOfOneWorkspaceMeansAnother) {
  const auto rules =
      RulesOf({Named("a", "c1", OnEvent("s")), Named("a", "c2", OnEvent("/x")), Named("a/", "c3", OnEvent("x"))});
  EXPECT_THAT(Ids(rules->ForSessionStart("a")), IsEmpty());
  EXPECT_THAT(Ids(rules->ForEvent("a", "/x")), ElementsAre("c2"));
  EXPECT_THAT(Ids(rules->ForEvent("a/", "x")), ElementsAre("c3"));
}

TEST(RuleSet, HoldsOnlyActiveCampaigns) {
  std::vector<Campaign> campaigns;
  for (auto state : {Campaign::State::kDraft, Campaign::State::kPaused, Campaign::State::kArchived}) {
    campaigns.push_back(KnotsCampaign());
    campaigns.back().campaign_id += std::to_string(static_cast<int>(state));
    campaigns.back().state = state;
  }
  EXPECT_EQ(RulesOf(campaigns)->size(), 0);
}

TEST(RuleSet, LeavesOutWhatDoesNotCompileAndSaysSo) {
  Campaign bad = KnotsCampaign();
  bad.campaign_id = "bad";
  bad.condition = "((";
  std::vector<std::string> errors;
  const auto rules = RuleSet::Build(5, {bad, KnotsCampaign()}, nullptr, &errors);
  EXPECT_EQ(rules->revision(), 5);
  EXPECT_THAT(Ids(rules->ForEvent("pizza", "order_placed")), ElementsAre("knots"));
  EXPECT_THAT(errors, ElementsAre(testing::StartsWith("pizza/bad: condition: line 1, column ")));
  EXPECT_EQ(RuleSet::Build(5, {bad}, nullptr, nullptr)->size(), 0);
}

TEST(RuleSet, KeepsWhatHasNotChanged) {
  Campaign other = KnotsCampaign();
  other.campaign_id = "other";
  const auto first = RulesOf({KnotsCampaign(), other});
  other.revision = 2;
  other.cooldown = absl::Hours(1);
  const auto second = RuleSet::Build(2, {KnotsCampaign(), other}, first.get(), nullptr);
  const auto& before = first->ForEvent("pizza", "order_placed");
  const auto& after = second->ForEvent("pizza", "order_placed");
  EXPECT_EQ(before[0], after[0]);
  EXPECT_NE(before[1], after[1]);
  EXPECT_EQ(after[1]->campaign.cooldown, absl::Hours(1));
}

}  // namespace
}  // namespace cadenza::rules
