#include "clients/cli/report/plots/terminal.h"

#include <algorithm>
#include <sstream>

#include "clients/cli/report/plots/text.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/base/utf8.h"

namespace cadenza::plots {
namespace {

using ::testing::HasSubstr;

void ExpectFits(const std::string& text, const Terminal& terminal) {
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    EXPECT_LE(Columns(line), terminal.width) << line;
    EXPECT_TRUE(terminal.utf8 || IsPrintableAscii(line)) << line;
  }
}

const BarPlot kBars{{{"Group",
                      {{"entered", 200, "", Bar::Kind::kReached, 0},
                       {"stopped", 50, "25.0%", Bar::Kind::kLost, 150},
                       {"one", 1, "", Bar::Kind::kReached, 0},
                       {"nobody", 0, "", Bar::Kind::kReached, 0}}}}};

TEST(TerminalTest, BarsInAscii) {
  EXPECT_EQ(Text(kBars, {.width = 46, .utf8 = false}),
            "Group\n"
            "  entered  200         #######################\n"
            "  stopped   50  25.0%                   ------\n"
            "  one        1         #\n"
            "  nobody     0\n");
}

TEST(TerminalTest, BarsInEighths) {
  const std::string text = Text(kBars, {.width = 46, .utf8 = true});
  EXPECT_THAT(text, HasSubstr("  entered  200         " + std::string("███████████████████████\n")));
  EXPECT_THAT(text, HasSubstr("  one        1         ▏\n"));
  EXPECT_THAT(text, HasSubstr("░\n"));
}

TEST(TerminalTest, EveryPlotFitsEveryTerminal) {
  TimePlot days{TimePlot::Span::kDay, absl::UTCTimeZone(), {}, {{"short", {}}, {std::string(63, 'x'), {}}}};
  for (int i = 0; i < 300; ++i) {
    days.starts.push_back(absl::UnixEpoch() + absl::Hours(24) * i);
    days.series[0].counts.push_back(i * 1000);
    days.series[1].counts.push_back(300 - i);
  }
  const IntervalPlot intervals{{{std::string(63, 'y'), 0.1, 0.05, 0.2, "10.0%", "5.00 to 20.0%", {}},
                                {"none", {}, 0, 0, "", "nobody entered", {}},
                                {"negative", -0.1, -0.2, 0, "-10.0%", "-20.0 to 0%", {}}},
                               0,
                               "",
                               true};
  BarPlot bars = kBars;
  bars.groups[0].bars.push_back({std::string(63, 'z'), 1234567, "12.3% of delivered", Bar::Kind::kLost, 9});
  for (const size_t width : {40, 60, 80, 160}) {
    for (const bool utf8 : {false, true}) {
      const Terminal terminal{width, utf8};
      for (const std::string& text : {Text(bars, terminal), Text(days, terminal), Text(intervals, terminal)}) {
        ExpectFits(text, terminal);
      }
    }
  }
}

TEST(TerminalTest, ACurveShowsItsHighestAndItsDates) {
  const TimePlot plot{TimePlot::Span::kDay,
                      absl::UTCTimeZone(),
                      {absl::UnixEpoch(), absl::UnixEpoch() + absl::Hours(24)},
                      {{"messages", {1, 1200}}}};
  const std::string text = Text(plot, {.width = 60, .utf8 = false});
  EXPECT_THAT(text, HasSubstr("1,200 | #\n"));
  EXPECT_THAT(text, HasSubstr("    0 |##\n"));
  EXPECT_THAT(text, HasSubstr("1 Jan 1970"));
  EXPECT_THAT(text, HasSubstr("2 Jan 1970"));
}

TEST(TerminalTest, AnIntervalLiesAroundItsEstimate) {
  const IntervalPlot plot{
      {{"v", 0.5, 0.25, 0.75, "50.0%", "25.0 to 75.0%", {}}, {"w", 1, 1, 1, "100%", "", {}}}, 0, "", false};
  const std::string text = Text(plot, {.width = 50, .utf8 = false});
  EXPECT_THAT(text, HasSubstr("[----o-----]"));
  EXPECT_THAT(text, HasSubstr("  v  50.0%  25.0 to 75.0%  :"));
  EXPECT_THAT(text, HasSubstr("o\n"));
}

TEST(TerminalTest, NothingIsDrawnOfNothing) {
  EXPECT_EQ(Text(BarPlot{}, {}), "");
  EXPECT_EQ(Text(TimePlot{}, {}), "");
  EXPECT_EQ(Text(IntervalPlot{}, {}), "");
}

}  // namespace
}  // namespace cadenza::plots
