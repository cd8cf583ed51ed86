// What is drawn, apart from how: svg.h draws it into a page, terminal.h on a terminal. Plain data; names are data of
// users and are escaped by whoever draws.
#ifndef CADENZA_CLIENTS_CLI_REPORT_PLOTS_PLOT_H_
#define CADENZA_CLIENTS_CLI_REPORT_PLOTS_PLOT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace cadenza::plots {

// One bar of a funnel.
struct Bar {
  enum class Kind { kReached, kLost };
  std::string label;
  int64_t count = 0;
  std::string note;  // beside the number: "52.1%"; may be empty
  Kind kind = Kind::kReached;
  int64_t begin = 0;  // the bar goes from here to begin + count; at least 0
};

// Bars with one scale, which ends where the farthest bar does.
struct BarGroup {
  std::string title;
  std::vector<Bar> bars;
};

struct BarPlot {
  std::vector<BarGroup> groups;
};

struct Series {
  std::string name;
  std::vector<int64_t> counts;  // parallel to TimePlot::starts
};

// How many tell themselves apart by colour, dash and mark; the last of so many is grey.
inline constexpr size_t kSeriesMax = 7;

// Counts in equal spans of time, without a gap.
struct TimePlot {
  enum class Span { kHour, kDay, kWeek };
  Span span = Span::kDay;
  absl::TimeZone zone;
  std::vector<absl::Time> starts;  // ascending
  std::vector<Series> series;      // a drawing has at most kSeriesMax
};

// The greatest kSeriesMax - 1, in their order, and the mean of the others, rounded, as "14 others, mean"; as it is if
// there are no more than kSeriesMax.
TimePlot WithFewSeries(TimePlot plot);

// "3 Nov 2026", for an hour with its time: "3 Nov 2026 14:00".
std::string StartText(const TimePlot& plot, size_t index);

// An estimate with its interval, in parts of one. low <= estimate <= high.
struct IntervalRow {
  enum class Tone { kPlain, kControl, kBetter, kWorse };
  std::string label;
  std::optional<double> estimate;  // nothing is drawn without
  double low = 0;
  double high = 0;
  std::string number;  // the estimate: "3.21%"
  std::string note;    // its interval: "2.90 to 3.55%"
  Tone tone = Tone::kPlain;
};

struct IntervalPlot {
  std::vector<IntervalRow> rows;
  std::optional<double> reference;  // a line through all rows
  std::string reference_label;      // "control"
  bool difference = false;          // ticks are signed percentage points
};

// Values for ticks from `low` to `high` (low < high): multiples of 1, 2 or 5 times a power of ten, at most `most` (at
// least 3), ascending, the first at or below `low` and the last at or above `high`.
std::vector<double> Ticks(double low, double high, size_t most);

}  // namespace cadenza::plots

#endif  // CADENZA_CLIENTS_CLI_REPORT_PLOTS_PLOT_H_
