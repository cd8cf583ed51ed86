#include "clients/cli/report/plots/plot.h"

#include <cmath>
#include <random>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/seed.h"

namespace cadenza::plots {
namespace {

using ::testing::ElementsAre;

TEST(PlotTest, TicksCoverTheRangeInRoundSteps) {
  EXPECT_THAT(Ticks(0, 4, 5), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(Ticks(0, 1047, 5), ElementsAre(0, 500, 1000, 1500));
  EXPECT_THAT(Ticks(-1, 3, 3), ElementsAre(-5, 0, 5));
}

TEST(PlotTest, TicksOfAnyRange) {
  const uint64_t seed = testing::TestSeed();
  SCOPED_TRACE(testing::SeedLine(seed));
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> exponent(-6, 9), sign(-1, 1);
  for (int i = 0; i < 2000; ++i) {
    const double low = sign(random) * std::pow(10, exponent(random));
    const double high = low + std::pow(10, exponent(random));
    if ((high - low) < std::abs(low) * 1e-6) continue;  // no room between neighbouring numbers
    const std::vector<double> ticks = Ticks(low, high, 5);
    const double slack = (high - low) * 1e-6;
    ASSERT_GE(ticks.size(), 2u) << low << " " << high;
    ASSERT_LE(ticks.size(), 5u) << low << " " << high;
    ASSERT_LE(ticks.front(), low + slack);
    ASSERT_GE(ticks.back(), high - slack);
  }
}

TEST(PlotTest, TheGreatestStayAndTheOthersAreTheirMean) {
  TimePlot plot{
      TimePlot::Span::kDay, absl::UTCTimeZone(), {absl::UnixEpoch(), absl::UnixEpoch() + absl::Hours(24)}, {}};
  for (int64_t i = 0; i < 9; ++i) plot.series.push_back({"v" + std::to_string(i), {i, 10 * i}});
  const TimePlot few = WithFewSeries(plot);
  ASSERT_EQ(few.series.size(), kSeriesMax);
  EXPECT_EQ(few.series[0].name, "v3");
  EXPECT_EQ(few.series[5].name, "v8");
  EXPECT_EQ(few.series[6].name, "3 others, mean");
  EXPECT_THAT(few.series[6].counts, ElementsAre(1, 10));
  plot.series.resize(kSeriesMax);
  EXPECT_EQ(WithFewSeries(plot).series[6].name, "v6");
}

TEST(PlotTest, AStartIsADayOrAnHour) {
  TimePlot plot{TimePlot::Span::kDay, absl::FixedTimeZone(3600), {absl::FromUnixSeconds(1793487600)}, {}};
  EXPECT_EQ(StartText(plot, 0), "1 Nov 2026");
  plot.span = TimePlot::Span::kHour;
  EXPECT_EQ(StartText(plot, 0), "1 Nov 2026 00:00");
}

}  // namespace
}  // namespace cadenza::plots
