// Messages over time.
#ifndef CADENZA_CLIENTS_CLI_REPORT_MESSAGES_H_
#define CADENZA_CLIENTS_CLI_REPORT_MESSAGES_H_

#include <string>

#include "clients/cli/report/plots/plot.h"
#include "clients/cli/report/source.h"
#include "clients/cli/report/table.h"

namespace cadenza::report {

// Sent, by variant, from the first bucket with a message to the last; more than 366 days as weeks from Monday. Without
// the control, which sends none. Empty if nothing was sent.
plots::TimePlot MessagesOf(const Source& source);

Table MessagesTable(const plots::TimePlot& plot);

// "Messages sent by day".
std::string MessagesTitle(const plots::TimePlot& plot);

}  // namespace cadenza::report

#endif  // CADENZA_CLIENTS_CLI_REPORT_MESSAGES_H_
