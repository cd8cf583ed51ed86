#include "server/rules/cel/overload.h"

#include "gtest/gtest.h"

namespace cadenza::cel {
namespace {

std::string Shown(const std::optional<Type>& type) { return type ? type->DebugString() : "none"; }

TEST(OverloadTest, UnifiesTypes) {
  const Type i = Type::Int();
  const Type s = Type::String();
  const struct {
    Type a;
    Type b;
    std::string both;
  } cases[] = {
      {i, i, "int"},
      {i, s, "none"},
      {i, Type::Dyn(), "dyn"},
      {Type::Null(), i, "none"},
      {Type::Null(), Type::Timestamp(), "timestamp"},
      {Type::Null(), Type::Object("event"), "event"},
      {Type::Object("event"), Type::Object("user"), "none"},
      {Type::List(i), Type::List(Type::Dyn()), "list(dyn)"},
      {Type::List(i), Type::List(s), "none"},
      {Type::Map(s, i), Type::Map(s, Type::Dyn()), "map(string, dyn)"},
      {Type::Map(s, i), Type::List(i), "none"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Shown(Unify(c.a, c.b)), c.both) << c.a.DebugString() << " " << c.b.DebugString();
    EXPECT_EQ(Shown(Unify(c.b, c.a)), c.both) << c.b.DebugString() << " " << c.a.DebugString();
  }
}

TEST(OverloadTest, MatchesSignatures) {
  const Type a = Type::Param("A");
  const Type b = Type::Param("B");
  const struct {
    std::vector<Type> parameters;
    Type result;
    std::vector<Type> arguments;
    std::string matched;
  } cases[] = {
      {{}, Type::Int(), {}, "int"},
      {{Type::Int()}, Type::Int(), {}, "none"},
      {{Type::Int()}, Type::Bool(), {Type::Int()}, "bool"},
      {{Type::Int()}, Type::Bool(), {Type::Dyn()}, "bool"},
      {{Type::Int()}, Type::Bool(), {Type::Uint()}, "none"},
      {{Type::Dyn()}, Type::Bool(), {Type::Uint()}, "bool"},
      {{a, a}, a, {Type::Int(), Type::Int()}, "int"},
      {{a, a}, a, {Type::Int(), Type::Dyn()}, "dyn"},
      {{a, a}, a, {Type::Int(), Type::String()}, "none"},
      {{Type::List(a), Type::Int()}, a, {Type::List(Type::Bool()), Type::Int()}, "bool"},
      {{Type::List(a), Type::Int()}, a, {Type::Dyn(), Type::Int()}, "dyn"},
      {{Type::Map(a, b), a}, b, {Type::Map(Type::String(), Type::Int()), Type::String()}, "int"},
      {{Type::Map(a, b), a}, b, {Type::Map(Type::String(), Type::Int()), Type::Int()}, "none"},
      {{Type::Map(a, b)}, Type::List(a), {Type::Map(Type::String(), Type::Int())}, "list(string)"},
      {{Type::Timestamp()}, Type::Bool(), {Type::Null()}, "bool"},
      {{Type::Object("user")}, Type::Bool(), {Type::Object("user")}, "bool"},
      {{Type::Object("user")}, Type::Bool(), {Type::Object("event")}, "none"},
      {{Type::Int()}, Type::List(a), {Type::Int()}, "list(dyn)"},
  };
  for (const auto& c : cases) EXPECT_EQ(Shown(MatchSignature(c.parameters, c.result, c.arguments)), c.matched);
}

TEST(OverloadTest, AcceptsValuesByKind) {
  const std::vector<Value> values = {Value::Int(1), Value::String("a"),
                                     Value::Map(std::vector<std::pair<Value, Value>>())};
  EXPECT_TRUE(Accepts({Type::Int(), Type::Dyn(), Type::Object("user")}, values));
  EXPECT_TRUE(Accepts({Type::Param("A"), Type::String(), Type::Map(Type::String(), Type::Int())}, values));
  EXPECT_FALSE(Accepts({Type::Uint(), Type::String(), Type::Dyn()}, values));
  EXPECT_FALSE(Accepts({Type::Int(), Type::String()}, values));
  EXPECT_FALSE(Accepts({Type::Timestamp()}, {Value::Null()}));
}

}  // namespace
}  // namespace cadenza::cel
