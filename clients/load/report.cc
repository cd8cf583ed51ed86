#include "clients/load/report.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "absl/strings/str_format.h"
#include "clients/load/report_rows.h"
#include "nlohmann/json.hpp"
#include "storage/base/text.h"

namespace cadenza::load {
namespace {

using nlohmann::json;

json ToJson(const Spread& spread) { return {{"median", spread.median}, {"min", spread.min}, {"max", spread.max}}; }

json ToJson(const std::vector<std::pair<std::string, std::string>>& pairs) {
  json object = json::object();
  for (const auto& [name, value] : pairs) object[name] = value;
  return object;
}

json ToJson(const Machine& machine) {
  return {{"cpu", machine.cpu},
          {"cores", machine.cores},
          {"memory_bytes", machine.memory_bytes},
          {"kernel", machine.kernel},
          {"filesystem", machine.filesystem},
          {"postgres", machine.postgres},
          {"redis", machine.redis},
          {"postgres_settings", ToJson(machine.postgres_settings)}};
}

json ToJson(const Measurement& m) {
  json object = {{"id", m.id},         {"title", m.title},          {"parameters", ToJson(m.parameters)},
                 {"rounds", m.rounds}, {"ceilings", json::array()}, {"figures", json::array()},
                 {"notes", m.notes}};
  if (m.events_per_s) object["events_per_s"] = ToJson(*m.events_per_s);
  if (m.offered_per_s) object["offered_per_s"] = *m.offered_per_s;
  if (m.latency) {
    object["latency"] = {{"of", m.latency->of},
                         {"p50_ms", ToJson(m.latency->p50_ms)},
                         {"p99_ms", ToJson(m.latency->p99_ms)},
                         {"p999_ms", ToJson(m.latency->p999_ms)}};
  }
  if (m.cpu_us) {
    object["cpu_us_per_event"] = {{"server", ToJson(m.cpu_us->server)},
                                  {"postgres", ToJson(m.cpu_us->postgres)},
                                  {"redis", ToJson(m.cpu_us->redis)},
                                  {"generator", ToJson(m.cpu_us->generator)}};
  }
  for (const Ceiling& ceiling : m.ceilings) {
    object["ceilings"].push_back(
        {{"name", ceiling.name}, {"events_per_s", ceiling.events_per_s}, {"ratio", ceiling.ratio}});
  }
  for (const Figure& figure : m.figures)
    object["figures"].push_back({{"name", figure.name}, {"value", ToJson(figure.value)}, {"unit", figure.unit}});
  return object;
}

json ToJson(const Curve& curve) {
  json points = json::array();
  for (const Curve::Point& point : curve.points)
    points.push_back({{"x", point.x}, {"measurement", ToJson(point.measurement)}});
  return {{"kind", curve.kind == Curve::Kind::kLoad ? "load" : "growth"},
          {"id", curve.id},
          {"title", curve.title},
          {"parameter", curve.parameter},
          {"points", std::move(points)}};
}

json ToJson(const Goal& goal) {
  return {{"scenario", goal.scenario},
          {"measure", goal.measure},
          {"bound", goal.bound == Goal::Bound::kAtLeast ? "at_least" : "at_most"},
          {"limit", goal.limit},
          {"measured", goal.measured},
          {"unit", goal.unit},
          {"met", goal.met()}};
}

bool IsNumber(const std::string& cell) {
  return cell.find_first_of("0123456789-") == 0 && cell.find_first_not_of("0123456789.,-() ") == std::string::npos;
}

// Whether a column holds nothing but numbers.
bool IsNumeric(const Rows& rows, size_t column) {
  return std::all_of(rows.begin() + 1, rows.end(), [&](const auto& row) { return IsNumber(row[column]); });
}

// Columns as wide as their widest cell, numbers to the right.
void PrintRows(const Rows& rows, std::ostream& out) {
  std::vector<std::string> lines(rows.size());
  for (size_t column = 0; column < rows[0].size(); ++column) {
    size_t width = 0;
    for (const auto& row : rows) width = std::max(width, row[column].size());
    const bool right = IsNumeric(rows, column);
    for (size_t r = 0; r < rows.size(); ++r) {
      const std::string padding(width - rows[r][column].size(), ' ');
      StrAppend(&lines[r], "  ", right ? padding + rows[r][column] : rows[r][column] + padding);
    }
  }
  const size_t width = lines[0].size();
  lines.insert(lines.begin() + 1, "  " + std::string(width - 2, '-'));
  for (std::string& line : lines) {
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << "\n";
  }
}

void PrintSection(const std::string& title, const Rows& rows, std::ostream& out) {
  if (rows.size() < 2) return;
  out << "\n" << title << "\n\n";
  PrintRows(rows, out);
}

std::string Escaped(const std::string& cell) {
  std::string escaped;
  for (const char c : cell) {
    if (c == '|') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

void AppendMarkdown(const std::string& title, const Rows& rows, std::string* out) {
  if (rows.size() < 2) return;
  StrAppend(out, "\n### ", title, "\n\n");
  for (size_t r = 0; r < rows.size(); ++r) {
    StrAppend(out, "|");
    for (const std::string& cell : rows[r]) StrAppend(out, " ", Escaped(cell), " |");
    StrAppend(out, "\n");
    if (r > 0) continue;
    StrAppend(out, "|");
    for (size_t i = 0; i < rows[0].size(); ++i) StrAppend(out, IsNumeric(rows, i) ? "--:|" : "---|");
    StrAppend(out, "\n");
  }
}

// "-12345.6" -> "-12,345.6"; what is no plain number stays as it is.
std::string Grouped(const std::string& number) {
  const size_t begin = number.starts_with('-') ? 1 : 0;
  const size_t end = std::min(number.find_first_not_of("0123456789", begin), number.size());
  std::string text = number.substr(0, begin);
  for (size_t i = begin; i < end; ++i) {
    if (i > begin && (end - i) % 3 == 0) text.push_back(',');
    text.push_back(number[i]);
  }
  return text + number.substr(end);
}

}  // namespace

Spread SpreadOf(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  const double median = values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  return {.median = median, .min = values.front(), .max = values.back()};
}

std::string FormatNumber(double value) {
  if (!std::isfinite(value)) return "-";
  if (value == 0) return "0";
  auto magnitude = [](double number) { return static_cast<int>(std::floor(std::log10(std::abs(number)) + 1e-9)); };
  // Rounded to three digits first: 9.996 is "10.0", 999.6 is "1,000".
  const double unit = std::pow(10, magnitude(value) - 2);
  const double rounded = std::round(value / unit) * unit;
  if (std::abs(rounded) < 1000) return absl::StrFormat("%.*f", std::clamp(2 - magnitude(rounded), 0, 9), rounded);
  return Grouped(absl::StrFormat("%.0f", rounded));
}

std::string FormatExact(double value) { return Grouped(absl::StrFormat("%.6g", value)); }

void PrintTable(const Report& report, std::ostream& out) {
  for (const auto& [name, value] : MachineRows(report)) out << absl::StrFormat("  %-12s %s\n", name, value);
  PrintSection("Measured", MeasurementRows(report.measurements), out);
  PrintSection("Beside their ceilings", CeilingRows(report.measurements), out);
  PrintSection("Other figures", FigureRows(report.measurements), out);
  for (const Curve& curve : report.curves) PrintSection(curve.title, CurveRows(curve), out);
  for (const std::string& note : Notes(report)) out << "\n  " << note;
  if (!Notes(report).empty()) out << "\n";
  PrintSection("Goals", GoalRows(report.goals), out);
}

json ToJson(const Report& report) {
  json object = {{"machine", ToJson(report.machine)},
                 {"started", absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", report.started, absl::UTCTimeZone())},
                 {"revision", report.revision},
                 {"rounds", report.rounds},
                 {"measurements", json::array()},
                 {"curves", json::array()},
                 {"goals", json::array()}};
  for (const Measurement& measurement : report.measurements) object["measurements"].push_back(ToJson(measurement));
  for (const Curve& curve : report.curves) object["curves"].push_back(ToJson(curve));
  for (const Goal& goal : report.goals) object["goals"].push_back(ToJson(goal));
  return object;
}

std::string ToMarkdown(const Report& report) {
  std::string out;
  for (const auto& [name, value] : MachineRows(report)) StrAppend(&out, "* ", name, ": ", value, "\n");
  AppendMarkdown("Goals", GoalRows(report.goals), &out);
  AppendMarkdown("Measured", MeasurementRows(report.measurements), &out);
  AppendMarkdown("Beside their ceilings", CeilingRows(report.measurements), &out);
  AppendMarkdown("Other figures", FigureRows(report.measurements), &out);
  for (const Curve& curve : report.curves) AppendMarkdown(curve.title, CurveRows(curve), &out);
  if (!Notes(report).empty()) StrAppend(&out, "\n");
  for (const std::string& note : Notes(report)) StrAppend(&out, "* ", note, "\n");
  return out;
}

}  // namespace cadenza::load
