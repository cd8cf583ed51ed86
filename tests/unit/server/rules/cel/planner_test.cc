#include "server/rules/cel/planner.h"

#include "gtest/gtest.h"
#include "server/rules/cel/checker.h"
#include "server/rules/cel/parser.h"
#include "tests/unit/server/rules/cel/evaluate.h"

namespace cadenza::cel {
namespace {

// The constant that the whole expression is, or "not constant".
std::string Folded(std::string_view source) {
  Env env;
  env.AddVariable("x", Type::Dyn());
  absl::StatusOr<ExprPtr> tree = Parse(source, {});
  if (!tree.ok() || !Check(source, env, Typing::kChecked, tree->get()).ok()) return "does not compile";
  const absl::StatusOr<Plan> plan = MakePlan(source, **tree, env, {});
  if (!plan.ok()) return std::string(plan.status().message());
  const Value* constant = plan->root->constant();
  return constant == nullptr ? "not constant" : constant->DebugString();
}

TEST(PlannerTest, ComputesConstantsOnce) {
  EXPECT_EQ(Folded("['a', 'b' + 'c']"), "[\"a\", \"bc\"]");
  EXPECT_EQ(Folded("{'a': [1, 2]}"), "{\"a\": [1, 2]}");
  EXPECT_EQ(Folded("duration('24h')"), "duration(\"86400s\")");
  EXPECT_EQ(Folded("1 + 2 * 3"), "7");
  EXPECT_EQ(Folded("type(1)"), "int");
  EXPECT_EQ(Folded("1 + x"), "not constant");
  EXPECT_EQ(Folded("[x]"), "not constant");
}

TEST(PlannerTest, LeavesErrorsWhereTheyCanBeAbsorbed) {
  EXPECT_EQ(Folded("1 / 0"), "not constant");
  ExpectAll({{"1 / 0 == 1 || true", "true"}, {"{1: 1, 1: 2} == {} || true", "true"}});
}

TEST(PlannerTest, AConstantPatternIsCheckedWhenCompiled) {
  EXPECT_EQ(Folded("x.matches('a(')"), "line 1, column 3: invalid regular expression: missing ): a(");
  EXPECT_EQ(Folded("x.matches('a')"), "not constant");
}

TEST(PlannerTest, CountsEachVariableOnce) {
  Env env;
  env.AddVariable("x", Type::Int());
  env.AddVariable("y", Type::Int());
  const std::string_view source = "x + y + x * [1].map(z, z + x)[0]";
  absl::StatusOr<ExprPtr> tree = Parse(source, {});
  ASSERT_TRUE(tree.ok());
  ASSERT_TRUE(Check(source, env, Typing::kChecked, tree->get()).ok());
  EXPECT_EQ(MakePlan(source, **tree, env, {})->variables, 2u);
}

}  // namespace
}  // namespace cadenza::cel
