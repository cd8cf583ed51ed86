#include "server/rules/cel/analysis.h"

#include <algorithm>

#include "absl/strings/str_join.h"
#include "tests/unit/server/rules/cel/evaluate.h"

namespace cadenza::cel {
namespace {

Env PathsEnv() {
  Env env;
  env.AddVariable("a", Type::Dyn());
  env.AddVariable("b", Type::Map(Type::String(), Type::Dyn()));
  const auto zero = [](absl::Span<const Value>) { return Value::Int(0); };
  env.AddFunction("count", {true, {Type::Dyn(), Type::String()}, Type::Int(), zero});
  env.AddFunction("count", {true, {Type::Dyn(), Type::String(), Type::Duration()}, Type::Int(), zero});
  env.AddFunction("free", {false, {Type::Int()}, Type::Int(), zero});
  return env;
}

// "a.b.c, d" for the paths, then "receiver.function(args)" for the calls, "?" for what is not constant.
std::string ShownReads(const std::string& expression) {
  const auto program = Compile(expression, PathsEnv());
  if (!program.ok()) return std::string(program.status().message());
  std::vector<std::string> shown;
  for (const Reads::Path& path : (*program)->reads().paths) shown.push_back(absl::StrJoin(path, "."));
  for (const Reads::Call& call : (*program)->reads().calls) {
    const std::string args = absl::StrJoin(call.args, ", ", [](std::string* out, const std::optional<Value>& arg) {
      out->append(arg.has_value() ? arg->DebugString() : "?");
    });
    shown.push_back(call.receiver + "." + call.function + "(" + args + ")");
  }
  return absl::StrJoin(shown, ", ");
}

TEST(AnalysisTest, PathsAreAsLongAsTheyAreWritten) {
  const std::vector<Case> cases = {
      {"1 + 2", ""},
      {"a.x.y == 1", "a.x.y"},
      {"a.x == a.y", "a.x, a.y"},
      {"a['x'].y == 1", "a.x.y"},
      {"a['x' + 'y'] == 1", "a.xy"},
      {"a[0].y == 1", "a"},
      {"a[b.k].y == 1", "a, b.k"},
      {"has(a.x.y)", "a.x.y"},
      {"a.?x.?y.hasValue()", "a.x.y"},
      {"a[?'x'].hasValue()", "a.x"},
      {"a == 1", "a"},
      {"a.x ? b.y : b.z", "a.x, b.y, b.z"},
      {"[a.x].exists(a, a.y == 1)", "a.x"},
      {"a.list.all(i, i.price > b.least)", "a.list, b.least"},
      {"cel.bind(t, a.x, t.y == 1)", "a.x"},
      {"{a.k: a.v}.size() == 1", "a.k, a.v"},
  };
  for (const Case& c : cases) EXPECT_EQ(ShownReads(c.expression), c.shown) << c.expression;
}

TEST(AnalysisTest, CallsHaveTheirConstantArguments) {
  const std::vector<Case> cases = {
      {"a.count('x') > 0", "a.count(\"x\")"},
      {"a.count('x' + 'y', duration('1h') + duration('1h')) > 0", "a.count(\"xy\", duration(\"7200s\"))"},
      {"a.count(string(b.name)) > 0", "b.name, a.count(?)"},
      {"a.b.count('x') > 0", "a.b, .count(\"x\")"},
      {"[a].exists(u, u.count('x') > 0)", "a, .count(\"x\")"},
      {"free(free(1)) == 0", ".free(1), .free(?)"},
  };
  for (const Case& c : cases) EXPECT_EQ(ShownReads(c.expression), c.shown) << c.expression;
}

}  // namespace
}  // namespace cadenza::cel
