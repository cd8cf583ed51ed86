#include "server/rules/cel/functions.h"

#include "gtest/gtest.h"

namespace cadenza::cel {
namespace {

TEST(FunctionsTest, EveryStandardFunctionIsThere) {
  for (const std::string_view name : {"_+_",          "_-_",       "_*_",        "_/_",           "_%_",
                                      "-_",           "!_",        "_==_",       "_!=_",          "_<_",
                                      "_<=_",         "_>_",       "_>=_",       "_[_]",          "@in",
                                      "size",         "contains",  "startsWith", "endsWith",      "matches",
                                      "int",          "uint",      "double",     "string",        "bytes",
                                      "bool",         "timestamp", "duration",   "dyn",           "type",
                                      "getFullYear",  "getMonth",  "getDate",    "getDayOfMonth", "getDayOfYear",
                                      "getDayOfWeek", "getHours",  "getMinutes", "getSeconds",    "getMilliseconds"}) {
    const StandardFunction* function = FindStandardFunction(name);
    ASSERT_NE(function, nullptr) << name;
    for (const Signature& signature : function->signatures) {
      EXPECT_LE(signature.arguments.size(), kFewArguments) << name;
    }
  }
  EXPECT_EQ(FindStandardFunction("frob"), nullptr);
}

// An unchecked expression may call every overload with any values.
TEST(FunctionsTest, NoFunctionTrustsItsTypes) {
  const std::vector<Value> values = {Value::Null(),
                                     Value::Bool(true),
                                     Value::Int(-1),
                                     Value::Uint(1),
                                     Value::Double(1.5),
                                     Value::String("x"),
                                     Value::MakeBytes("x"),
                                     Value::Timestamp(absl::UnixEpoch()),
                                     Value::Duration(absl::Hours(1)),
                                     Value::List({Value::Int(1)}),
                                     Value::Map({{Value::Int(1), Value::Int(2)}}),
                                     Value::Type("int")};
  CallContext context{CostMeter(1'000'000), 1 << 20};
  for (const std::string_view name :
       {"_+_", "_-_", "_*_", "_/_", "_%_", "_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_", "_[_]", "@in", "contains",
        "startsWith", "endsWith", "matches", "getHours", "getDate"}) {
    for (const Value& a : values) {
      for (const Value& b : values) FindStandardFunction(name)->implementation({a, b}, context);
    }
  }
  for (const std::string_view name :
       {"-_", "!_", "size", "int", "uint", "double", "string", "bytes", "bool", "timestamp", "duration", "dyn", "type",
        "getFullYear", "getMilliseconds", "getSeconds"}) {
    for (const Value& a : values) FindStandardFunction(name)->implementation({a}, context);
  }
  EXPECT_FALSE(context.cost.exhausted());
}

TEST(FunctionsTest, NamesAreShownAsPeopleWriteThem) {
  EXPECT_EQ(DisplayName("_+_"), "+");
  EXPECT_EQ(DisplayName("_[_]"), "[]");
  EXPECT_EQ(DisplayName("@in"), "in");
  EXPECT_EQ(DisplayName("-_"), "-");
  EXPECT_EQ(DisplayName("size"), "size");
  EXPECT_EQ(DisplayName("_"), "_");
}

}  // namespace
}  // namespace cadenza::cel
