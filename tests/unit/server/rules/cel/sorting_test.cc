#include "server/rules/cel/sorting.h"

#include <algorithm>
#include <random>

#include "gtest/gtest.h"

namespace cadenza::cel {
namespace {

TEST(SortingTest, KeepsTheOrderOfEqualKeys) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  std::vector<Value> places;
  std::vector<Value> keys;
  std::vector<std::pair<int64_t, int64_t>> expected;
  for (int64_t i = 0; i < 500; ++i) {
    const auto key = static_cast<int64_t>(random() % 20) - 10;
    places.push_back(Value::Int(i));
    keys.push_back(Value::Int(key));
    expected.emplace_back(key, i);
  }
  std::sort(expected.begin(), expected.end());
  CallContext context{CostMeter(1'000'000), 1 << 20};
  const Value sorted = SortByKeys(Value::List(places).list_value(), keys, context);
  ASSERT_EQ(sorted.kind(), Value::Kind::kList);
  for (size_t i = 0; i < expected.size(); ++i) {
    ASSERT_EQ(sorted.list_value().at(i).int_value(), expected[i].second) << i;
  }
}

TEST(SortingTest, ChargesForLongKeys) {
  const std::vector<Value> keys(100, Value::String(std::string(1 << 20, 'a')));
  CallContext context{CostMeter(1'000'000), 1 << 20};
  EXPECT_TRUE(SortByKeys(Value::List(keys).list_value(), keys, context).is_error());
  EXPECT_TRUE(context.cost.exhausted());
}

}  // namespace
}  // namespace cadenza::cel
