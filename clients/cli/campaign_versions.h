// `cadenza campaign versions` and `rollback`.
#ifndef CADENZA_CLIENTS_CLI_CAMPAIGN_VERSIONS_H_
#define CADENZA_CLIENTS_CLI_CAMPAIGN_VERSIONS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cadenza/v1/campaign_service.pb.h"
#include "clients/cli/command.h"

namespace cadenza::cli {

void AddCampaignVersions(CLI::App& campaign, const Globals& globals, Action& action);

// The newest first, down to the first that is not newer than `since` (which is the last of the answer), at most `most`;
// since 0 and most 0: all.
absl::StatusOr<std::vector<v1::CampaignVersion>> VersionsSince(const Globals& globals, const std::string& campaign_id,
                                                               int64_t since, size_t most, client::Client& client);

// "revision 4  2026-11-26 22:10:03.000 UTC  ada@laptop  active", and what changed against `older`, if given, on lines
// of its own. Ends with a newline.
std::string FormatVersion(const v1::CampaignVersion& version, const v1::CampaignVersion* older, bool colour);

}  // namespace cadenza::cli

#endif  // CADENZA_CLIENTS_CLI_CAMPAIGN_VERSIONS_H_
