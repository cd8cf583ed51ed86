#include "server/rules/cel/value.h"

#include <limits>

#include "gtest/gtest.h"

namespace cadenza::cel {
namespace {

TEST(ValueTest, ShowsItselfAsALiteral) {
  const std::vector<std::pair<Value, std::string>> cases = {
      {Value(), "null"},
      {Value::Bool(true), "true"},
      {Value::Int(-7), "-7"},
      {Value::Uint(7), "7u"},
      {Value::Double(3), "3.0"},
      {Value::Double(2.5), "2.5"},
      {Value::Double(1e30), "1e+30"},
      {Value::Double(std::numeric_limits<double>::infinity()), "+Inf"},
      {Value::String("a\"b\n"), R"("a\"b\n")"},
      {Value::String("é"), "\"é\""},
      {Value::MakeBytes("\xFF"), R"(b"\xff")"},
      {Value::Timestamp(absl::UnixEpoch()), "timestamp(\"1970-01-01T00:00:00Z\")"},
      {Value::Duration(absl::Milliseconds(1500)), "duration(\"1.5s\")"},
      {Value::List({Value::Int(1), Value::List(std::vector<Value>())}), "[1, []]"},
      {Value::Map({{Value::String("a"), Value::Int(1)}, {Value::Int(2), Value::Null()}}), "{\"a\": 1, 2: null}"},
      {Value::Type("int"), "int"},
      {Value::Error("bad"), "error(bad)"},
  };
  for (const auto& [value, shown] : cases) EXPECT_EQ(value.DebugString(), shown);
}

TEST(ValueTest, ALongOneIsCutBetweenCodePoints) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "é";
  const std::string shown = Value::String(text).DebugString();
  EXPECT_LE(shown.size(), 203u);
  EXPECT_TRUE(shown.ends_with("é..."));
  EXPECT_LE(Value::List(std::vector<Value>(10'000, Value::Int(12345))).DebugString().size(), 203u);
}

TEST(ValueTest, SharesAStringThatAnotherHolds) {
  const auto owner = std::make_shared<const std::string>("kept");
  const Value value = Value::SharedString(owner);
  EXPECT_EQ(&value.string_value(), owner.get());
}

TEST(ValueTest, NamesEveryKind) {
  EXPECT_EQ(KindName(Value::Kind::kNull), "null_type");
  EXPECT_EQ(KindName(Value::Kind::kUint), "uint");
  EXPECT_EQ(KindName(Value::Kind::kDuration), "google.protobuf.Duration");
  EXPECT_EQ(KindName(Value::Kind::kError), "error");
}

}  // namespace
}  // namespace cadenza::cel
