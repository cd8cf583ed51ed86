// `cadenza campaign backtest`: a draft over the stored inputs of a period, straight from the database.
#ifndef CADENZA_CLIENTS_CLI_BACKTEST_RUN_H_
#define CADENZA_CLIENTS_CLI_BACKTEST_RUN_H_

#include "clients/cli/command.h"

namespace cadenza::cli {

// Below `campaign`.
void AddBacktest(CLI::App& campaign, const Globals& globals, Action& action);

}  // namespace cadenza::cli

#endif  // CADENZA_CLIENTS_CLI_BACKTEST_RUN_H_
