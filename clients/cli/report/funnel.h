// From the decisions about a campaign to what came of them.
#ifndef CADENZA_CLIENTS_CLI_REPORT_FUNNEL_H_
#define CADENZA_CLIENTS_CLI_REPORT_FUNNEL_H_

#include <string>
#include <string_view>

#include "clients/cli/report/plots/plot.h"
#include "clients/cli/report/source.h"
#include "clients/cli/report/table.h"

namespace cadenza::report {

// Two groups: what the gates stopped before users entered, and what became of those who did. A loss is drawn where it
// is lost. Empty if nothing was counted.
plots::BarPlot FunnelOf(const Source& source);

Table FunnelTable(const plots::BarPlot& funnel);

// What to mind about the numbers; may be empty.
std::string FunnelNote(const Source& source);

// Entries, other than of the control, that the goal followed within its window.
int64_t ConvertedOf(const Source& source, const std::string& conversion_id);

// A gate as people call it: "re_eligibility" is "re-eligibility".
std::string GateText(std::string_view gate);

}  // namespace cadenza::report

#endif  // CADENZA_CLIENTS_CLI_REPORT_FUNNEL_H_
