// A report's content: the same plots, tables and sentences for the terminal (report_text.h) and the page
// (report_html.h). Pure.
#ifndef CADENZA_CLIENTS_CLI_REPORT_FIGURES_H_
#define CADENZA_CLIENTS_CLI_REPORT_FIGURES_H_

#include <string>
#include <vector>

#include "clients/cli/report/goals.h"
#include "clients/cli/report/plots/plot.h"
#include "clients/cli/report/source.h"
#include "clients/cli/report/table.h"

namespace cadenza::report {

// One number that stands out.
struct Tile {
  std::string label;
  std::string value;
  std::string note;
};

struct Figures {
  std::string title;  // the display name, or the id
  std::string campaign_id;
  std::string workspace;
  std::string state;
  std::string trigger;
  std::string period;
  std::string made;
  // Why there is nothing to see; then all that follows is empty but for the methods.
  std::string nothing;
  std::vector<Tile> tiles;
  plots::BarPlot funnel;
  Table funnel_table;
  std::string funnel_note;  // may be empty
  plots::TimePlot messages;
  Table variants;
  std::vector<Goal> goals;
  std::string goals_note;  // why there are none, or what to mind
  std::vector<std::string> methods;
};

Figures FiguresOf(const Source& source);

}  // namespace cadenza::report

#endif  // CADENZA_CLIENTS_CLI_REPORT_FIGURES_H_
