#include "server/rules/cel/compare.h"

#include <limits>

#include "gtest/gtest.h"

namespace cadenza::cel {
namespace {

const double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(CompareTest, OrdersNumbersAcrossTypes) {
  const int64_t int_max = std::numeric_limits<int64_t>::max();
  const struct {
    Value a;
    Value b;
    Ordering order;
  } cases[] = {
      {Value::Int(1), Value::Int(2), Ordering::kLess},
      {Value::Int(-1), Value::Uint(0), Ordering::kLess},
      {Value::Int(int_max), Value::Uint(uint64_t{1} << 63), Ordering::kLess},
      {Value::Int(3), Value::Uint(3), Ordering::kEqual},
      {Value::Int(1), Value::Double(1.5), Ordering::kLess},
      {Value::Uint(2), Value::Double(1.5), Ordering::kGreater},
      {Value::Int(int_max), Value::Double(0x1p63), Ordering::kEqual},  // as doubles
      {Value::Double(kNaN), Value::Int(1), Ordering::kUnordered},
      {Value::Double(kNaN), Value::Double(kNaN), Ordering::kUnordered},
      {Value::Double(-0.0), Value::Int(0), Ordering::kEqual},
  };
  const auto reversed = [](Ordering order) {
    return order == Ordering::kLess ? Ordering::kGreater : order == Ordering::kGreater ? Ordering::kLess : order;
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Compare(c.a, c.b), c.order) << c.a.DebugString() << " " << c.b.DebugString();
    EXPECT_EQ(Compare(c.b, c.a), reversed(c.order)) << c.b.DebugString() << " " << c.a.DebugString();
    EXPECT_EQ(Equal(c.a, c.b, nullptr), c.order == Ordering::kEqual);
  }
}

TEST(CompareTest, OrdersTheOtherKindsOnlyAmongThemselves) {
  EXPECT_EQ(Compare(Value::Bool(false), Value::Bool(true)), Ordering::kLess);
  EXPECT_EQ(Compare(Value::String("Z"), Value::String("a")), Ordering::kLess);
  EXPECT_EQ(Compare(Value::MakeBytes("a"), Value::MakeBytes("\xFF")), Ordering::kLess);
  EXPECT_EQ(Compare(Value::Duration(absl::Hours(1)), Value::Duration(absl::Minutes(60))), Ordering::kEqual);
  EXPECT_EQ(Compare(Value::Timestamp(absl::Now()), Value::Timestamp(absl::InfinitePast())), Ordering::kGreater);
  EXPECT_EQ(Compare(Value::String("1"), Value::Int(1)), Ordering::kIncomparable);
  EXPECT_EQ(Compare(Value::Null(), Value::Null()), Ordering::kIncomparable);
  EXPECT_EQ(Compare(Value::List(std::vector<Value>()), Value::List(std::vector<Value>())), Ordering::kIncomparable);
}

TEST(CompareTest, EqualityGoesInside) {
  const Value list = Value::List({Value::Int(1), Value::Null()});
  EXPECT_TRUE(Value::Equal(list, Value::List({Value::Double(1), Value::Null()})));
  EXPECT_FALSE(Value::Equal(list, Value::List({Value::Int(1)})));
  EXPECT_FALSE(Value::Equal(Value::List({Value::Double(kNaN)}), Value::List({Value::Double(kNaN)})));
  const Value map = Value::Map({{Value::String("a"), Value::Int(1)}, {Value::Int(2), list}});
  EXPECT_TRUE(Value::Equal(map, Value::Map({{Value::Uint(2), list}, {Value::String("a"), Value::Uint(1)}})));
  EXPECT_FALSE(Value::Equal(map, Value::Map({{Value::Int(3), list}, {Value::String("a"), Value::Int(1)}})));
  EXPECT_TRUE(Value::Equal(Value::Type("int"), Value::Type("int")));
  EXPECT_FALSE(Value::Equal(Value::Type("int"), Value::String("int")));
  EXPECT_FALSE(Value::Equal(Value::Error("e"), Value::Error("e")));
}

TEST(CompareTest, EqualityOfValuesThatShareStopsAtTheMeter) {
  // 2^40 leaves, in 41 lists.
  Value a = Value::Int(1);
  Value b = Value::Int(1);
  for (int i = 0; i < 40; ++i) {
    a = Value::List({a, a});
    b = Value::List({b, b});
  }
  CostMeter cost(10'000);
  Equal(a, b, &cost);
  EXPECT_TRUE(cost.exhausted());
}

TEST(CompareTest, ChargesForLongTexts) {
  const Value text = Value::String(std::string(16'000, 'x'));
  CostMeter cost(2'000);
  EXPECT_TRUE(Equal(text, text, &cost));
  EXPECT_EQ(cost.left(), 2'000 - 1 - 1'000);
  Equal(text, text, &cost);
  EXPECT_TRUE(cost.exhausted());
}

}  // namespace
}  // namespace cadenza::cel
