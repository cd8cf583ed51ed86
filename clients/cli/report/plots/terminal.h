// Plots as text, in columns of one width. Pure.
#ifndef CADENZA_CLIENTS_CLI_REPORT_PLOTS_TERMINAL_H_
#define CADENZA_CLIENTS_CLI_REPORT_PLOTS_TERMINAL_H_

#include <cstddef>
#include <string>

#include "clients/cli/report/plots/plot.h"

namespace cadenza::plots {

struct Terminal {
  size_t width = 80;  // columns, at least 40
  bool utf8 = true;   // else only ASCII is written
};

// Lines, each ending with a newline and none wider than the terminal. Empty if there is nothing to draw. A time plot is
// a curve of all series together, and, if there are several, one line for each on a scale that they share.
std::string Text(const BarPlot& plot, const Terminal& terminal);
std::string Text(const TimePlot& plot, const Terminal& terminal);
std::string Text(const IntervalPlot& plot, const Terminal& terminal);

}  // namespace cadenza::plots

#endif  // CADENZA_CLIENTS_CLI_REPORT_PLOTS_TERMINAL_H_
