#include <algorithm>

#include "clients/cli/report/plots/svg_parts.h"
#include "clients/cli/report/plots/text.h"
#include "storage/base/text.h"

namespace cadenza::plots {
namespace {

constexpr double kTitleHeight = 30;
constexpr double kRowHeight = 42;
constexpr double kBarHeight = 12;
// A bar that stands for something can be seen.
constexpr double kLeastWidth = 0.4;

std::string DrawBar(const Bar& bar, double y, int64_t whole) {
  std::string out = svg::LabelLine(y + 13, bar.label, Count(bar.count), bar.note);
  const auto rect = [&](std::string_view css_class, double x, double width) {
    StrAppend(&out, "<rect x=\"", svg::Number(x), "%\" y=\"", svg::Number(y + 20), "\" width=\"", svg::Number(width),
              "%\" height=\"", svg::Number(kBarHeight), "\" rx=\"2\" class=\"", css_class, "\"/>\n");
  };
  rect("track", 0, 100);
  if (bar.count <= 0 || whole <= 0) return out;
  const double width = std::max(kLeastWidth, 100.0 * static_cast<double>(bar.count) / static_cast<double>(whole));
  const double x = std::min(100.0 * static_cast<double>(bar.begin) / static_cast<double>(whole), 100 - width);
  rect(bar.kind == Bar::Kind::kLost ? "lost" : "reached", std::max(0.0, x), width);
  return out;
}

}  // namespace

std::string Svg(const BarPlot& plot, const Words& words) {
  std::string inside;
  double y = 0;
  for (const BarGroup& group : plot.groups) {
    if (group.bars.empty()) continue;
    int64_t whole = 0;
    for (const Bar& bar : group.bars) whole = std::max(whole, bar.begin + bar.count);
    if (!group.title.empty()) {
      inside += svg::Text(0, y + 16, "start", "group", group.title);
      y += kTitleHeight;
    }
    for (const Bar& bar : group.bars) {
      inside += DrawBar(bar, y, whole);
      y += kRowHeight;
    }
    y += 8;
  }
  return inside.empty() ? "" : svg::Frame(words, y - 8, inside);
}

}  // namespace cadenza::plots
