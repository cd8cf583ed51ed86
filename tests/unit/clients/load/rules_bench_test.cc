#include "clients/load/rules_bench.h"

#include "gtest/gtest.h"
#include "server/rules/cel/cel.h"
#include "server/rules/cel_scope.h"
#include "server/rules/facts.h"

namespace cadenza::load {
namespace {

constexpr absl::Duration kGap = absl::Minutes(30);

bool Holds(const Customer& customer) {
  const auto program = cel::Compile(GoldOrderCondition(), rules::ConditionEnv());
  EXPECT_TRUE(program.ok()) << program.status();
  const rules::Facts facts(customer.order, customer.profile, kGap);
  const absl::StatusOr<cel::Value> value = (*program)->Evaluate(rules::CelScope(facts));
  EXPECT_TRUE(value.ok()) << value.status();
  return value.ok() && value->bool_value();
}

TEST(RulesBenchTest, BothFormsOfTheConditionSayTheSame) {
  Customer customer = MakeCustomer();
  EXPECT_TRUE(Holds(customer));
  EXPECT_TRUE(IsGoldOrder(customer.order, customer.profile));

  Customer poor = MakeCustomer();
  std::get<CustomEvent>(poor.order.payload).properties.Set("total", Value::Double(20));
  EXPECT_FALSE(Holds(poor));
  EXPECT_FALSE(IsGoldOrder(poor.order, poor.profile));

  Customer free = MakeCustomer();
  free.profile.attributes.Set("plan", Value::String("free"));
  EXPECT_FALSE(Holds(free));
  EXPECT_FALSE(IsGoldOrder(free.order, free.profile));

  Customer late = MakeCustomer();
  late.order.clock += absl::Hours(60);
  EXPECT_FALSE(Holds(late)) << "only two orders are left in the window";
  EXPECT_FALSE(IsGoldOrder(late.order, late.profile));
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
