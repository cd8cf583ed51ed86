// `cadenza campaign trigger`.
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "clients/cli/command.h"
#include "clients/cli/formats/proto_json.h"
#include "clients/cli/input_flags.h"
#include "storage/base/status_macros.h"

namespace cadenza::cli {
namespace {

constexpr char kFooter[] = R"(Examples:
  cadenza campaign trigger flash_sale --id sale-7 --property percent=20 ada ben

Launches a campaign whose trigger is api_triggered, for up to 1,000 users. Prints a line for each user, in the order given:
what became of it, the user_id, the place among the user's inputs. The same --id again, within 24 hours, is answered as a
duplicate and does nothing; so after a failure, call again with the same --id.
Exit code 5: it was rejected for somebody.)";

struct Flags {
  std::string campaign_id;
  std::string trigger_id;
  std::vector<std::string> properties;
  std::vector<std::string> users;
};

absl::StatusOr<int> Trigger(const Globals& globals, const Flags& flags, client::Client& client) {
  v1::TriggerCampaignRequest request;
  request.set_workspace(globals.workspace);
  request.set_campaign_id(flags.campaign_id);
  request.set_trigger_id(flags.trigger_id);
  CADENZA_ASSIGN_OR_RETURN(const client::Entries entries, KeyValues("--property", flags.properties));
  for (const auto& [name, value] : entries) (*request.mutable_properties())[name] = value;
  for (const std::string& user : flags.users) request.add_recipients()->mutable_user()->set_user_id(user);
  CADENZA_ASSIGN_OR_RETURN(const v1::TriggerCampaignResponse response, client.TriggerCampaign(request));
  if (globals.json) std::printf("%s\n", ToJson(response).c_str());
  if (response.results_size() != request.recipients_size()) {
    return absl::InternalError("the server did not answer for each user");
  }
  bool rejected = false;
  for (int i = 0; i < response.results_size(); ++i) {
    const v1::RecipientResult& result = response.results(i);
    rejected |= result.has_error();
    if (globals.json) continue;
    if (result.has_error()) {
      std::printf("rejected   %s  %s\n", flags.users[i].c_str(), result.error().message().c_str());
    } else {
      std::printf("%-9s  %s  user_seq %lld\n", result.duplicate() ? "duplicate" : "launched", flags.users[i].c_str(),
                  static_cast<long long>(result.user_seq()));
    }
  }
  return rejected ? kRefused : kOk;
}

}  // namespace

void AddCampaignTrigger(CLI::App& campaign, const Globals& globals, Action& action) {
  CLI::App* command = campaign.add_subcommand("trigger", "Launches a campaign for some users");
  command->footer(kFooter);
  auto flags = std::make_shared<Flags>();
  command->add_option("CAMPAIGN_ID", flags->campaign_id, "the campaign")->required();
  command->add_option("USER_ID", flags->users, "whom, 1 to 1,000")->required();
  command->add_option("--id", flags->trigger_id, "the key of idempotency: a new one for each launch")->required();
  command
      ->add_option("--property,--prop", flags->properties,
                   "NAME=VALUE, what event.properties has; the value is JSON, or else text; repeatable")
      ->allow_extra_args(false);
  command->callback([&globals, &action, flags] {
    action =
        WithClient(globals, [&globals, flags](client::Client& client) { return Trigger(globals, *flags, client); });
  });
}

}  // namespace cadenza::cli
