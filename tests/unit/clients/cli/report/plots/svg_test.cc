#include "clients/cli/report/plots/svg.h"

#include <cmath>
#include <map>
#include <regex>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/well_formed.h"

namespace cadenza::plots {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::XmlTrouble;

const Words kWords{"plot", "Title <&>", "What \"it\" shows"};

TimePlot Days(size_t days, size_t series) {
  TimePlot plot{TimePlot::Span::kDay, absl::UTCTimeZone(), {}, {}};
  for (size_t i = 0; i < days; ++i) plot.starts.push_back(absl::FromUnixSeconds(1793491200) + absl::Hours(24) * i);
  for (size_t s = 0; s < series; ++s) {
    plot.series.push_back({"<v" + std::to_string(s) + ">", std::vector<int64_t>(days, static_cast<int64_t>(10 * s))});
  }
  return plot;
}

// Of --name in a style sheet, in the order of the schemes.
std::multimap<std::string, std::string> Colours(std::string_view style) {
  std::multimap<std::string, std::string> colours;
  const std::string text(style);
  const std::regex colour("--([a-z0-9-]+):#([0-9a-f]{3,6})");
  for (std::sregex_iterator i(text.begin(), text.end(), colour), end; i != end; ++i) {
    std::string hex = (*i)[2];
    if (hex.size() == 3) hex = {hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]};
    colours.emplace((*i)[1], hex);
  }
  return colours;
}

// WCAG 2.1, relative luminance and contrast ratio.
double Luminance(const std::string& hex) {
  double sum = 0;
  const double weights[] = {0.2126, 0.7152, 0.0722};
  for (size_t i = 0; i < 3; ++i) {
    const double part = std::stoi(hex.substr(2 * i, 2), nullptr, 16) / 255.0;
    sum += weights[i] * (part <= 0.04045 ? part / 12.92 : std::pow((part + 0.055) / 1.055, 2.4));
  }
  return sum;
}
double Contrast(const std::string& a, const std::string& b) {
  const double x = Luminance(a), y = Luminance(b);
  return (std::max(x, y) + 0.05) / (std::min(x, y) + 0.05);
}

TEST(SvgTest, SaysItsTitleAndDescription) {
  const std::string svg = Svg(Days(3, 2), kWords);
  EXPECT_THAT(svg, HasSubstr("role=\"img\" aria-labelledby=\"plot-title plot-desc\""));
  EXPECT_THAT(svg, HasSubstr("<title id=\"plot-title\">Title &lt;&amp;&gt;</title>"));
  EXPECT_THAT(svg, HasSubstr("<desc id=\"plot-desc\">What &quot;it&quot; shows</desc>"));
}

TEST(SvgTest, TimePlotsAreWellFormedAtEverySize) {
  for (const size_t days : {1, 2, 3, 30, 60, 400}) {
    for (const size_t series : {1, 2, 3, 7}) {
      const std::string svg = Svg(Days(days, series), kWords);
      EXPECT_EQ(XmlTrouble(svg), "") << days << " " << series;
      EXPECT_THAT(svg, Not(HasSubstr("nan")));
      EXPECT_THAT(svg, Not(HasSubstr("inf")));
    }
  }
  EXPECT_THAT(Svg(Days(3, 2), kWords), HasSubstr("<title>2 Nov 2026, &lt;v1&gt;: 10</title>"));
}

TEST(SvgTest, NothingIsDrawnOfNothing) {
  EXPECT_EQ(Svg(BarPlot{}, kWords), "");
  EXPECT_EQ(Svg(BarPlot{{{"empty", {}}}}, kWords), "");
  EXPECT_EQ(Svg(TimePlot{}, kWords), "");
  EXPECT_EQ(Svg(Days(3, kSeriesMax + 1), kWords), "");
  EXPECT_EQ(Svg(IntervalPlot{}, kWords), "");
}

TEST(SvgTest, BarsHaveOneScale) {
  const BarPlot plot{{{"Group",
                       {{"entered", 200, "", Bar::Kind::kReached, 0},
                        {"stopped", 50, "25.0%", Bar::Kind::kLost, 150},
                        {"sliver", 1, "", Bar::Kind::kReached, 0},
                        {"nobody", 0, "", Bar::Kind::kReached, 0},
                        {"fewer than none", -3, "", Bar::Kind::kReached, 0}}}}};
  const std::string svg = Svg(plot, kWords);
  EXPECT_EQ(XmlTrouble(svg), "");
  EXPECT_THAT(svg, HasSubstr("x=\"0%\" y=\"50\" width=\"100%\" height=\"12\" rx=\"2\" class=\"reached\""));
  EXPECT_THAT(svg, HasSubstr("x=\"75%\" y=\"92\" width=\"25%\" height=\"12\" rx=\"2\" class=\"lost\""));
  EXPECT_THAT(svg, HasSubstr("width=\"0.5%\""));
  EXPECT_THAT(svg, HasSubstr("<tspan class=\"number\">50</tspan> 25.0%"));
}

TEST(SvgTest, IntervalsShowTheirToneAndTheReference) {
  const IntervalPlot plot{{{"better", 0.016, 0.009, 0.024, "+1.6", "+0.9 to +2.4", IntervalRow::Tone::kBetter},
                           {"worse", -0.02, -0.03, -0.01, "-2.0", "-3.0 to -1.0", IntervalRow::Tone::kWorse},
                           {std::string(63, 'x'), {}, 0, 0, "", "nobody entered", IntervalRow::Tone::kPlain}},
                          0,
                          "no difference",
                          true};
  const std::string svg = Svg(plot, kWords);
  EXPECT_EQ(XmlTrouble(svg), "");
  EXPECT_THAT(svg, HasSubstr("class=\"estimate better\""));
  EXPECT_THAT(svg, HasSubstr("class=\"estimate worse\""));
  EXPECT_THAT(svg, HasSubstr("class=\"reference\""));
  EXPECT_THAT(svg, HasSubstr("no difference"));
  EXPECT_THAT(svg, HasSubstr("…"));
  EXPECT_THAT(svg, HasSubstr("<title>" + std::string(63, 'x') + "</title>"));
}

TEST(SvgTest, ARateOfAllOrNoneIsDrawn) {
  for (const double rate : {0.0, 1.0}) {
    const IntervalPlot plot{{{"v", rate, rate, rate, "", "", IntervalRow::Tone::kPlain}}, rate, "control", false};
    const std::string svg = Svg(plot, kWords);
    EXPECT_EQ(XmlTrouble(svg), "");
    EXPECT_THAT(svg, Not(HasSubstr("nan")));
  }
}

TEST(SvgTest, ColoursCanBeSeenInBothSchemes) {
  const auto colours = Colours(Style());
  const auto both = [&](const std::string& name) {
    std::vector<std::string> found;
    for (auto [i, end] = colours.equal_range(name); i != end; ++i) found.push_back(i->second);
    return found;
  };
  const std::vector<std::string> grounds = both("card");
  ASSERT_EQ(grounds.size(), 2u) << "light and dark";
  for (size_t scheme = 0; scheme < 2; ++scheme) {
    for (const char* text : {"ink", "soft"}) {
      EXPECT_GE(Contrast(both(text).at(scheme), grounds[scheme]), 4.5) << text << " " << scheme;
      EXPECT_GE(Contrast(both(text).at(scheme), both("paper").at(scheme)), 4.5) << text << " " << scheme;
    }
    for (const char* mark : {"s1", "s2", "s3", "s4", "s5", "s6", "s7", "reached", "lost-edge", "better", "worse",
                             "control", "plain", "axis"}) {
      EXPECT_GE(Contrast(both(mark).at(scheme), grounds[scheme]), 3) << mark << " " << scheme;
    }
  }
}

}  // namespace
}  // namespace cadenza::plots
