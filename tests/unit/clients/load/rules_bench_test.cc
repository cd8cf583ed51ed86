#include "clients/load/rules_bench.h"

#include "gtest/gtest.h"

namespace cadenza::load {
namespace {

TEST(RulesBenchTest, BothFormsOfTheConditionSayTheSame) {
  const std::shared_ptr<const cel::Program> condition = CompileGoldOrder();
  Customer customer = MakeCustomer();
  EXPECT_TRUE(Holds(*condition, customer));
  EXPECT_TRUE(IsGoldOrder(customer.order, customer.profile));

  Customer poor = MakeCustomer();
  std::get<CustomEvent>(poor.order.payload).properties.Set("total", Value::Double(20));
  EXPECT_FALSE(Holds(*condition, poor));
  EXPECT_FALSE(IsGoldOrder(poor.order, poor.profile));

  Customer free = MakeCustomer();
  free.profile.attributes.Set("plan", Value::String("free"));
  EXPECT_FALSE(Holds(*condition, free));
  EXPECT_FALSE(IsGoldOrder(free.order, free.profile));

  Customer late = MakeCustomer();
  late.order.clock += absl::Hours(60);
  EXPECT_FALSE(Holds(*condition, late)) << "only two orders are left in the window";
  EXPECT_FALSE(IsGoldOrder(late.order, late.profile));
}

TEST(RulesBenchTest, TheConditionAllocatesNothing) {
  const std::vector<RuleFigures> rules = MeasureRules({.rounds = 2, .calls = 100});
  ASSERT_EQ(rules[0].name, "condition");
  if (!rules[0].compiled.allocations.has_value()) GTEST_SKIP() << "a sanitizer has operator new";
  EXPECT_EQ(*rules[0].compiled.allocations, 0);
}

TEST(RulesBenchTest, ReportsEveryFigure) {
  const std::vector<RuleFigures> rules = MeasureRules({.rounds = 5, .calls = 10});
  ASSERT_FALSE(rules.empty());
  for (const RuleFigures& rule : rules) {
    EXPECT_GT(rule.compiled.ns_low, 0) << rule.name;
    EXPECT_LE(rule.compiled.ns_low, rule.compiled.ns_median) << rule.name;
    EXPECT_GT(rule.by_hand.ns_low, 0) << rule.name;
    EXPECT_NE(ToText(rules).find(rule.name), std::string::npos);
  }
  const nlohmann::json json = ToJson(rules);
  ASSERT_EQ(json.size(), rules.size());
  EXPECT_EQ(json[0]["name"], "condition");
  EXPECT_GT(json[0]["compiled"]["ns_low"], 0);
  EXPECT_GT(json[0]["ratio"], 0);
}

}  // namespace
}  // namespace cadenza::load
