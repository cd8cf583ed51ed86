#include "clients/load/report_rows.h"

#include <algorithm>

#include "absl/strings/str_join.h"
#include "storage/base/text.h"

namespace cadenza::load {
namespace {

constexpr char kNone[] = "-";

std::string Median(const std::optional<Spread>& spread) {
  return spread.has_value() ? FormatNumber(spread->median) : kNone;
}

std::string WithRange(const Spread& spread) {
  if (spread.min == spread.max) return FormatNumber(spread.median);
  return StrCat(FormatNumber(spread.median), " (", FormatNumber(spread.min), "-", FormatNumber(spread.max), ")");
}

std::string WithRange(const std::optional<Spread>& spread) { return spread.has_value() ? WithRange(*spread) : kNone; }

// events/s, the three latencies, the four costs and their sum.
const std::vector<std::string>& CommonHeads() {
  static const std::vector<std::string>& heads = *new std::vector<std::string>(
      {"events/s", "of", "p50 ms", "p99 ms", "p99.9 ms", "server us", "pg us", "redis us", "gen us", "sum us"});
  return heads;
}

void AppendCommon(const Measurement& m, std::vector<std::string>* row) {
  row->push_back(WithRange(m.events_per_s));
  if (m.latency.has_value()) {
    for (const std::string& cell :
         {m.latency->of, Median(m.latency->p50_ms), WithRange(m.latency->p99_ms), Median(m.latency->p999_ms)})
      row->push_back(cell);
  } else {
    row->insert(row->end(), 4, kNone);
  }
  if (m.cpu_us.has_value()) {
    const CpuSpread& cpu = *m.cpu_us;
    for (const Spread& part : {cpu.server, cpu.postgres, cpu.redis, cpu.generator})
      row->push_back(FormatNumber(part.median));
    row->push_back(FormatNumber(cpu.server.median + cpu.postgres.median + cpu.redis.median + cpu.generator.median));
  } else {
    row->insert(row->end(), 5, kNone);
  }
}

std::vector<std::string> Heads(std::vector<std::string> first) {
  first.insert(first.end(), CommonHeads().begin(), CommonHeads().end());
  return first;
}

// Without the columns, beside the first, in which no row has anything.
Rows WithoutEmptyColumns(const Rows& rows) {
  Rows kept(rows.size());
  for (size_t column = 0; column < rows[0].size(); ++column) {
    const bool empty = std::all_of(rows.begin() + 1, rows.end(), [&](const auto& row) { return row[column] == kNone; });
    if (empty && column > 0) continue;
    for (size_t r = 0; r < rows.size(); ++r) kept[r].push_back(rows[r][column]);
  }
  return kept;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> MachineRows(const Report& report) {
  const Machine& machine = report.machine;
  const double gib = static_cast<double>(machine.memory_bytes) / (int64_t{1} << 30);
  std::vector<std::pair<std::string, std::string>> rows = {
      {"Machine", StrCat(machine.cpu, ", ", machine.cores, " cores, ", FormatNumber(gib), " GiB, ", machine.kernel,
                         ", database on ", machine.filesystem)},
      {"Databases", StrCat("PostgreSQL ", machine.postgres, ", Redis ", machine.redis)},
      {"Settings", absl::StrJoin(machine.postgres_settings, ", ", absl::PairFormatter("="))},
      {"Run", StrCat(Std(absl::FormatTime("%Y-%m-%d %H:%M UTC", report.started, absl::UTCTimeZone())), ", revision ",
                     report.revision.empty() ? "unknown" : report.revision)},
      {"Rounds", StrCat(report.rounds, "; medians, in brackets the least and the greatest")}};
  return rows;
}

Rows MeasurementRows(const std::vector<Measurement>& measurements) {
  Rows rows = {Heads({"scenario"})};
  for (const Measurement& m : measurements) {
    std::vector<std::string> row = {m.title};
    AppendCommon(m, &row);
    rows.push_back(std::move(row));
  }
  return WithoutEmptyColumns(rows);
}

Rows CeilingRows(const std::vector<Measurement>& measurements) {
  Rows rows = {{"scenario", "events/s", "ceiling", "its events/s", "ratio"}};
  for (const Measurement& m : measurements) {
    for (const Ceiling& ceiling : m.ceilings) {
      rows.push_back({m.title, Median(m.events_per_s), ceiling.name, FormatNumber(ceiling.events_per_s),
                      FormatNumber(ceiling.ratio)});
    }
  }
  return rows;
}

Rows FigureRows(const std::vector<Measurement>& measurements) {
  Rows rows = {{"scenario", "figure", "value", "unit"}};
  for (const Measurement& m : measurements) {
    for (const Figure& figure : m.figures) rows.push_back({m.title, figure.name, WithRange(figure.value), figure.unit});
  }
  return rows;
}

Rows CurveRows(const Curve& curve) {
  // Figures of the first point become columns; a curve's points all have the same.
  std::vector<std::string> heads = Heads({curve.parameter});
  const std::vector<Figure> figures =
      curve.points.empty() ? std::vector<Figure>() : curve.points[0].measurement.figures;
  for (const Figure& figure : figures)
    heads.push_back(figure.unit.empty() ? figure.name : StrCat(figure.name, ", ", figure.unit));
  Rows rows = {heads};
  for (const Curve::Point& point : curve.points) {
    std::vector<std::string> row = {FormatExact(point.x)};
    AppendCommon(point.measurement, &row);
    for (const Figure& figure : point.measurement.figures) row.push_back(FormatNumber(figure.value.median));
    row.resize(heads.size(), kNone);
    rows.push_back(std::move(row));
  }
  return WithoutEmptyColumns(rows);
}

Rows GoalRows(const std::vector<Goal>& goals) {
  Rows rows = {{"scenario", "measure", "goal", "measured", "met"}};
  for (const Goal& goal : goals) {
    const std::string unit = goal.unit.empty() ? "" : StrCat(" ", goal.unit);
    rows.push_back(
        {goal.scenario, goal.measure,
         StrCat(goal.bound == Goal::Bound::kAtLeast ? "at least " : "at most ", FormatExact(goal.limit), unit),
         StrCat(FormatNumber(goal.measured), unit), goal.met() ? "met" : "NOT MET"});
  }
  return rows;
}

std::vector<std::string> Notes(const Report& report) {
  std::vector<std::string> notes;
  // Points of a curve tend to say the same.
  auto add = [&notes](const std::string& title, const Measurement& m) {
    for (const std::string& note : m.notes) {
      std::string line = StrCat(title, ": ", note);
      if (std::find(notes.begin(), notes.end(), line) == notes.end()) notes.push_back(std::move(line));
    }
  };
  for (const Measurement& m : report.measurements) add(m.title, m);
  for (const Curve& curve : report.curves) {
    for (const Curve::Point& point : curve.points) add(curve.title, point.measurement);
  }
  return notes;
}

}  // namespace cadenza::load
