#include "gtest/gtest.h"
#include "server/rules/cel/cel.h"

namespace cadenza::cel {
namespace {

TEST(TypeTest, SaysItsName) {
  EXPECT_EQ(Type::Dyn().DebugString(), "dyn");
  EXPECT_EQ(Type::Null().DebugString(), "null_type");
  EXPECT_EQ(Type::OfType().DebugString(), "type");
  EXPECT_EQ(Type::Object("event").DebugString(), "event");
  EXPECT_EQ(Type::Map(Type::String(), Type::List(Type::Param("A"))).DebugString(), "map(string, list(A))");
}

TEST(TypeTest, EqualsByStructure) {
  EXPECT_EQ(Type::List(Type::Int()), Type::List(Type::Int()));
  EXPECT_NE(Type::List(Type::Int()), Type::List(Type::Uint()));
  EXPECT_NE(Type::Object("a"), Type::Object("b"));
  EXPECT_NE(Type::Object("a"), Type::Param("a"));
}

TEST(TypeTest, EnvFindsWhatWasAdded) {
  Env env;
  env.AddVariable("a.b", Type::Int());
  env.AddObject("event", {{"name", Type::String()}});
  env.AddFunction("f", {false, {Type::Int()}, Type::Dyn(), nullptr});
  env.AddFunction("f", {false, {Type::String()}, Type::Dyn(), nullptr});
  EXPECT_EQ(*env.FindVariable("a.b"), Type::Int());
  EXPECT_EQ(env.FindVariable("a"), nullptr);
  EXPECT_EQ(env.FindObject("event")->at("name"), Type::String());
  EXPECT_EQ(env.FindObject("user"), nullptr);
  EXPECT_EQ(env.FindFunctions("f")->size(), 2u);
  EXPECT_EQ(env.FindFunctions("g"), nullptr);
}

TEST(TypeTest, MapActivationHoldsTheLastValue) {
  MapActivation activation;
  activation.Set("x", Value::Int(1));
  activation.Set("x", Value::Int(2));
  EXPECT_EQ(activation.Find("x")->int_value(), 2);
  EXPECT_FALSE(activation.Find("y").has_value());
}

}  // namespace
}  // namespace cadenza::cel
