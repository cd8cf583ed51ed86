#include "tests/unit/server/rules/cel/evaluate.h"

namespace cadenza::cel {
namespace {

Value Twice(absl::Span<const Value> args) { return Value::Int(2 * args[0].int_value()); }
Value Echo(absl::Span<const Value> args) { return Value::String(args[0].string_value() + args[0].string_value()); }
Value Fail(absl::Span<const Value>) { return Value::Error("it failed"); }

Env TestEnv() {
  Env env;
  env.AddVariable("any", Type::Dyn());
  env.AddFunction("twice", {false, {Type::Int()}, Type::Int(), Twice});
  env.AddFunction("twice", {false, {Type::String()}, Type::String(), Echo});
  env.AddFunction("twice", {true, {Type::Int()}, Type::Int(), Twice});
  env.AddFunction("fail", {false, {}, Type::Bool(), Fail});
  env.AddFunction("size", {false, {Type::Int()}, Type::Int(), Twice});
  env.AddFunction("text.twice", {false, {Type::String()}, Type::String(), Echo});
  env.AddFunction("sum", {false,
                          {Type::Int(), Type::Int(), Type::Int(), Type::Int(), Type::Int()},
                          Type::Int(),
                          [](absl::Span<const Value> args) {
                            int64_t sum = 0;
                            for (const Value& arg : args) sum += arg.int_value();
                            return Value::Int(sum);
                          }});
  return env;
}

TEST(NodesCallTest, TheEnvironmentsFunctions) {
  MapActivation activation;
  activation.Set("any", Value::String("ab"));
  ExpectAll(
      {
          {"twice(4)", "8"},
          {"twice('a')", "\"aa\""},
          {"4.twice()", "8"},
          {"twice(any)", "\"abab\""},
          {"any.twice()", "error: no matching overload of twice for (string)"},
          {"twice(1.5)",
           "error: line 1, column 1: no matching overload: twice(double); there is twice(int), twice(string), "
           "int.twice()"},
          {"twice(1 / 0)", "error: division by zero"},
          {"fail()", "error: it failed"},
          {"fail() || true", "true"},
          {"size(4)", "8"},
          {"size('abc')", "3"},
          {"size(dyn(4)) + size(any)", "10"},
          {"text.twice('a')", "\"aa\""},
          {"sum(1, 2, 3, 4, 5)", "15"},
      },
      TestEnv(), activation);
}

TEST(NodesCallTest, ProgramsOutliveTheirEnvironment) {
  std::shared_ptr<const Program> program;
  {
    const Env env = TestEnv();
    program = *Compile("twice(21)", env);
  }
  EXPECT_EQ(Shown(program->Evaluate(MapActivation())), "42");
}

TEST(NodesCallTest, TheFirstFailedArgumentIsTheError) {
  ExpectAll({{"[1][5] + 1 / 0", "error: index 5 is outside a list of 1"}});
}

}  // namespace
}  // namespace cadenza::cel
