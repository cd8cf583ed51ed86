#include "tests/unit/server/rules/cel/evaluate.h"

namespace cadenza::cel {
namespace {

Env TestEnv() {
  Env env;
  env.AddVariable("x", Type::Int());
  env.AddVariable("unset", Type::Int());
  env.AddVariable("any", Type::Dyn());
  env.AddVariable("user", Type::Object("user"));
  env.AddObject("user", {{"name", Type::String()}, {"age", Type::Int()}});
  return env;
}

MapActivation TestActivation() {
  MapActivation activation;
  activation.Set("x", Value::Int(3));
  activation.Set("any", Value::String("text"));
  activation.Set("user", Value::Map({{Value::String("name"), Value::String("Ada")}}));
  return activation;
}

TEST(NodesTest, NamesAndFields) {
  ExpectAll(
      {
          {"x * x", "9"},
          {"unset", "error: no value for unset"},
          {"unset == 1 || x == 3", "true"},
          {"user.name", "\"Ada\""},
          {"user.age", "error: no such key: age"},
          {"has(user.age) ? user.age : -1", "-1"},
          {"any.name", "error: a value of type string has no fields"},
          {"has(any.name)", "error: a value of type string has no fields"},
          {"{'a': {'b': 1}}.a.b", "1"},
          {"has({'a': dyn(1)}.a.b)", "error: a value of type int has no fields"},
      },
      TestEnv(), TestActivation());
}

TEST(NodesTest, LogicAbsorbsErrors) {
  ExpectAll(
      {
          {"false && unset == 1", "false"},
          {"unset == 1 && false", "false"},
          {"unset == 1 && true", "error: no value for unset"},
          {"true && unset == 1", "error: no value for unset"},
          {"unset == 1 && 1 / 0 == 1 && x == 4", "false"},
          {"unset == 1 && 1 / 0 == 1", "error: no value for unset"},
          {"true || unset == 1", "true"},
          {"unset == 1 || true", "true"},
          {"unset == 1 || false", "error: no value for unset"},
          {"any && false", "false"},
          {"any && true", "error: no matching overload of && for (string)"},
          {"any || false", "error: no matching overload of || for (string)"},
      },
      TestEnv(), TestActivation());
}

TEST(NodesTest, ConditionalEvaluatesOneBranch) {
  ExpectAll(
      {
          {"true ? x : unset", "3"},
          {"false ? unset : x", "3"},
          {"unset == 1 ? 1 : 2", "error: no value for unset"},
          {"any ? 1 : 2", "error: no matching overload of ?: for (string)"},
          {"x > 5 ? 'a' : x > 2 ? 'b' : 'c'", "\"b\""},
      },
      TestEnv(), TestActivation());
}

TEST(NodesTest, Literals) {
  ExpectAll(
      {
          {"[x, x + 1, [x]]", "[3, 4, [3]]"},
          {"[x, unset]", "error: no value for unset"},
          {"{'x': x, x: 'x'}", "{\"x\": 3, 3: \"x\"}"},
          {"{x: 1, 3: 2}", "error: repeated key: 3"},
          {"{unset: 1}", "error: no value for unset"},
          {"{'a': unset}", "error: no value for unset"},
          {"{any: 1}.text", "1"},
      },
      TestEnv(), TestActivation());
}

}  // namespace
}  // namespace cadenza::cel
