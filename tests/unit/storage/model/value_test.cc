#include "storage/model/value.h"

#include <map>

#include "gtest/gtest.h"
#include "storage/model/limits.h"
#include "tests/support/random_model.h"
#include "tests/support/seed.h"

namespace cadenza {
namespace {

TEST(ValueTest, KindsHaveNames) {
  EXPECT_EQ(KindName(Value().kind()), "null");
  EXPECT_EQ(KindName(Value::Bool(true).kind()), "bool");
  EXPECT_EQ(KindName(Value::Int(1).kind()), "int64");
  EXPECT_EQ(KindName(Value::Double(1).kind()), "double");
  EXPECT_EQ(KindName(Value::String("").kind()), "string");
  EXPECT_EQ(KindName(Value::Timestamp(absl::UnixEpoch()).kind()), "timestamp");
  EXPECT_EQ(KindName(Value::List({}).kind()), "list");
  EXPECT_EQ(KindName(Value::Map({}).kind()), "map");
}

TEST(ValueTest, EqualityIsByKindAndContent) {
  EXPECT_EQ(Value::Int(1), Value::Int(1));
  EXPECT_NE(Value::Int(1), Value::Double(1));
  EXPECT_NE(Value::Null(), Value::Bool(false));
  EXPECT_EQ(Value::List({Value::Int(1), Value::Null()}), Value::List({Value::Int(1), Value::Null()}));
  EXPECT_NE(Value::List({Value::Int(1), Value::Int(2)}), Value::List({Value::Int(2), Value::Int(1)}));
  EXPECT_EQ(Value::Map({{"b", Value::Int(2)}, {"a", Value::Int(1)}}),
            Value::Map({{"a", Value::Int(1)}, {"b", Value::Int(2)}}));
  EXPECT_NE(Value::Map({{"a", Value::Int(1)}}), Value::Map({{"a", Value::Int(2)}}));
}

TEST(ValueTest, CopiesDoNotSeeEachOthersChanges) {
  ValueMap original{{"list", Value::List({Value::Int(1)})}};
  ValueMap copy = original;
  *copy.FindMutable("list") = Value::Int(7);
  EXPECT_EQ(original.Find("list")->kind(), Value::Kind::kList);
  EXPECT_EQ(copy.Find("list")->int_value(), 7);
}

TEST(ValueTest, DepthCountsListsAndMaps) {
  EXPECT_EQ(Value::Int(1).Depth(), 0);
  EXPECT_EQ(Value::List({}).Depth(), 1);
  EXPECT_EQ(Value::Map({{"a", Value::List({Value::Int(1)})}, {"b", Value::Int(1)}}).Depth(), 2);
}

TEST(ValueTest, AStringOfTheLimitIsWithinItAndOneMoreIsNot) {
  EXPECT_TRUE(WithinValueBytes(Value::String(std::string(limits::kValueBytes, 'x'))));
  EXPECT_FALSE(WithinValueBytes(Value::String(std::string(limits::kValueBytes + 1, 'x'))));
  EXPECT_FALSE(WithinValueBytes(Value::List({Value::String(std::string(limits::kValueBytes, 'x'))})));
}

TEST(ValueTest, ByteSizeIsNeverLessThanItsText) {
  const Value value = Value::Map({{"key", Value::List({Value::String("12345"), Value::String("678")})}});
  EXPECT_GE(value.ByteSize(), 3u + 5u + 3u);
}

TEST(ValueMapTest, BehavesLikeAMap) {
  const uint64_t seed = testing::TestSeed();
  SCOPED_TRACE(testing::SeedLine(seed));
  testing::RandomModel random(seed);
  ValueMap map;
  std::map<std::string, Value> reference;
  for (int i = 0; i < 5000; ++i) {
    const std::string key = std::to_string(random.Between(0, 60));
    if (random.OneIn(3)) {
      ASSERT_EQ(map.Erase(key), reference.erase(key) == 1);
    } else {
      const Value value = random.AnyValue(1);
      map.Set(key, value);
      reference[key] = value;
    }
    const Value* found = map.Find(key);
    ASSERT_EQ(found != nullptr, reference.count(key) == 1);
    if (found != nullptr) {
      ASSERT_EQ(*found, reference[key]);
    }
    ASSERT_EQ(map.size(), reference.size());
  }
  ASSERT_TRUE(std::equal(map.begin(), map.end(), reference.begin(), reference.end(),
                         [](const auto& a, const auto& b) { return a.first == b.first && a.second == b.second; }));
}

}  // namespace
}  // namespace cadenza
