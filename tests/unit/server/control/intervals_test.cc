#include "server/control/intervals.h"

#include <gtest/gtest.h>

#include <cmath>

namespace cadenza {
namespace {

struct Published {
  Proportion a, b;
  double low, high;
};

// R. G. Newcombe, Statistics in Medicine 17, 1998, 857-872, table I, method 3.
TEST(IntervalsTest, OfOneProportionAreThoseOfThePaper) {
  const Published published[] = {{{81, 263}, {}, 0.2553, 0.3662},
                                 {{15, 148}, {}, 0.0624, 0.1605},
                                 {{0, 20}, {}, 0, 0.1611},
                                 {{1, 29}, {}, 0.0061, 0.1718}};
  for (const Published& example : published) {
    const auto interval = WilsonInterval(example.a);
    ASSERT_TRUE(interval.has_value());
    EXPECT_NEAR(interval->low, example.low, 5e-5) << example.a.of;
    EXPECT_NEAR(interval->high, example.high, 5e-5) << example.a.of;
  }
}

// R. G. Newcombe, Statistics in Medicine 17, 1998, 873-890, table II, method 10.
TEST(IntervalsTest, OfADifferenceAreThoseOfThePaper) {
  const Published published[] = {
      {{56, 70}, {48, 80}, 0.0524, 0.3339}, {{9, 10}, {3, 10}, 0.1705, 0.8090},  {{6, 7}, {2, 7}, 0.0582, 0.8062},
      {{5, 56}, {0, 29}, -0.0381, 0.1926},  {{0, 10}, {0, 20}, -0.1611, 0.2775}, {{0, 10}, {0, 10}, -0.2775, 0.2775},
      {{10, 10}, {0, 20}, 0.6791, 1.0000},  {{10, 10}, {0, 10}, 0.6075, 1.0000},
  };
  for (const Published& example : published) {
    const auto interval = DifferenceInterval(example.a, example.b);
    ASSERT_TRUE(interval.has_value());
    EXPECT_NEAR(interval->low, example.low, 5e-5) << example.a.of << "/" << example.a.all;
    EXPECT_NEAR(interval->high, example.high, 5e-5) << example.a.of << "/" << example.a.all;
    const auto mirrored = DifferenceInterval(example.b, example.a);
    EXPECT_NEAR(mirrored->low, -interval->high, 1e-12);
    EXPECT_NEAR(mirrored->high, -interval->low, 1e-12);
  }
}

// The Physicians' Health Study (New England Journal of Medicine 318, 1988, 262-264), as A. Agresti, Categorical Data
// Analysis, works it out: 189 of 11,034 against 104 of 11,037, a relative risk of 1.82 (1.43 to 2.30).
TEST(IntervalsTest, OfARatioAreThoseOfTheTextbook) {
  const auto interval = RelativeInterval({189, 11034}, {104, 11037});
  ASSERT_TRUE(interval.has_value());
  EXPECT_NEAR(interval->estimate, 0.82, 0.005);
  EXPECT_NEAR(interval->low, 0.43, 0.005);
  EXPECT_NEAR(interval->high, 1.30, 0.01);
}

TEST(IntervalsTest, AreAbsentWhereTheyMeanNothing) {
  EXPECT_FALSE(WilsonInterval({0, 0}).has_value());
  EXPECT_FALSE(DifferenceInterval({0, 0}, {1, 2}).has_value());
  EXPECT_FALSE(DifferenceInterval({1, 2}, {0, 0}).has_value());
  EXPECT_FALSE(RelativeInterval({0, 5}, {1, 2}).has_value());
  EXPECT_FALSE(RelativeInterval({1, 5}, {0, 2}).has_value());
}

TEST(IntervalsTest, HoldTheirEstimateAndStayInTheirBounds) {
  for (int64_t n : {1, 2, 7, 100, 1'000'000'000}) {
    for (int64_t m : {1, 3, 50}) {
      for (int64_t of : {int64_t{0}, n / 2, n}) {
        for (int64_t of_b : {int64_t{0}, m / 2, m}) {
          const auto difference = DifferenceInterval({of, n}, {of_b, m});
          ASSERT_TRUE(difference.has_value());
          EXPECT_LE(difference->low, difference->estimate);
          EXPECT_LE(difference->estimate, difference->high);
          EXPECT_GE(difference->low, -1 - 1e-12);
          EXPECT_LE(difference->high, 1 + 1e-12);
          const auto relative = RelativeInterval({of, n}, {of_b, m});
          if (!relative.has_value()) continue;
          EXPECT_LE(relative->low, relative->estimate);
          EXPECT_LE(relative->estimate, relative->high);
          EXPECT_TRUE(std::isfinite(relative->high));
        }
      }
    }
  }
}

}  // namespace
}  // namespace cadenza
