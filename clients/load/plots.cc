#include "clients/load/plots.h"

#include <array>
#include <cstdio>
#include <functional>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "clients/gnuplot/gnuplot.h"
#include "storage/base/text.h"

namespace cadenza::load {
namespace {

using gnuplot::Block;
using gnuplot::Quoted;
using gnuplot::Style;

// NaN is a gap.
std::string Cell(const std::optional<Spread>& spread) {
  return spread.has_value() ? absl::StrFormat("%.6g", spread->median) : "NaN";
}

struct Part {
  const char* name;
  Spread CpuSpread::*member;
};
constexpr std::array<Part, 4> kParts = {{{"server", &CpuSpread::server},
                                         {"PostgreSQL", &CpuSpread::postgres},
                                         {"Redis", &CpuSpread::redis},
                                         {"generator", &CpuSpread::generator}}};
constexpr std::array<const char*, 4> kPartColours = {"#0072b2", "#d55e00", "#cc79a7", "#bbbbbb"};

// Latency over rate, both as measured: where the server cannot keep up, the points lie left of what was offered.
Plot LoadPlot(const Curve& curve) {
  Plot plot{.name = curve.id, .script = ""};
  std::string lines, of;
  for (const Curve::Point& point : curve.points) {
    const Measurement& m = point.measurement;
    if (!m.latency.has_value()) continue;
    of = m.latency->of;
    const double rate = m.events_per_s.has_value() ? m.events_per_s->median : point.x;
    StrAppend(&lines, Std(absl::StrFormat("%.6g ", rate / 1000)), Cell(m.latency->p50_ms), " ", Cell(m.latency->p99_ms),
              " ", Cell(m.latency->p999_ms), "\n");
  }
  if (lines.empty()) return plot;
  plot.script = StrCat(Style(plot.name, 760, 420), Block(lines), "set title ", Quoted(curve.title),
                       "\nset xlabel 'thousand events a second'\nset ylabel ",
                       Quoted(StrCat(of, " latency, ms (from the scheduled moment)")),
                       "\nset xrange [0:*]\nset logscale y\nset key top left\n"
                       "plot $data using 1:2 with linespoints linestyle 1 title 'p50', "
                       "$data using 1:3 with linespoints linestyle 2 title 'p99', "
                       "$data using 1:4 with linespoints linestyle 3 title 'p99.9'\n");
  return plot;
}

double SumOf(const Measurement& m) {
  double sum = 0;
  for (const Part& part : kParts) sum += ((*m.cpu_us).*part.member).median;
  return sum;
}

// Bars lie: names of scenarios are long. What costs many times as much as the others (single events at a low rate)
// would make their bars small: it is named, not drawn.
Plot CostPlot(const std::vector<Measurement>& measurements) {
  constexpr double kTimesMedian = 4;
  Plot plot{.name = "cost-per-event", .script = ""};
  std::vector<const Measurement*> bars;
  std::vector<double> sums;
  for (const Measurement& m : measurements) {
    if (!m.cpu_us.has_value()) continue;
    bars.push_back(&m);
    sums.push_back(SumOf(m));
  }
  if (bars.empty()) return plot;
  const double limit = kTimesMedian * SpreadOf(std::move(sums)).median;
  std::string left_out;
  std::erase_if(bars, [&](const Measurement* m) {
    const double sum = SumOf(*m);
    if (sum <= limit) return false;
    StrAppend(&left_out, left_out.empty() ? "; not drawn: " : ", ", m->title, " (", FormatNumber(sum), ")");
    return true;
  });
  std::vector<std::string> rows, names;
  for (size_t i = 0; i < bars.size(); ++i) {
    const auto row = static_cast<double>(bars.size() - 1 - i);
    double left = 0;
    for (size_t part = 0; part < kParts.size(); ++part) {
      const double width = ((*bars[i]->cpu_us).*kParts[part].member).median;
      // x, y, left, right, bottom, top, colour
      rows.push_back(absl::StrFormat("%.6g %.6g %.6g %.6g %.6g %.6g %d", left + width / 2, row, left, left + width,
                                     row - 0.32, row + 0.32, part));
      left += width;
    }
    names.push_back(StrCat(Quoted(bars[i]->title), " ", row));
    rows.push_back(absl::StrFormat("%.6g %.6g NaN NaN NaN NaN 9 \"%s us\"", left, row, FormatNumber(left)));
  }
  std::vector<std::string> curves;
  for (size_t part = 0; part < kParts.size(); ++part) {
    curves.push_back(absl::StrFormat(
        "$data using ($7==%d ? $1 : NaN):2:3:4:5:6 with boxxyerror fillcolor '%s' linecolor '#ffffff' title '%s'", part,
        kPartColours[part], kParts[part].name));
  }
  curves.push_back("$data using ($7==9 ? $1 : NaN):2:8 with labels left offset 0.6,0 textcolor '#333333' notitle");
  plot.script = StrCat(
      Style(plot.name, 900, 120 + 34 * static_cast<int>(bars.size())), Block(StrCat(absl::StrJoin(rows, "\n"), "\n")),
      "set title 'CPU time of one event, by part'\nset xlabel ", Quoted(StrCat("microseconds", left_out)),
      "\nset ytics (", absl::StrJoin(names, ", "), ")\nset yrange [-0.7:", static_cast<double>(bars.size()) - 0.3,
      "]\nset xrange [0:*]\nset offsets 0, graph 0.12, 0, 0\nset grid noytics xtics\nset style fill solid 1\n"
      "set key tmargin center horizontal samplen 1\nplot ",
      absl::StrJoin(curves, ", "), "\n");
  return plot;
}

Plot GrowthPlot(const Curve& curve) {
  Plot plot{.name = curve.id, .script = ""};
  std::string lines;
  for (const Curve::Point& point : curve.points) {
    if (!point.measurement.cpu_us.has_value() || point.x <= 0) continue;
    const CpuSpread& cpu = *point.measurement.cpu_us;
    StrAppend(&lines, Std(absl::StrFormat("%.6g", point.x)));
    double sum = 0;
    for (const Part& part : kParts) {
      sum += (cpu.*part.member).median;
      StrAppend(&lines, Std(absl::StrFormat(" %.6g", (cpu.*part.member).median)));
    }
    StrAppend(&lines, Std(absl::StrFormat(" %.6g\n", sum)));
  }
  if (lines.empty()) return plot;
  std::vector<std::string> curves = {"$data using 1:6 with linespoints linestyle 4 linewidth 3 title 'sum'"};
  for (size_t part = 0; part < kParts.size(); ++part) {
    curves.push_back(
        absl::StrFormat("$data using 1:%d with linespoints linewidth 2 linecolor '%s' pointtype 7 "
                        "pointsize 0.5 title '%s'",
                        part + 2, kPartColours[part], kParts[part].name));
  }
  plot.script = StrCat(Style(plot.name, 760, 420), Block(lines), "set title ", Quoted(curve.title), "\nset xlabel ",
                       Quoted(curve.parameter),
                       "\nset ylabel 'CPU microseconds an event'\nset logscale x\nset format x '%.0s%c'\n"
                       "set yrange [0:*]\nset key outside right top\nplot ",
                       absl::StrJoin(curves, ", "), "\n");
  return plot;
}

}  // namespace

std::vector<Plot> PlotsOf(const Report& report) {
  std::vector<Plot> plots;
  auto add = [&plots](Plot plot) {
    if (!plot.script.empty()) plots.push_back(std::move(plot));
  };
  add(CostPlot(report.measurements));
  for (const Curve& curve : report.curves) add(curve.kind == Curve::Kind::kLoad ? LoadPlot(curve) : GrowthPlot(curve));
  return plots;
}

}  // namespace cadenza::load
