#include "server/rules/cel/cost.h"

#include <limits>

#include "gtest/gtest.h"

namespace cadenza::cel {
namespace {

TEST(CostMeterTest, StaysExhausted) {
  CostMeter cost(10);
  EXPECT_TRUE(cost.Charge(10));
  EXPECT_FALSE(cost.exhausted());
  EXPECT_FALSE(cost.Charge(1));
  EXPECT_TRUE(cost.exhausted());
  EXPECT_FALSE(cost.Charge(0));
}

TEST(CostMeterTest, ChargesBytesBySixteens) {
  CostMeter cost(2);
  EXPECT_TRUE(cost.ChargeBytes(15));
  EXPECT_TRUE(cost.ChargeBytes(32));
  EXPECT_EQ(cost.left(), 0);
  EXPECT_FALSE(cost.ChargeBytes(16));
}

TEST(CostMeterTest, DoesNotOverflow) {
  CostMeter cost(1);
  for (int i = 0; i < 8; ++i) EXPECT_FALSE(cost.Charge(std::numeric_limits<int64_t>::max() / 2));
  EXPECT_TRUE(cost.exhausted());
}

}  // namespace
}  // namespace cadenza::cel
