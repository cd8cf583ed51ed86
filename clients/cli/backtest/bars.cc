#include "clients/cli/backtest/bars.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <set>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "storage/base/text.h"

namespace cadenza::cli {
namespace {

// Okabe and Ito, "Color Universal Design": told apart by the colour-blind.
constexpr std::array<const char*, 7> kColours = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                                 "#e69f00", "#56b4e9", "#999999"};
constexpr std::array<const char*, 6> kShades = {"█", "▒", "▓", "░", "#", "="};

std::string NameOf(const std::string& variant_id) { return variant_id.empty() ? "messages" : variant_id; }
std::string DayText(absl::CivilDay day) { return absl::FormatCivilTime(day); }

}  // namespace

int64_t DayBars::Bar::total() const { return std::accumulate(counts.begin(), counts.end(), int64_t{0}); }

DayBars BarsOf(const backtest::Counts& counts, int bars_max) {
  DayBars bars;
  if (counts.messages.empty()) return bars;
  std::set<std::string> variants;
  for (const auto& [day, by_variant] : counts.messages) {
    for (const auto& [variant_id, count] : by_variant) variants.insert(variant_id);
  }
  bars.variants.assign(variants.begin(), variants.end());
  const absl::CivilDay first = counts.messages.begin()->first;
  const int64_t days = counts.messages.rbegin()->first - first + 1;
  bars.days_each = static_cast<int>((days + bars_max - 1) / bars_max);
  bars.bars.resize(static_cast<size_t>((days + bars.days_each - 1) / bars.days_each));
  for (size_t i = 0; i < bars.bars.size(); ++i) {
    bars.bars[i].day = first + static_cast<int64_t>(i) * bars.days_each;
    bars.bars[i].counts.resize(bars.variants.size());
  }
  for (const auto& [day, by_variant] : counts.messages) {
    DayBars::Bar& bar = bars.bars[static_cast<size_t>((day - first) / bars.days_each)];
    for (size_t v = 0; v < bars.variants.size(); ++v) {
      const auto found = by_variant.find(bars.variants[v]);
      if (found != by_variant.end()) bar.counts[v] += found->second;
    }
  }
  return bars;
}

std::string BarsText(const DayBars& bars, int width) {
  if (bars.bars.empty()) return "";
  int64_t most = 1;
  for (const DayBars::Bar& bar : bars.bars) most = std::max(most, bar.total());
  std::vector<std::string> legend;
  for (size_t v = 0; v < bars.variants.size(); ++v) {
    legend.push_back(StrCat(kShades[v % kShades.size()], " ", NameOf(bars.variants[v])));
  }
  std::string text =
      StrCat(absl::StrJoin(legend, "  "), bars.days_each > 1 ? StrCat(", ", bars.days_each, " days a line") : "", "\n");
  for (const DayBars::Bar& bar : bars.bars) {
    StrAppend(&text, DayText(bar.day), "  ");
    int64_t sum = 0;
    int drawn = 0;
    for (size_t v = 0; v < bar.counts.size(); ++v) {
      sum += bar.counts[v];
      // Ends where the sum so far ends, so that rounding does not add up.
      for (const int64_t end = (sum * width + most / 2) / most; drawn < end; ++drawn) {
        StrAppend(&text, kShades[v % kShades.size()]);
      }
    }
    StrAppend(&text, drawn > 0 ? " " : "", sum, "\n");
  }
  return text;
}

gnuplot::Plot BarsPlot(const DayBars& bars, const std::string& title) {
  gnuplot::Plot plot{.name = "messages", .script = ""};
  std::string lines;
  for (const DayBars::Bar& bar : bars.bars) {
    StrAppend(&lines, DayText(bar.day));
    int64_t sum = 0;
    for (const int64_t count : bar.counts) StrAppend(&lines, " ", sum += count);
    StrAppend(&lines, "\n");
  }
  // From the whole stack down, each in front of the one before.
  std::vector<std::string> curves;
  for (size_t v = bars.variants.size(); v-- > 0;) {
    curves.push_back(absl::StrFormat("$data using 1:%d with boxes fillcolor '%s' linecolor '#ffffff' title %s", v + 2,
                                     kColours[v % kColours.size()], gnuplot::Quoted(NameOf(bars.variants[v]))));
  }
  if (curves.empty()) curves.emplace_back("NaN notitle");
  plot.script =
      StrCat(gnuplot::Style(plot.name, 900, 420), lines.empty() ? "" : gnuplot::Block(lines), "set title ",
             gnuplot::Quoted(title), "\nset ylabel ",
             gnuplot::Quoted(bars.days_each > 1 ? StrCat("messages in ", bars.days_each, " days") : "messages a day"),
             "\nset xdata time\nset timefmt '%Y-%m-%d'\nset format x '%Y-%m-%d'\nset xtics rotate by -30\n"
             "set yrange [0:*]\nset style fill solid 1\nset boxwidth ",
             0.86 * 86400 * bars.days_each, "\nset key outside right top\n",
             lines.empty() ? "set xrange ['2000-01-01':'2000-01-02']\nset yrange [0:1]\n" : "", "plot ",
             absl::StrJoin(curves, ", "), "\n");
  return plot;
}

}  // namespace cadenza::cli
