// Messages by day and variant as bars, on a terminal and as a plot. Pure.
#ifndef CADENZA_CLIENTS_CLI_BACKTEST_BARS_H_
#define CADENZA_CLIENTS_CLI_BACKTEST_BARS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "clients/gnuplot/gnuplot.h"
#include "server/backtest/report.h"

namespace cadenza::cli {

// Every day from the first to the last, also those without a message.
struct DayBars {
  std::vector<std::string> variants;  // in order; "" = the campaign has none
  struct Bar {
    absl::CivilDay day;           // the first, if the bar stands for several
    std::vector<int64_t> counts;  // parallel to variants
    int64_t total() const;
  };
  std::vector<Bar> bars;
  int days_each = 1;
};

// So many days to a bar that there are at most `bars_max`. Empty if there are no messages.
DayBars BarsOf(const backtest::Counts& counts, int bars_max);

// A line for each bar, at most `width` characters of it bar, after a line that says which letter stands for which
// variant; nothing if there are no bars. Each line ends with a newline.
std::string BarsText(const DayBars& bars, int width);

// Stacked, a colour for each variant.
gnuplot::Plot BarsPlot(const DayBars& bars, const std::string& title);

}  // namespace cadenza::cli

#endif  // CADENZA_CLIENTS_CLI_BACKTEST_BARS_H_
