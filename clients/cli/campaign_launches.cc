// `cadenza campaign launches`.
#include <cstdio>
#include <memory>
#include <string>

#include "clients/cli/command.h"
#include "clients/cli/formats/proto_json.h"
#include "clients/cli/output.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::cli {
namespace {

constexpr char kFooter[] = R"(Examples:
  cadenza campaign launches newsletter

The times at which its schedule has launched the campaign, the newest first: when it was due (of a schedule by users' own
clocks, when the first clock of the world shows the time), how far it is, how many users were launched so far, when it
ended. A launch is "cut short" if the campaign was paused or changed meanwhile, or it was too late. What the campaign's
gates said of the users is in `cadenza campaign stats`.)";

std::string StateText(v1::Launch::State state) {
  switch (state) {
    case v1::Launch::STATE_RUNNING:
      return "running";
    case v1::Launch::STATE_DONE:
      return "done";
    case v1::Launch::STATE_CUT_SHORT:
      return "cut short";
    default:
      return "unknown";
  }
}

std::string LaunchLine(const v1::Launch& launch) {
  std::string line = StrCat(FormatTime(launch.due_time()), "  ", StateText(launch.state()), "  ",
                            launch.users_launched(), launch.users_launched() == 1 ? " user" : " users");
  if (!launch.local_time().empty()) StrAppend(&line, "  at ", launch.local_time(), " by each user's clock");
  StrAppend(&line, "  begun ", FormatTime(launch.begin_time()));
  if (launch.has_end_time()) StrAppend(&line, "  ended ", FormatTime(launch.end_time()));
  return line;
}

absl::StatusOr<int> Launches(const Globals& globals, const std::string& id, client::Client& client) {
  v1::ListLaunchesRequest request;
  request.set_workspace(globals.workspace);
  request.set_campaign_id(id);
  do {
    CADENZA_ASSIGN_OR_RETURN(const v1::ListLaunchesResponse response, client.ListLaunches(request));
    if (!globals.json && request.page_token().empty()) {
      const bool comes = response.has_next_launch_time();
      std::printf("next  %s\n", comes ? FormatTime(response.next_launch_time()).c_str() : "never");
    }
    for (const v1::Launch& launch : response.launches()) {
      std::printf("%s\n", (globals.json ? ToJson(launch) : LaunchLine(launch)).c_str());
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return kOk;
}

}  // namespace

void AddCampaignLaunches(CLI::App& campaign, const Globals& globals, Action& action) {
  CLI::App* command = campaign.add_subcommand("launches", "Lists the launches of a campaign by its schedule");
  command->footer(kFooter);
  auto id = std::make_shared<std::string>();
  command->add_option("CAMPAIGN_ID", *id, "the campaign")->required();
  command->callback([&globals, &action, id] {
    action = WithClient(globals, [&globals, id](client::Client& client) { return Launches(globals, *id, client); });
  });
}

}  // namespace cadenza::cli
