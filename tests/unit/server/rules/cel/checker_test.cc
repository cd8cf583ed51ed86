#include "server/rules/cel/checker.h"

#include "gtest/gtest.h"
#include "tests/unit/server/rules/cel/evaluate.h"

namespace cadenza::cel {
namespace {

Env ShopEnv() {
  Env env;
  env.AddObject(
      "event",
      {{"name", Type::String()}, {"time", Type::Timestamp()}, {"properties", Type::Map(Type::String(), Type::Dyn())}});
  env.AddVariable("event", Type::Object("event"));
  env.AddVariable("now", Type::Timestamp());
  env.AddVariable("scores", Type::Map(Type::String(), Type::Int()));
  env.AddFunction("count", {true, {Type::Object("event"), Type::String()}, Type::Int(), [](auto) { return Value(); }});
  env.AddFunction("shop.open", {false, {}, Type::Bool(), [](auto) { return Value::Bool(true); }});
  return env;
}

// The type, or the error.
std::string Checked(std::string_view source) {
  const auto program = Compile(source, ShopEnv());
  return program.ok() ? (*program)->result_type().DebugString() : std::string(program.status().message());
}

TEST(CheckerTest, GivesTypes) {
  const struct {
    std::string source;
    std::string type;
  } cases[] = {
      {"null", "null_type"},
      {"1u", "uint"},
      {"b'x'", "bytes"},
      {"[]", "list(dyn)"},
      {"[1, 2]", "list(int)"},
      {"[1, 'a']", "list(dyn)"},
      {"[now, null]", "list(timestamp)"},
      {"{'a': [1]}", "map(string, list(int))"},
      {"{1: 'a', 'b': 2.0}", "map(dyn, dyn)"},
      {"{}", "map(dyn, dyn)"},
      {"int", "type"},
      {"google.protobuf.Timestamp", "type"},
      {"event", "event"},
      {"event.name", "string"},
      {"event.properties.lines[0].price", "dyn"},
      {"event.properties.total > 15", "bool"},
      {"event.properties.total * 2.0", "double"},
      {"event.properties.total + event.properties.tip", "dyn"},
      {"has(event.properties.total)", "bool"},
      {"now - event.time", "duration"},
      {"now - duration('1h')", "timestamp"},
      {"scores.a", "int"},
      {"scores['a'] + 1", "int"},
      {"scores.map(k, k)", "list(string)"},
      {"[1, 2].map(x, string(x))", "list(string)"},
      {"[1, 2].map(x, x > 1, double(x))", "list(double)"},
      {"[1, 2].filter(x, x > 1)", "list(int)"},
      {"[1] + []", "list(dyn)"},
      {"true ? 1 : 2", "int"},
      {"true ? now : null", "timestamp"},
      {"dyn(1)", "dyn"},
      {"1 < 2.5 && 2u >= 1", "bool"},
      {"event.count('x') > 2", "bool"},
      {"shop.open() && .shop.open()", "bool"},
      {"event == null", "bool"},
  };
  for (const auto& c : cases) EXPECT_EQ(Checked(c.source), c.type) << c.source;
}

TEST(CheckerTest, SaysWhatIsWrongAndWhere) {
  const struct {
    std::string source;
    std::string error;
  } cases[] = {
      {"evnt.name", "line 1, column 1: undeclared name 'evnt'"},
      {"dyn", "line 1, column 1: undeclared name 'dyn'"},
      {"1 +\n  x", "line 2, column 3: undeclared name 'x'"},
      {"event.nam", "line 1, column 7: event has no field 'nam'; it has name, properties, time"},
      {"has(event.total)", "line 1, column 11: event has no field 'total'; it has name, properties, time"},
      {"event.name.first", "line 1, column 12: a value of type string has no fields"},
      {"frob(1)", "line 1, column 1: undeclared function 'frob'"},
      {"event.frob(1)", "line 1, column 7: undeclared function 'frob'"},
      {"1 + 'a'", "line 1, column 3: no matching overload: +(int, string)"},
      {"1 == 'a'", "line 1, column 3: no matching overload: ==(int, string)"},
      {"1 == 1.0", "line 1, column 3: no matching overload: ==(int, double)"},
      {"1 == null", "line 1, column 3: no matching overload: ==(int, null_type)"},
      {"-'a'", "line 1, column 1: no matching overload: -(string)"},
      {"!1", "line 1, column 1: no matching overload: !(int)"},
      {"'a'.contains(1)", "line 1, column 5: no matching overload: string.contains(int)"},
      {"contains('a', 'b')", "line 1, column 1: no matching overload: contains(string, string)"},
      {"event.count()", "line 1, column 7: no matching overload: event.count()"},
      {"event.count(1)", "line 1, column 7: no matching overload: event.count(int)"},
      {"scores[1]", "line 1, column 7: no matching overload: [](map(string, int), int)"},
      {"'a' in 'abc'", "line 1, column 5: no matching overload: in(string, string)"},
      {"1 in ['a']", "line 1, column 3: no matching overload: in(int, list(string))"},
      {"true && 1", "line 1, column 9: an operand of && is of type int, not bool"},
      {"'a' || true", "line 1, column 1: an operand of || is of type string, not bool"},
      {"1 ? 2 : 3", "line 1, column 1: the condition before '?' is of type int, not bool"},
      {"true ? 1 : 'a'", "line 1, column 6: the values around ':' are of types int and string"},
      {"{1.5: 1}", "line 1, column 2: a map's key cannot be of type double"},
      {"'abc'.all(c, true)", "line 1, column 1: a value of type string has no elements"},
      {"[1].all(x, x)", "line 1, column 12: the condition of a macro is of type int, not bool"},
      {"[1].map(x, x, x)", "line 1, column 12: the condition of a macro is of type int, not bool"},
      {"[1].all(x, true) && x == 1", "line 1, column 21: undeclared name 'x'"},
  };
  for (const auto& c : cases) EXPECT_EQ(Checked(c.source), c.error) << c.source;
}

TEST(CheckerTest, TheLongestNameInTheInnermostNamespaceWins) {
  Env env;
  MapActivation activation;
  for (const std::string name : {"a.b.x", "a.x", "x", "x.y", "a.b.z.w"}) {
    env.AddVariable(name, Type::Dyn());
    activation.Set(name, Value::String(name));
  }
  env.SetContainer("a.b");
  ExpectAll(
      {
          {"x", "\"a.b.x\""},
          {".x", "\"x\""},
          {"x.y", "\"x.y\""},
          {"z.w", "\"a.b.z.w\""},
          {"a.x", "\"a.x\""},
          {"['local'].exists(x, x == 'local' && .x == 'x')", "true"},
          {"[{'y': 'local'}].exists(x, x.y == 'local')", "true"},
      },
      env, activation);
}

TEST(CheckerTest, UncheckedProblemsAreErrorsOfTheEvaluation) {
  const struct {
    std::string source;
    std::string shown;
  } cases[] = {
      {"unknown", "error: undeclared name 'unknown'"},
      {"unknown || true", "true"},
      {"frob(1)", "error: undeclared function 'frob'"},
      {"frob(1) && false", "false"},
      {"size(1, 2)", "error: no matching overload: size(dyn, dyn)"},
      {"1 + 'a'", "error: no matching overload of + for (int, string)"},
      {"1 == 'a'", "false"},
      {"true ? 1 : 'a'", "1"},
      {"'a' && false", "false"},
      {"1.a", "error: a value of type int has no fields"},
      {"'abc'.all(c, true)", "error: a value of type string has no elements"},
      {"[1].all(x, x)", "error: the condition of a macro is of type int, not bool"},
      {"{1.5: 1}", "error: a map's key cannot be of type double"},
  };
  for (const auto& c : cases) {
    const auto program = CompileUnchecked(c.source, Env());
    ASSERT_TRUE(program.ok()) << c.source << program.status();
    EXPECT_EQ(Shown((*program)->Evaluate(MapActivation())), c.shown) << c.source;
  }
}

}  // namespace
}  // namespace cadenza::cel
