#include <algorithm>

#include "clients/cli/report/plots/svg_parts.h"
#include "clients/cli/report/plots/text.h"
#include "storage/base/text.h"

namespace cadenza::plots {
namespace {

constexpr double kRowHeight = 44;
constexpr double kAxisHeight = 28;
constexpr double kMargin = 2;  // percent, at both sides

struct Scale {
  std::vector<double> ticks;
  double x(double value) const {
    const double part = (value - ticks.front()) / (ticks.back() - ticks.front());
    return kMargin + (100 - 2 * kMargin) * std::clamp(part, 0.0, 1.0);
  }
};

Scale ScaleOf(const IntervalPlot& plot) {
  double low = plot.reference.value_or(0), high = low;
  low = std::min(low, 0.0);
  for (const IntervalRow& row : plot.rows) {
    if (!row.estimate.has_value()) continue;
    low = std::min(low, row.low);
    high = std::max(high, row.high);
  }
  if (high - low < 1e-9) high = low + 0.01;
  return {Ticks(low, high, 5)};
}

std::string_view ClassOf(IntervalRow::Tone tone) {
  switch (tone) {
    case IntervalRow::Tone::kControl:
      return "control";
    case IntervalRow::Tone::kBetter:
      return "better";
    case IntervalRow::Tone::kWorse:
      return "worse";
    case IntervalRow::Tone::kPlain:
      break;
  }
  return "plain";
}

std::string DrawRow(const IntervalRow& row, const Scale& scale, double y) {
  std::string out = svg::LabelLine(y + 13, row.label, row.number, row.note);
  if (!row.estimate.has_value()) return out;
  const double low = scale.x(row.low), high = scale.x(row.high), middle = y + 28;
  const std::string tone = StrCat("interval ", ClassOf(row.tone));
  out += svg::Across(low, high, middle, tone);
  out += svg::UpDown(low, middle - 5, middle + 5, tone);
  out += svg::UpDown(high, middle - 5, middle + 5, tone);
  StrAppend(&out, "<circle cx=\"", svg::Number(scale.x(*row.estimate)), "%\" cy=\"", svg::Number(middle),
            "\" r=\"5.5\" class=\"estimate ", ClassOf(row.tone), "\"/>\n");
  return out;
}

}  // namespace

std::string Svg(const IntervalPlot& plot, const Words& words) {
  if (plot.rows.empty()) return "";
  const Scale scale = ScaleOf(plot);
  const bool labelled = plot.reference.has_value() && !plot.reference_label.empty();
  const double top = labelled ? 22 : 0;
  const double bottom = top + kRowHeight * static_cast<double>(plot.rows.size());
  std::string inside;
  for (const double tick : scale.ticks) {
    const double x = scale.x(tick);
    const char* anchor = x < 10 ? "start" : x > 90 ? "end" : "middle";
    inside += svg::UpDown(x, top, bottom, "grid");
    inside += svg::Text(x < 10   ? 0
                        : x > 90 ? 100
                                 : x,
                        bottom + 20, anchor, "tick", plot.difference ? SignedPoints(tick) : Percent(tick));
  }
  if (plot.reference.has_value()) {
    const double x = scale.x(*plot.reference);
    inside += svg::UpDown(x, labelled ? 18 : 0, bottom, "reference");
    if (labelled) {
      inside += svg::Text(x < 20   ? 0
                          : x > 80 ? 100
                                   : x,
                          12,
                          x < 20   ? "start"
                          : x > 80 ? "end"
                                   : "middle",
                          "tick", plot.reference_label);
    }
  }
  double y = top;
  for (const IntervalRow& row : plot.rows) {
    inside += DrawRow(row, scale, y);
    y += kRowHeight;
  }
  return svg::Frame(words, bottom + kAxisHeight, inside);
}

}  // namespace cadenza::plots
