// A report on a terminal. Pure.
#ifndef CADENZA_CLIENTS_CLI_REPORT_REPORT_TEXT_H_
#define CADENZA_CLIENTS_CLI_REPORT_REPORT_TEXT_H_

#include <string>

#include "clients/cli/report/figures.h"
#include "clients/cli/report/plots/terminal.h"

namespace cadenza::report {

// Lines that fit the terminal, but for words that are longer than it; plain ASCII if it is not one of UTF-8.
std::string ReportText(const Figures& figures, const plots::Terminal& terminal);

}  // namespace cadenza::report

#endif  // CADENZA_CLIENTS_CLI_REPORT_REPORT_TEXT_H_
