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
  return program.ok() ? (*program)->result_type().DebugString() : FirstLine(program.status());
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
      {"[1] + []", "list(int)"},
      {"[[], [[]], [[[]]], [[[[]]]]]", "list(list(list(list(list(dyn)))))"},
      {"[[[[[]]]], [], [[[]]]]", "list(list(list(list(list(dyn)))))"},
      {"([].map(x, x))[0].foo", "dyn"},
      {"[optional.none(), optional.of(1)]", "list(optional_type(int))"},
      {"[optional.of(1), optional.none()]", "list(optional_type(int))"},
      {"[optional.of(1), optional.of(dyn(1))]", "list(optional_type(dyn))"},
      {"[optional.of(dyn(1)), optional.of(1)]", "list(optional_type(dyn))"},
      {"true ? optional.of(dyn(1)) : optional.of(1)", "optional_type(dyn)"},
      {"event.?properties", "optional_type(map(string, dyn))"},
      {"event.?properties.total", "optional_type(dyn)"},
      {"has(event.?properties.total)", "bool"},
      {"scores[?'a']", "optional_type(int)"},
      {"optional.of(scores)['a'].orValue(0)", "int"},
      {"optional.of(1).optMap(x, string(x))", "optional_type(string)"},
      {"[1][?0].optFlatMap(x, optional.of(x > 1))", "optional_type(bool)"},
      {"[?optional.of(1)]", "list(int)"},
      {"{?'a': optional.of(1)}", "map(string, int)"},
      {"scores.all(k, v, v > 1)", "bool"},
      {"scores.transformList(k, v, k)", "list(string)"},
      {"scores.transformMap(k, v, v > 1, string(v))", "map(string, string)"},
      {"['a'].transformMap(i, v, v)", "map(int, string)"},
      {"['a'].transformMapEntry(i, v, {v: i})", "map(string, int)"},
      {"cel.bind(x, [1], x + x)", "list(int)"},
      {"['b', 'a'].sortBy(x, x)", "list(string)"},
      {"math.greatest(1, 2)", "int"},
      {"math.greatest(1, 2.0)", "dyn"},
      {"math.least([1u, 2u])", "uint"},
      {"'a,b'.split(',')", "list(string)"},
      {"[[1]].flatten()", "list(int)"},
      {"lists.range(3).first()", "optional_type(int)"},
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
      {"evnt.name", "line 1, column 1: undeclared name 'evnt'; did you mean 'event'?"},
      {"dyn", "line 1, column 1: undeclared name 'dyn'"},
      {"1 +\n  x", "line 2, column 3: undeclared name 'x'"},
      {"event.nam", "line 1, column 7: event has no field 'nam'; did you mean 'name'?"},
      {"event.cuont('a')", "line 1, column 7: undeclared function 'cuont'; did you mean 'count'?"},
      {"math.ciel(1.5)", "line 1, column 6: undeclared function 'math.ciel'; did you mean 'math.ceil'?"},
      {"[1].exist(x, x > 1)", "line 1, column 5: undeclared function 'exist'; did you mean 'exists'?"},
      {"[1].all(item, itme > 1)", "line 1, column 15: undeclared name 'itme'; did you mean 'item'?"},
      {"[?1]", "line 1, column 3: what follows '?' is of type int, not optional_type"},
      {"optional.of(1) + 1", "line 1, column 16: no matching overload: +(optional_type(int), int)"},
      {"[1].transformMapEntry(i, v, v)", "line 1, column 29: transformMapEntry() needs a map, not a int"},
      {"[1].optMap(x, x)", "line 1, column 1: a value of type list(int) is no optional"},
      {"optional.of(1).optFlatMap(x, x)", "line 1, column 30: optFlatMap() needs an optional, not a int"},
      {"{'a': 1}.sortBy(x, x)", "line 1, column 1: a value of type map(string, int) is no list"},
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
      {"'a'.contains(1)",
       "line 1, column 5: no matching overload: string.contains(int); there is string.contains(string)"},
      {"contains('a', 'b')",
       "line 1, column 1: no matching overload: contains(string, string); there is string.contains(string)"},
      {"event.count()", "line 1, column 7: no matching overload: event.count(); there is event.count(string)"},
      {"event.count(1)", "line 1, column 7: no matching overload: event.count(int); there is event.count(string)"},
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

TEST(CheckerTest, ExtensionsAreThereIfTheEnvironmentHasThem) {
  Env bare;
  bare.SetExtensions(Extensions::None());
  for (const char* source :
       {"'a'.charAt(0)", "math.abs(1)", "[1].sort()", "sets.contains([1], [1])", "base64.encode(b'a')",
        "cel.bind(x, 1, x)", "optional.of(1)", "optional_type", "{}.?a", "[][?0]", "[1].all(i, v, v > 0)",
        "[1].reverse()", "'a'.reverse()", "math.greatest(1, 2, 3)"}) {
    EXPECT_FALSE(Compile(source, bare).ok()) << source;
    EXPECT_TRUE(Compile(source, Env()).ok()) << source << ": " << Compile(source, Env()).status();
  }
  Env lists;
  lists.SetExtensions(Extensions::None().With(Extension::kLists));
  EXPECT_TRUE(Compile("[1].reverse()", lists).ok());
  EXPECT_FALSE(Compile("'a'.reverse()", lists).ok());
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
      {"size(1, 2)",
       "error: no matching overload: size(dyn, dyn); there is size(string), string.size(), size(bytes), bytes.size(), "
       "size(list(A)), list(A).size(), …"},
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
