#include "clients/cli/report/wilson.h"

#include "gtest/gtest.h"

namespace cadenza::report {
namespace {

// Newcombe 1998, Two-sided confidence intervals for the single proportion, table I, method 3.
TEST(WilsonTest, PublishedExamples) {
  const struct {
    int64_t converted, users;
    double low, high;
  } cases[] = {{81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0, 0.1611}, {1, 29, 0.0061, 0.1718}};
  for (const auto& [converted, users, low, high] : cases) {
    const RateInterval interval = Wilson(converted, users);
    EXPECT_NEAR(interval.low, low, 5e-5) << converted << "/" << users;
    EXPECT_NEAR(interval.high, high, 5e-5) << converted << "/" << users;
  }
}

TEST(WilsonTest, HoldsItsEstimate) {
  for (int64_t users = 1; users < 60; ++users) {
    for (int64_t converted = 0; converted <= users; ++converted) {
      const RateInterval interval = Wilson(converted, users);
      ASSERT_LE(0, interval.low);
      ASSERT_LE(interval.low, interval.rate);
      ASSERT_LE(interval.rate, interval.high);
      ASSERT_LE(interval.high, 1);
    }
  }
}

}  // namespace
}  // namespace cadenza::report
