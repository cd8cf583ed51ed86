// The results of a benchmark run, and how they are shown: a table for people, JSON for machines, Markdown for
// documents. Plain values and pure functions.
#ifndef CADENZA_CLIENTS_LOAD_REPORT_H_
#define CADENZA_CLIENTS_LOAD_REPORT_H_

#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "clients/load/machine.h"
#include "nlohmann/json_fwd.hpp"

namespace cadenza::load {

// The same figure over several rounds.
struct Spread {
  double median = 0;
  double min = 0;
  double max = 0;
};
// Of the rounds' values: at least one. The median of an even number is the mean of the middle two.
Spread SpreadOf(std::vector<double> values);

struct LatencySpread {
  std::string of;  // what was timed: "ack", "message", "commit"
  Spread p50_ms;
  Spread p99_ms;
  Spread p999_ms;
};

// CPU time per event, microseconds.
struct CpuSpread {
  Spread server;
  Spread postgres;
  Spread redis;
  Spread generator;
};

// The measured rate beside the rate of something that does less.
struct Ceiling {
  std::string name;  // "pg-ceiling"
  double events_per_s = 0;
  double ratio = 0;  // the scenario's rate by this one
};

// Any other figure of a scenario: bytes of WAL per event, resident memory …
struct Figure {
  std::string name;
  Spread value;
  std::string unit;
};

struct Measurement {
  std::string id;     // "ingest-100": [a-z0-9-]
  std::string title;  // "ingest, 100 events a request"
  std::vector<std::pair<std::string, std::string>> parameters;
  int rounds = 0;
  // Absent where a scenario has none.
  std::optional<Spread> events_per_s;
  std::optional<double> offered_per_s;  // absent: as fast as it goes
  std::optional<LatencySpread> latency;
  std::optional<CpuSpread> cpu_us;
  std::vector<Ceiling> ceilings;
  std::vector<Figure> figures;
  std::vector<std::string> notes;
};

// A measurement at several values of one parameter.
struct Curve {
  enum class Kind {
    kLoad,    // x = offered events/s: drawn as latency over rate
    kGrowth,  // x = any parameter > 0: drawn as cost per event over x, x on a logarithmic axis
  };
  struct Point {
    double x = 0;
    Measurement measurement;
  };
  Kind kind = Kind::kGrowth;
  std::string id;         // "growth-batch"
  std::string title;      // "events a request"
  std::string parameter;  // the axis: "events a request"
  std::vector<Point> points;
};

struct Goal {
  enum class Bound { kAtLeast, kAtMost };
  std::string scenario;  // "ingest, 100 events a request"
  std::string measure;   // "ratio to pg-ceiling"
  Bound bound = Bound::kAtLeast;
  double limit = 0;
  double measured = 0;
  std::string unit;  // "" for a ratio
  bool met() const { return bound == Bound::kAtLeast ? measured >= limit : measured <= limit; }
};

struct Report {
  Machine machine;
  absl::Time started;
  std::string revision;  // of the sources: `git describe --always --dirty`; empty if unknown
  int rounds = 0;        // of each of the measurements that follow, unless they say otherwise
  std::vector<Measurement> measurements;
  std::vector<Curve> curves;
  std::vector<Goal> goals;
};

// For a terminal of 140 columns or more.
void PrintTable(const Report& report, std::ostream& out);
// All of it.
nlohmann::json ToJson(const Report& report);
// Machine, goals, measurements and curves as tables of GitHub's Markdown.
std::string ToMarkdown(const Report& report);

// Three significant digits, thousands apart: "0.612", "4.17", "78,600". Shared by what is printed and what is drawn.
std::string FormatNumber(double value);
// Up to six digits, thousands apart, no zeros at the end: "0.6", "15", "30,000". For what was chosen, not measured.
std::string FormatExact(double value);

}  // namespace cadenza::load

#endif  // CADENZA_CLIENTS_LOAD_REPORT_H_
