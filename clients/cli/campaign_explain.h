// `cadenza campaign explain`.
#ifndef CADENZA_CLIENTS_CLI_CAMPAIGN_EXPLAIN_H_
#define CADENZA_CLIENTS_CLI_CAMPAIGN_EXPLAIN_H_

#include "clients/cli/command.h"

namespace cadenza::cli {

// To the command `campaign`.
void AddExplain(CLI::App& campaign, const Globals& globals, Action& action);

}  // namespace cadenza::cli

#endif  // CADENZA_CLIENTS_CLI_CAMPAIGN_EXPLAIN_H_
