#include <string>

#include "server/rules/cel/node.h"
#include "tests/unit/server/rules/cel/evaluate.h"

namespace cadenza::cel {
namespace {

// A person whose fields can be read in place: the age, and nicknames by language.
struct Person {
  int64_t age = 42;
  std::string german = "Hansi";
};

Value ReadAge(const void* person, const void*, std::string_view) {
  return Value::Int(static_cast<const Person*>(person)->age);
}

Value ReadNickname(const void* person, const void*, std::string_view language) {
  return language == "de" ? Value::String(static_cast<const Person*>(person)->german) : Value::Absent();
}

Value OlderBy(const void* person, absl::Span<const Value> args) {
  if (args[0].int_value() < 0) return Value::Absent();
  return Value::Int(static_cast<const Person*>(person)->age + args[0].int_value());
}

std::string NotYounger(absl::Span<const Value> args) { return "nobody gets younger by " + args[0].DebugString(); }

Env PersonEnv() {
  Env env;
  env.AddObject("Person", {{"age", Type::Int()}, {"nicknames", Type::Map(Type::String(), Type::Dyn())}});
  env.AddVariable("person", Type::Object("Person"));
  env.AddNativeField("person.age", {ReadAge});
  env.AddNativeField("person.nicknames.*", {ReadNickname});
  const auto generic = [](absl::Span<const Value> args) {
    return Value::Int(args[0].map_value().Find(Value::String("age"))->int_value() + args[1].int_value());
  };
  env.AddFunction("older_by", {true, {Type::Object("Person"), Type::Int()}, Type::Int(), generic, OlderBy, NotYounger});
  return env;
}

// Has native data only, or the same person as values only.
class PersonActivation : public Activation {
 public:
  explicit PersonActivation(bool is_native) : is_native_(is_native) {}
  std::optional<Value> Find(std::string_view name) const override {
    if (is_native_ || name != "person") return std::nullopt;
    return Value::Map(
        {{Value::String("age"), Value::Int(person_.age)},
         {Value::String("nicknames"), Value::Map({{Value::String("de"), Value::String(person_.german)}})}});
  }
  const void* native() const override { return is_native_ ? &person_ : nullptr; }

 private:
  const bool is_native_;
  const Person person_;
};

std::string EvaluateFor(const std::string& expression, bool native) {
  const auto program = Compile(expression, PersonEnv());
  if (!program.ok()) return std::string(program.status().message());
  return Shown((*program)->Evaluate(PersonActivation(native)));
}

TEST(NativeNodesTest, MeanTheSameAsValues) {
  for (const Case& c :
       std::vector<Case>{{"person.age", "42"},
                         {"person.age > 40 && person.age < 50 && person.age != 43", "true"},
                         {"person.nicknames.de", "\"Hansi\""},
                         {"person.nicknames.de == 'Hansi'", "true"},
                         {"person.nicknames.de != 'Hansa'", "true"},
                         {"person.nicknames.de < 'I'", "true"},
                         {"person.nicknames.de > 3", "error: no matching overload of > for (string, int)"},
                         {"person.nicknames.fr", "error: no such key: fr"},
                         {"person.nicknames.fr == 'Hansi' || true", "true"},
                         {"has(person.nicknames.de) && !has(person.nicknames.fr)", "true"},
                         {"person.older_by(3)", "45"},
                         {"person.older_by(1 + 2)", "45"},
                         {"person.older_by(person.age) == 84", "true"},
                         {"person.older_by(person.older_by(1)) == 85", "true"}}) {
    EXPECT_EQ(EvaluateFor(c.expression, true), c.shown) << c.expression;
    EXPECT_EQ(EvaluateFor(c.expression, false), c.shown) << c.expression << " by values";
  }
}

TEST(NativeNodesTest, AnAbsentResultIsTheErrorThatTheFunctionNames) {
  EXPECT_EQ(EvaluateFor("person.older_by(-1)", true), "error: nobody gets younger by -1");
  EXPECT_EQ(EvaluateFor("person.older_by(person.age - 43)", true), "error: nobody gets younger by -1");
}

TEST(NativeNodesTest, ArgumentsOfAnotherTypeAreNotTaken) {
  EXPECT_EQ(EvaluateFor("person.older_by(person.nicknames.de) == 1 || true", true), "true");
  EXPECT_NE(EvaluateFor("person.older_by(person.nicknames.de)", true).find("no matching overload"), std::string::npos);
  EXPECT_EQ(EvaluateFor("person.older_by(person.nicknames.fr)", true), "error: no such key: fr");
}

TEST(NativeNodesTest, ComparisonsWithAConstantAreThoseOfTheLanguage) {
  const std::vector<std::string> operands = {"1", "1u", "1.0", "2", "0.0 / 0.0", "'a'", "'b'", "b'a'", "true", "null"};
  for (const std::string& left : operands) {
    for (const std::string& right : operands) {
      for (const std::string op : {"==", "!=", "<", "<=", ">", ">="}) {
        // The right side is constant in one of the two.
        const std::string direct = "[" + left + "].map(x, dyn(x) " + op + " dyn(" + right + "))[0]";
        const std::string generic = "[" + left + "].map(x, [" + right + "].map(y, dyn(x) " + op + " dyn(y))[0])[0]";
        EXPECT_EQ(Shown(Evaluate(direct)), Shown(Evaluate(generic))) << direct;
      }
    }
  }
}

TEST(NativeNodesTest, NestedCallsArePlannedInLinearTime) {
  std::string expression = "1";
  for (int i = 0; i < 12; ++i) expression = "person.older_by(" + expression + ")";
  EXPECT_EQ(EvaluateFor(expression, true), std::to_string(42 * 12 + 1));
}

}  // namespace
}  // namespace cadenza::cel
