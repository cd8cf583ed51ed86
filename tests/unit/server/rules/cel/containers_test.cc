#include "server/rules/cel/containers.h"

#include <random>

#include "gtest/gtest.h"

namespace cadenza::cel {
namespace {

TEST(ContainersTest, CanonicalKeysMakeEqualNumbersTheSame) {
  const std::vector<std::pair<Value, std::string>> cases = {
      {Value::Int(-1), "-1"},
      {Value::Uint(7), "7"},
      {Value::Uint(uint64_t{1} << 63), "9223372036854775808u"},
      {Value::Double(7), "7"},
      {Value::Double(-0.0), "0"},
      {Value::Double(-0x1p63), "-9223372036854775808"},
      {Value::Double(0x1p63), "9223372036854775808u"},
      {Value::Bool(true), "true"},
      {Value::String("a"), "\"a\""},
      {Value::Double(1.5), "none"},
      {Value::Double(0x1p64), "none"},
      {Value::Double(-1e300), "none"},
      {Value::Double(0.0 / 0.0), "none"},
      {Value::Null(), "none"},
      {Value::MakeBytes("a"), "none"},
  };
  for (const auto& [key, shown] : cases) {
    const std::optional<Value> canonical = CanonicalKey(key);
    EXPECT_EQ(canonical ? canonical->DebugString() : "none", shown) << key.DebugString();
  }
}

TEST(ContainersTest, AMapRefusesRepeatedAndUnfitKeys) {
  const Value v = Value::Null();
  EXPECT_EQ(MakeMap({{Value::Int(0), v}, {Value::Uint(0), v}}).error_text(), "repeated key: 0");
  EXPECT_EQ(MakeMap({{Value::String("a"), v}, {Value::Int(1), v}, {Value::String("a"), v}}).error_text(),
            "repeated key: \"a\"");
  EXPECT_EQ(MakeMap({{Value::Double(1), v}}).error_text(), "a map's key cannot be of type double");
  EXPECT_EQ(MakeMap({{Value::Null(), v}}).error_text(), "a map's key cannot be of type null_type");
  EXPECT_EQ(MakeMap({}).map_value().size(), 0u);
}

TEST(ContainersTest, KeysKeepTheirOrder) {
  const Value map = MakeMap(
      {{Value::String("z"), Value::Int(1)}, {Value::Bool(true), Value::Int(2)}, {Value::Int(5), Value::Int(3)}});
  EXPECT_EQ(Value::List(map.map_value().Keys()).DebugString(), "[\"z\", true, 5]");
}

TEST(ContainersTest, FindsWhatASearchThroughAllFinds) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto key = [&]() -> Value {
    const auto n = static_cast<int>(random() % 20);
    switch (random() % 4) {
      case 0:
        return Value::Int(n - 5);
      case 1:
        return Value::Uint(static_cast<uint64_t>(n));
      case 2:
        return Value::String(std::to_string(n));
      default:
        return Value::Bool(n % 2 == 0);
    }
  };
  for (int round = 0; round < 300; ++round) {
    std::vector<std::pair<Value, Value>> entries;
    for (int i = 0; i < 12; ++i) {
      Value k = key();
      const auto same = [&](const auto& entry) { return Value::Equal(entry.first, k); };
      if (std::none_of(entries.begin(), entries.end(), same)) entries.emplace_back(std::move(k), Value::Int(i));
    }
    const Value map = MakeMap(entries);
    ASSERT_EQ(map.kind(), Value::Kind::kMap);
    for (int i = 0; i < 20; ++i) {
      const Value wanted = i % 5 == 0 ? Value::Double(static_cast<double>(random() % 20)) : key();
      const auto found = std::find_if(entries.begin(), entries.end(),
                                      [&](const auto& entry) { return Value::Equal(entry.first, wanted); });
      const std::optional<Value> value = map.map_value().Find(wanted);
      ASSERT_EQ(value.has_value(), found != entries.end()) << wanted.DebugString();
      if (value) {
        ASSERT_EQ(value->int_value(), found->second.int_value());
      }
    }
  }
}

}  // namespace
}  // namespace cadenza::cel
