// `cadenza campaign report`.
#ifndef CADENZA_CLIENTS_CLI_CAMPAIGN_REPORT_H_
#define CADENZA_CLIENTS_CLI_CAMPAIGN_REPORT_H_

#include "clients/cli/command.h"

namespace cadenza::cli {

void AddReport(CLI::App& campaign, const Globals& globals, Action& action);

}  // namespace cadenza::cli

#endif  // CADENZA_CLIENTS_CLI_CAMPAIGN_REPORT_H_
