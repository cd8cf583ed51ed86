#include "clients/load/histogram.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "gtest/gtest.h"
#include "tests/support/seed.h"

namespace cadenza::load {
namespace {

constexpr double kPrecision = 0.001;

TEST(HistogramTest, IsZeroWhileEmpty) {
  const Histogram histogram;
  EXPECT_EQ(histogram.count(), 0);
  EXPECT_EQ(histogram.Quantile(0.5), absl::ZeroDuration());
  EXPECT_EQ(histogram.Max(), absl::ZeroDuration());
  EXPECT_EQ(histogram.Mean(), absl::ZeroDuration());
}

TEST(HistogramTest, KnowsEveryMicrosecondBelowTwoMilliseconds) {
  for (int micros = 1; micros < 2048; ++micros) {
    Histogram histogram;
    histogram.Record(absl::Microseconds(micros));
    histogram.Record(absl::Hours(1));
    EXPECT_EQ(histogram.Quantile(0.5), absl::Microseconds(micros));
  }
}

TEST(HistogramTest, KnowsThreeDigitsUpToAnHour) {
  for (double micros = 1; micros <= 3.6e9; micros *= 1.0137) {
    Histogram histogram;
    const absl::Duration value = absl::Microseconds(static_cast<int64_t>(micros));
    histogram.Record(value);
    histogram.Record(absl::Hours(1));
    const absl::Duration found = histogram.Quantile(0.5);
    EXPECT_GE(found, value);
    EXPECT_LE(found, value * (1 + kPrecision)) << value;
  }
}

TEST(HistogramTest, ClampsWhatIsOutOfRange) {
  Histogram histogram;
  histogram.Record(absl::Nanoseconds(3));
  histogram.Record(-absl::Seconds(1));
  EXPECT_EQ(histogram.Max(), absl::Microseconds(1));
  EXPECT_EQ(histogram.saturated(), 0);
  histogram.Record(absl::Hours(1));
  EXPECT_EQ(histogram.saturated(), 0);
  histogram.Record(absl::Hours(2));
  histogram.Record(absl::InfiniteDuration());
  EXPECT_EQ(histogram.saturated(), 2);
  EXPECT_EQ(histogram.Max(), absl::Hours(1));
  EXPECT_EQ(histogram.Quantile(1), absl::Hours(1));
  EXPECT_EQ(histogram.Quantile(0), absl::Microseconds(1));
  EXPECT_EQ(histogram.count(), 5);
}

TEST(HistogramTest, QuantileIsTheLeastThatManyDoNotExceed) {
  Histogram histogram;
  for (int i = 1; i <= 100; ++i) histogram.Record(absl::Microseconds(i));
  EXPECT_EQ(histogram.Quantile(0), absl::Microseconds(1));
  EXPECT_EQ(histogram.Quantile(0.5), absl::Microseconds(50));
  EXPECT_EQ(histogram.Quantile(0.99), absl::Microseconds(99));
  EXPECT_EQ(histogram.Quantile(0.991), absl::Microseconds(100));
  EXPECT_EQ(histogram.Quantile(1), absl::Microseconds(100));
  EXPECT_EQ(histogram.Quantile(7), absl::Microseconds(100));
  EXPECT_EQ(histogram.Mean(), absl::Microseconds(50.5));
}

TEST(HistogramTest, QuantileNeverExceedsTheGreatestValue) {
  Histogram histogram;
  histogram.Record(absl::Microseconds(1'000'001));
  EXPECT_EQ(histogram.Quantile(0.5), absl::Microseconds(1'000'001));
}

TEST(HistogramTest, CountsManyAtOnce) {
  Histogram histogram;
  histogram.Record(absl::Microseconds(10), 99);
  histogram.Record(absl::Microseconds(20), 1);
  histogram.Record(absl::Microseconds(30), 0);
  EXPECT_EQ(histogram.count(), 100);
  EXPECT_EQ(histogram.Quantile(0.99), absl::Microseconds(10));
  EXPECT_EQ(histogram.Max(), absl::Microseconds(20));
}

TEST(HistogramTest, ClearForgetsEverything) {
  Histogram histogram;
  histogram.Record(absl::Hours(5));
  histogram.Clear();
  EXPECT_EQ(histogram.count(), 0);
  EXPECT_EQ(histogram.saturated(), 0);
  EXPECT_EQ(histogram.Max(), absl::ZeroDuration());
  histogram.Record(absl::Microseconds(5));
  EXPECT_EQ(histogram.Quantile(1), absl::Microseconds(5));
}

// Against the definition, on sorted values; and merged parts against the whole.
TEST(HistogramTest, AgreesWithSortedValuesAndMerges) {
  const uint64_t seed = testing::TestSeed();
  SCOPED_TRACE(testing::SeedLine(seed));
  std::mt19937_64 random(seed);
  std::lognormal_distribution<double> latency(7, 2);
  Histogram whole;
  std::vector<Histogram> parts(3);
  std::vector<int64_t> values;
  for (int i = 0; i < 10'000; ++i) {
    const int64_t micros = std::clamp<int64_t>(static_cast<int64_t>(latency(random)), 1, 3'600'000'000);
    values.push_back(micros);
    whole.Record(absl::Microseconds(micros));
    parts[random() % parts.size()].Record(absl::Microseconds(micros));
  }
  std::sort(values.begin(), values.end());
  Histogram merged;
  for (const Histogram& part : parts) merged.Merge(part);
  EXPECT_EQ(merged.count(), whole.count());
  EXPECT_EQ(merged.Max(), absl::Microseconds(values.back()));
  EXPECT_EQ(merged.Mean(), whole.Mean());
  for (int permille = 1; permille <= 1000; ++permille) {
    const double q = permille / 1000.0;
    const absl::Duration exact = absl::Microseconds(values[static_cast<size_t>(permille) * 10 - 1]);
    EXPECT_EQ(merged.Quantile(q), whole.Quantile(q)) << q;
    EXPECT_GE(whole.Quantile(q), exact) << q;
    EXPECT_LE(whole.Quantile(q), exact * (1 + kPrecision)) << q;
  }
}

}  // namespace
}  // namespace cadenza::load
