// A report as a page. Pure.
#ifndef CADENZA_CLIENTS_CLI_REPORT_REPORT_HTML_H_
#define CADENZA_CLIENTS_CLI_REPORT_REPORT_HTML_H_

#include <string>
#include <string_view>

#include "clients/cli/report/figures.h"

namespace cadenza::report {

// One HTML file that needs nothing else: no script, no font, no address; its own Content-Security-Policy forbids all of
// that. It follows the reader's choice of light or dark, fits a screen of 320 px, and says every number of its plots in
// a table too. Well-formed as XML. Names are escaped.
std::string ReportHtml(const Figures& figures);

// The style sheet of the page, without that of the plots.
std::string_view PageStyle();

}  // namespace cadenza::report

#endif  // CADENZA_CLIENTS_CLI_REPORT_REPORT_HTML_H_
