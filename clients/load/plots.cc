#include "clients/load/plots.h"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "storage/base/text.h"

namespace cadenza::load {
namespace {

// Light ground, thin grey grid, colours that the colour-blind tell apart (Okabe and Ito, "Color Universal Design").
constexpr char kStyle[] =
    "set terminal svg size %d,%d dynamic enhanced background '#ffffff' font 'Helvetica,Arial,sans-serif,13'\n"
    "set output '%s.svg'\n"
    "set border 3 linecolor '#888888'\n"
    "set grid ytics linecolor '#e4e4e4' linetype 1\n"
    "set tics nomirror textcolor '#333333'\n"
    "set key textcolor '#333333' Left reverse samplen 1.5\n"
    "set title font ',15' textcolor '#111111'\n"
    "set style line 1 linecolor '#0072b2' linewidth 2 pointtype 7 pointsize 0.6\n"
    "set style line 2 linecolor '#d55e00' linewidth 2 pointtype 5 pointsize 0.6\n"
    "set style line 3 linecolor '#999999' linewidth 2 pointtype 9 pointsize 0.6\n"
    "set style line 4 linecolor '#009e73' linewidth 2 pointtype 13 pointsize 0.6\n";

std::string Style(const std::string& name, int width, int height) {
  return absl::StrFormat(kStyle, width, height, name);
}

// In double quotes gnuplot's enhanced text has these characters.
std::string Quoted(const std::string& text) {
  const std::string escaped = absl::StrReplaceAll(text, {{"\\", "\\\\"},
                                                         {"\"", "\\\""},
                                                         {"_", "\\\\_"},
                                                         {"^", "\\\\^"},
                                                         {"@", "\\\\@"},
                                                         {"{", "\\\\{"},
                                                         {"}", "\\\\}"},
                                                         {"&", "\\\\&"},
                                                         {"~", "\\\\~"},
                                                         {"\n", " "}});
  return StrCat("\"", escaped, "\"");
}

std::string Block(const std::string& lines) { return StrCat("$data << END\n", lines, "END\n"); }

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

bool Installed() {
  std::istringstream folders(std::getenv("PATH") == nullptr ? "" : std::getenv("PATH"));
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (access(StrCat(folder, "/gnuplot").c_str(), X_OK) == 0) return true;
  }
  return false;
}

// What gnuplot said, or nothing if it was content.
absl::Status RunGnuplot(const std::string& folder, const std::string& script) {
  const std::string log = folder + "/" + script + ".log";
  // The folder is given by who runs the benchmark; names are ours: [a-z0-9-].
  const std::string command =
      StrCat("cd '", absl::StrReplaceAll(folder, {{"'", "'\\''"}}), "' && gnuplot ", script, " >", script, ".log 2>&1");
  const int code = std::system(command.c_str());
  std::ostringstream said;
  said << std::ifstream(log).rdbuf();
  std::filesystem::remove(log);
  if (code == 0) return absl::OkStatus();
  return absl::InternalError(StrCat("gnuplot cannot draw ", script, ": ", said.str()));
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

absl::StatusOr<std::vector<std::string>> Draw(const std::vector<Plot>& plots, const std::string& folder) {
  for (const Plot& plot : plots) std::ofstream(StrCat(folder, "/", plot.name, ".gnuplot")) << plot.script;
  if (!Installed()) return absl::FailedPreconditionError("gnuplot is not installed: no plots were drawn");
  std::vector<std::string> files;
  for (const Plot& plot : plots) {
    const absl::Status status = RunGnuplot(folder, plot.name + ".gnuplot");
    if (!status.ok()) return status;
    files.push_back(StrCat(folder, "/", plot.name, ".svg"));
  }
  return files;
}

}  // namespace cadenza::load
