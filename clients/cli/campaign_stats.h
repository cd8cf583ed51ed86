// `cadenza campaign stats`: what a campaign did, as a table.
#ifndef CADENZA_CLIENTS_CLI_CAMPAIGN_STATS_H_
#define CADENZA_CLIENTS_CLI_CAMPAIGN_STATS_H_

#include <CLI/CLI.hpp>
#include <string>

#include "cadenza/v1/campaign_stats.pb.h"
#include "clients/cli/command.h"

namespace cadenza::cli {

void AddCampaignStats(CLI::App& campaign, const Globals& globals, Action& action);

// Several lines, each with its newline.
std::string FormatStats(const v1::CampaignStats& stats);

}  // namespace cadenza::cli

#endif  // CADENZA_CLIENTS_CLI_CAMPAIGN_STATS_H_
