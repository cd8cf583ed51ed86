#include "clients/cli/backtest/bars.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cadenza::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

backtest::Counts TwoVariants() {
  backtest::Counts counts;
  counts.messages[absl::CivilDay(2026, 2, 27)] = {{"a", 30}, {"b", 10}};
  counts.messages[absl::CivilDay(2026, 3, 1)] = {{"b", 20}};
  return counts;
}

TEST(BarsTest, HasEveryDayAndEveryVariant) {
  const DayBars bars = BarsOf(TwoVariants(), 31);
  EXPECT_THAT(bars.variants, ElementsAre("a", "b"));
  ASSERT_THAT(bars.bars, SizeIs(3));
  EXPECT_EQ(bars.days_each, 1);
  EXPECT_THAT(bars.bars[0].counts, ElementsAre(30, 10));
  EXPECT_THAT(bars.bars[1].counts, ElementsAre(0, 0));
  EXPECT_EQ(bars.bars[1].day, absl::CivilDay(2026, 2, 28));
  EXPECT_THAT(bars.bars[2].counts, ElementsAre(0, 20));
}

TEST(BarsTest, PutsDaysTogetherWhereTheyAreMany) {
  backtest::Counts counts;
  for (int i = 0; i < 100; ++i) counts.messages[absl::CivilDay(2026, 1, 1) + i][""] = 1;
  const DayBars bars = BarsOf(counts, 31);
  EXPECT_EQ(bars.days_each, 4);
  ASSERT_THAT(bars.bars, SizeIs(25));
  EXPECT_THAT(bars.bars[24].counts, ElementsAre(4));
  EXPECT_THAT(BarsText(bars, 10), HasSubstr("4 days a line"));
}

TEST(BarsTest, DrawsThemOnATerminal) {
  EXPECT_EQ(BarsText(BarsOf(TwoVariants(), 31), 8),
            "█ a  ▒ b\n"
            "2026-02-27  ██████▒▒ 40\n"
            "2026-02-28  0\n"
            "2026-03-01  ▒▒▒▒ 20\n");
  EXPECT_THAT(BarsText(DayBars(), 8), IsEmpty());
}

TEST(BarsTest, StacksThemInAPlot) {
  const gnuplot::Plot plot = BarsPlot(BarsOf(TwoVariants(), 31), "knots: messages");
  EXPECT_THAT(plot.script, HasSubstr("2026-02-27 30 40\n2026-02-28 0 0\n2026-03-01 0 20\n"));
  EXPECT_THAT(plot.script, HasSubstr("using 1:3 with boxes fillcolor '#d55e00' linecolor '#ffffff' title \"b\""));
  EXPECT_THAT(plot.script, HasSubstr("set title \"knots: messages\""));
  EXPECT_THAT(BarsPlot(DayBars(), "none").script, HasSubstr("plot NaN notitle"));
}

}  // namespace
}  // namespace cadenza::cli
