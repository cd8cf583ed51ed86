#include "server/rules/cel/estimate.h"

#include <fstream>
#include <random>

#include "clients/cli/cel/cel_case.h"
#include "tests/unit/server/rules/cel/evaluate.h"

namespace cadenza::cel {
namespace {

Env SizedEnv() {
  Env env;
  env.AddVariable("n", Type::Int());
  env.AddVariable("text", Type::String());
  env.AddVariable("list", Type::List(Type::Int()));
  env.AddVariable("texts", Type::List(Type::String()));
  env.AddVariable("any", Type::Dyn());
  return env;
}

// Values as large as Limits::sizes says by default.
MapActivation LargestValues() {
  MapActivation values;
  values.Set("n", Value::Int(100));
  values.Set("text", Value::String(std::string(256, 'a')));
  values.Set("list", Value::List(std::vector<Value>(100, Value::Int(7))));
  values.Set("texts", Value::List(std::vector<Value>(100, Value::String(std::string(256, 'b')))));
  std::vector<std::pair<Value, Value>> entries;
  for (int i = 0; i < 50; ++i) entries.emplace_back(Value::Int(i), Value::String(std::string(256, 'c')));
  values.Set("any", Value::Map(std::move(entries)));
  return values;
}

// With a budget of what was estimated it comes to its end.
void ExpectWithin(const std::string& source, const Env& env, const MapActivation& values) {
  const auto program = Compile(source, env);
  ASSERT_TRUE(program.ok()) << source << ": " << program.status();
  Limits limits;
  limits.cost = (*program)->estimated_cost();
  if (limits.cost == kUnboundedCost) return;
  const auto bounded = Compile(source, env, limits);
  ASSERT_TRUE(bounded.ok()) << source << ": " << bounded.status();
  EXPECT_NE((*bounded)->Evaluate(values).status().code(), absl::StatusCode::kResourceExhausted)
      << source << " within " << limits.cost;
}

int64_t Estimated(const std::string& source, const Limits& limits = {}) {
  const auto program = Compile(source, SizedEnv(), limits);
  EXPECT_TRUE(program.ok()) << source << ": " << program.status();
  return program.ok() ? (*program)->estimated_cost() : -1;
}

TEST(EstimateTest, IsAnUpperBound) {
  for (const char* source : {"n > 3 && n % 2 == 0",
                             "text + text == text",
                             "list == list",
                             "any == any",
                             "n in list",
                             "text in texts",
                             "n in any",
                             "list.map(x, x + 1).filter(x, x > 3)",
                             "list.all(x, list.exists(y, x == y))",
                             "text.size() > 3",
                             "texts.map(t, t.replace('b', text)).join(text)",
                             "text.split('')",
                             "texts.join(',').split(',')",
                             "list.sort() + list.distinct()",
                             "texts.sortBy(t, t + t)",
                             "list.transformMap(i, v, text)",
                             "any.transformList(k, v, v)",
                             "any.transformMapEntry(k, v, {string(k): v})",
                             "texts.transformMapEntry(i, t, {t + string(i): t})",
                             "'%s and %s'.format([texts, any])",
                             "'%x %X'.format([text, text])",
                             "text.matches('a+b?')",
                             "text.matches(text)",
                             "text.contains(text)",
                             "strings.quote(text) + base64.encode(bytes(text))",
                             "lists.range(50).map(i, lists.range(50))",
                             "sets.equivalent(list, list)",
                             "cel.bind(x, texts + texts, x.map(t, t + t))",
                             "[text, text].reverse()",
                             "optional.of(list).optMap(l, l.map(x, [x, x])).orValue([])",
                             "text.lastIndexOf('b') + text.indexOf('b')",
                             "n > 3 ? list.map(x, text) : texts",
                             "[list, list].flatten(5)",
                             "list.slice(0, 50)",
                             "text.trim().reverse()",
                             "math.greatest(list)",
                             "texts[?3].orValue(text).upperAscii()",
                             "{'a': list}.a == list",
                             "text < text"}) {
    ExpectWithin(source, SizedEnv(), LargestValues());
  }
}

TEST(EstimateTest, GrowsWithWhatIsRead) {
  EXPECT_LT(Estimated("n > 3"), 10);
  EXPECT_GT(Estimated("list.all(x, list.all(y, x == y))"), 10'000);
  EXPECT_LT(Estimated("list.all(x, x > 1)"), 1'000);
  Limits small;
  small.sizes = {2, 16};
  EXPECT_LT(Estimated("list.all(x, list.all(y, x == y))", small), 100);
  EXPECT_EQ(Estimated("lists.range(n)"), kUnboundedCost);
  EXPECT_GT(Estimated("lists.range(1000000000).size()"), 1'000'000'000);
  std::string growing = "[1]";
  for (int i = 0; i < 100; ++i) growing += ".map(x, [x, x])";
  EXPECT_GT(Estimated("list" + growing.substr(3)), 1'000'000);
}

TEST(EstimateTest, HoldsForEveryCaseOfTheSpecification) {
  const char* top = std::getenv("CADENZA_SOURCE");
  std::ifstream file(std::string(top != nullptr ? top : ".") + "/../shared/suites/cel.json");
  if (!file) GTEST_SKIP() << "the specification's cases are not there";
  int checked = 0;
  for (const nlohmann::json& json : nlohmann::json::parse(file)) {
    const absl::StatusOr<cli::CelCase> parsed = cli::ParseCelCase(json);
    ASSERT_TRUE(parsed.ok()) << json.dump();
    if (!parsed->checked || !Compile(parsed->expression, parsed->env).ok()) continue;
    ++checked;
    ExpectWithin(parsed->expression, parsed->env, parsed->bindings);
  }
  EXPECT_GT(checked, 900);
}

}  // namespace
}  // namespace cadenza::cel
