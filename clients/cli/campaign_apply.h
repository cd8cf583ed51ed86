// `cadenza campaign plan`, `apply` and `export`: files as the desired state of a workspace's campaigns.
#ifndef CADENZA_CLIENTS_CLI_CAMPAIGN_APPLY_H_
#define CADENZA_CLIENTS_CLI_CAMPAIGN_APPLY_H_

#include <CLI/CLI.hpp>

#include "clients/cli/command.h"

namespace cadenza::cli {

void AddCampaignFileCommands(CLI::App& campaign, const Globals& globals, Action& action);

// Who makes a change: "ada@laptop", from the environment and the host.
std::string Author();

}  // namespace cadenza::cli

#endif  // CADENZA_CLIENTS_CLI_CAMPAIGN_APPLY_H_
