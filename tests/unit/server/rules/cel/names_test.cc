#include "server/rules/cel/names.h"

#include "gtest/gtest.h"

namespace cadenza::cel {
namespace {

Env NamedEnv() {
  Env env;
  env.SetContainer("a.b");
  env.AddVariable("a.b.x", Type::Int());
  env.AddVariable("a.x", Type::String());
  env.AddVariable("x", Type::Bool());
  env.AddFunction("a.f", {});
  return env;
}

TEST(NamesTest, TheContainerIsLookedInFromTheInside) {
  const Env env = NamedEnv();
  const Names names(env);
  EXPECT_EQ(names.Find("x", false)->name, "a.b.x");
  EXPECT_EQ(names.Find("x", true)->name, "x");
  EXPECT_EQ(names.Find("a.x", false)->type, Type::String());
  EXPECT_TRUE(names.Find("int", false)->is_type);
  EXPECT_FALSE(names.Find("y", false));
  EXPECT_EQ(names.FindFunction("f", false), "a.f");
  EXPECT_EQ(names.FindFunction("f", true), std::nullopt);
  EXPECT_EQ(names.FindFunction("math.abs", false), "math.abs");
  EXPECT_TRUE(names.IsNamespace("math"));
  EXPECT_FALSE(names.IsNamespace("mat"));
}

TEST(NamesTest, LocalVariablesHideAndCount) {
  const Env env = NamedEnv();
  Names names(env);
  names.Push("x", Type::Int());
  names.Push("y", Type::Int());
  names.Push("x", Type::Double());
  EXPECT_EQ(names.FindLocal("x"), 2);
  EXPECT_EQ(names.TypeOfLocal(2), Type::Double());
  names.Pop();
  EXPECT_EQ(names.FindLocal("x"), 0);
  EXPECT_EQ(names.FindLocal("z"), -1);
  EXPECT_EQ(names.last_slot(), 1);
  EXPECT_EQ(names.slots(), 3);
}

TEST(NamesTest, SuggestsWhatIsInScope) {
  const Env env = NamedEnv();
  Names names(env);
  EXPECT_EQ(names.SuggestVariable("itm"), "");
  names.Push("item", Type::Int());
  EXPECT_EQ(names.SuggestVariable("itm"), "; did you mean 'item'?");
  EXPECT_EQ(names.SuggestFunction("startWith"), "; did you mean 'startsWith'?");
  EXPECT_EQ(names.SuggestFunction("filtr"), "; did you mean 'filter'?");
  EXPECT_EQ(names.SuggestOverloads("charAt"), "; there is string.charAt(int)");
  EXPECT_EQ(names.SuggestOverloads("_+_"), "");
}

}  // namespace
}  // namespace cadenza::cel
