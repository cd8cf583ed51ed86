// Plots as SVG that stands in a page. Widths are in percent of the page's, text and heights in its pixels, so a drawing
// fits a phone as well as a desk and its text never shrinks. Colours are the page's: Style() has them, light and dark,
// told apart by the colour-blind too; series differ in dash and mark as well. Needs no script. Pure.
//
// The benchmark draws with gnuplot: its plots are files of their own, for those who have gnuplot, and not parts of a
// page.
#ifndef CADENZA_CLIENTS_CLI_REPORT_PLOTS_SVG_H_
#define CADENZA_CLIENTS_CLI_REPORT_PLOTS_SVG_H_

#include <string>
#include <string_view>

#include "clients/cli/report/plots/plot.h"

namespace cadenza::plots {

// What who cannot see the drawing is told.
struct Words {
  std::string id;           // once in the page; a-z, 0-9 and '-', starting with a letter
  std::string title;        // what is drawn: "Messages sent by day"
  std::string description;  // what can be seen in it
};

// An <svg> element with <title> and <desc>, well-formed as XML too; it has no reference to anything outside. A plot
// with nothing in it is empty, and so is one of more than kSeriesMax series (see WithFewSeries).
std::string Svg(const BarPlot& plot, const Words& words);
std::string Svg(const TimePlot& plot, const Words& words);
std::string Svg(const IntervalPlot& plot, const Words& words);

// The style sheet of the above. It defines, on :root, --paper, --card, --ink, --soft and --line, which the page may use
// for itself: ground, ground of plots, text, lesser text, thin lines.
std::string_view Style();

}  // namespace cadenza::plots

#endif  // CADENZA_CLIENTS_CLI_REPORT_PLOTS_SVG_H_
