#include <algorithm>
#include <array>

#include "absl/strings/str_format.h"
#include "clients/cli/report/plots/svg_parts.h"
#include "clients/cli/report/plots/text.h"
#include "storage/base/text.h"

namespace cadenza::plots {
namespace {

constexpr double kHeight = 220;  // of the field in which curves run
constexpr double kLeft = 8;      // percent
constexpr double kTop = 20;      // above it, for the highest tick's number
constexpr double kLegendRow = 24;
constexpr size_t kLegendCharacters = 12;  // of a name in half a phone's width
constexpr size_t kMarkedMost = 45;        // points; more stand too close for marks
constexpr size_t kTicksAcross = 4;        // as many dates as a phone has room for
constexpr std::array<const char*, kSeriesMax> kMarks = {"M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0Z",
                                                        "M-3.2-3.2h6.4v6.4h-6.4Z",
                                                        "M0-4.6 4.4 3.4H-4.4Z",
                                                        "M0-4.8 4.8 0 0 4.8-4.8 0Z",
                                                        "M0 4.6 4.4-3.4H-4.4Z",
                                                        "M-1.4-4.4h2.8v8.8h-2.8Z",
                                                        "M-4.4-1.4h8.8v2.8h-8.8Z"};

struct Field {
  size_t points;
  double top;  // the highest tick

  // In percent, behind the numbers of the ticks.
  double x(size_t i) const {
    return kLeft + (100 - kLeft) * (static_cast<double>(i) + 0.5) / static_cast<double>(points);
  }
  double y(double count) const { return kTop + kHeight * (1 - count / top); }
};

std::string Mark(size_t series, std::string_view x, double y, std::string_view tooltip) {
  return StrCat("<svg x=\"", x, "\" y=\"", svg::Number(y), "\" class=\"at\"><path d=\"", kMarks[series],
                "\" class=\"mark s", series + 1, "\">",
                tooltip.empty() ? "" : StrCat("<title>", Markup(tooltip), "</title>"), "</path></svg>\n");
}

// Side by side where the names are short.
size_t LegendColumns(const TimePlot& plot) {
  const bool all_short = std::all_of(plot.series.begin(), plot.series.end(),
                                     [](const Series& series) { return Columns(series.name) <= kLegendCharacters; });
  return all_short ? 2 : 1;
}

std::string DrawLegend(const TimePlot& plot) {
  const size_t columns = LegendColumns(plot);
  std::string out;
  for (size_t i = 0; i < plot.series.size(); ++i) {
    const double y = kLegendRow * static_cast<double>(i / columns) + 12;
    const double x = i % columns == 0 ? 0 : 50;
    const size_t narrow = columns == 1 ? svg::kNarrowLine - 8 : kLegendCharacters;
    // Shifted by pixels from a place in percent.
    StrAppend(&out, "<svg x=\"", svg::Number(x), "%\" y=\"", svg::Number(y), "\" class=\"at\">",
              "<line x1=\"0\" x2=\"24\" y1=\"0\" y2=\"0\" class=\"curve s", i + 1, "\"/>", Mark(i, "12", 0, ""),
              svg::Label("x=\"30\" y=\"4.5\"", plot.series[i].name, narrow, svg::kWideLine - 8), "</svg>\n");
  }
  return out;
}

// Short enough for the margin.
std::string TickText(double tick, double top) {
  if (top >= 1e9) return svg::Number(tick / 1e9) + "B";
  if (top >= 1e6) return svg::Number(tick / 1e6) + "M";
  return Count(static_cast<int64_t>(tick));
}

std::string DrawTimes(const TimePlot& plot, const Field& field) {
  std::string out, before;
  const size_t ticks = std::min(kTicksAcross, field.points);
  for (size_t k = 0; k < ticks; ++k) {
    const size_t i = ticks == 1 ? 0 : k * (field.points - 1) / (ticks - 1);
    const double x = field.x(i);
    const char* anchor = ticks == 1 || (x > 16 && x < 88) ? "middle" : x <= 16 ? "start" : "end";
    const bool hours = plot.span == TimePlot::Span::kHour;
    const double at = anchor == std::string_view("end") ? 100 : x;
    out += svg::UpDown(x, kTop + kHeight, kTop + kHeight + 5, "axis");
    out += svg::Text(at, kTop + kHeight + 20, anchor, "tick",
                     absl::FormatTime(hours ? "%H:%M" : "%-d %b", plot.starts[i], plot.zone));
    const std::string under = absl::FormatTime(hours ? "%-d %b" : "%Y", plot.starts[i], plot.zone);
    if (under != before) out += svg::Text(at, kTop + kHeight + 36, anchor, "tick", under);
    before = under;
  }
  return out;
}

// Stretched over the width, with strokes that are not.
std::string DrawCurves(const TimePlot& plot, const Field& field) {
  std::string out = StrCat("<svg x=\"0\" y=\"", kTop, "\" width=\"100%\" height=\"", kHeight, "\" viewBox=\"0 0 1000 ",
                           kHeight, "\" preserveAspectRatio=\"none\" class=\"at\">\n");
  for (size_t s = plot.series.size(); s-- > 0;) {
    std::string points;
    for (size_t i = 0; i < field.points; ++i) {
      StrAppend(&points, i == 0 ? "" : " ", svg::Number(10 * field.x(i)), ",",
                svg::Number(field.y(static_cast<double>(plot.series[s].counts[i])) - kTop));
    }
    if (plot.series.size() == 1) {
      StrAppend(&out, "<polygon points=\"", svg::Number(10 * field.x(0)), ",", kHeight, " ", points, " ",
                svg::Number(10 * field.x(field.points - 1)), ",", kHeight, "\" class=\"area\"/>\n");
    }
    StrAppend(&out, "<polyline points=\"", points, "\" class=\"curve s", s + 1, "\"/>\n");
  }
  return out + "</svg>\n";
}

std::string DrawMarks(const TimePlot& plot, const Field& field) {
  if (field.points > kMarkedMost) return "";
  std::string out;
  for (size_t s = plot.series.size(); s-- > 0;) {
    for (size_t i = 0; i < field.points; ++i) {
      const int64_t count = plot.series[s].counts[i];
      out += Mark(s, svg::Number(field.x(i)) + "%", field.y(static_cast<double>(count)),
                  StrCat(StartText(plot, i), ", ", plot.series[s].name, ": ", Count(count)));
    }
  }
  return out;
}

}  // namespace

std::string Svg(const TimePlot& plot, const Words& words) {
  if (plot.starts.empty() || plot.series.empty() || plot.series.size() > kSeriesMax) return "";
  int64_t most = 4;  // ticks are whole numbers
  for (const Series& series : plot.series) {
    for (const int64_t count : series.counts) most = std::max(most, count);
  }
  const std::vector<double> ticks = Ticks(0, static_cast<double>(most), 5);
  const Field field{plot.starts.size(), ticks.back()};
  std::string inside;
  for (const double tick : ticks) inside += svg::Across(0, 100, field.y(tick), tick == 0 ? "axis" : "grid");
  inside += DrawTimes(plot, field) + DrawCurves(plot, field) + DrawMarks(plot, field);
  for (const double tick : ticks) {
    if (tick > 0) inside += svg::Text(0, field.y(tick) - 5, "start", "tick halo", TickText(tick, field.top));
  }
  double height = kTop + kHeight + 42;
  if (plot.series.size() > 1) {
    const size_t columns = LegendColumns(plot);
    const double legend = kLegendRow * static_cast<double>((plot.series.size() + columns - 1) / columns) + 8;
    inside = StrCat(DrawLegend(plot), "<svg y=\"", legend, "\" width=\"100%\" height=\"", height, "\">\n", inside,
                    "</svg>\n");
    height += legend;
  }
  return svg::Frame(words, height, inside);
}

}  // namespace cadenza::plots
