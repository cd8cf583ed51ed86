#include <cstdio>
#include <memory>
#include <vector>

#include "absl/strings/str_format.h"
#include "clients/cli/backtest_run.h"
#include "clients/cli/campaign_apply.h"
#include "clients/cli/campaign_explain.h"
#include "clients/cli/campaign_files.h"
#include "clients/cli/campaign_report.h"
#include "clients/cli/campaign_stats.h"
#include "clients/cli/campaign_versions.h"
#include "clients/cli/command.h"
#include "clients/cli/decisions.h"
#include "clients/cli/formats/proto_json.h"
#include "clients/cli/input_flags.h"
#include "clients/cli/output.h"
#include "storage/base/status_macros.h"

namespace cadenza::cli {
namespace {

constexpr char kFooter[] = R"(Examples:
  cadenza campaign apply campaigns/*.yaml
  cadenza campaign plan campaigns/         # a folder is the desired state; then: apply campaigns/
  cadenza campaign list
  cadenza campaign preview garlic_knots --user ada --event order_placed --prop total=23.5
  cadenza campaign trigger flash_sale --id sale-7 --property percent=20 ada ben
  cadenza campaign explain garlic_knots --user ada
  cadenza campaign pause garlic_knots)";

constexpr char kPreviewFooter[] = R"(Examples:
  cadenza campaign preview garlic_knots --user ada --event order_placed --prop total=23.5
  cadenza campaign preview --file knots.yaml --user ada --event order_placed   # need not be stored

Shows each gate and what it saw, and the message that would be sent. Changes nothing.)";

void Show(const Globals& globals, const v1::Campaign& campaign) {
  std::printf("%s\n", globals.json ? ToJson(campaign).c_str() : FormatCampaign(campaign).c_str());
}

void ShowTemplate(const std::string& before, const v1::MessageTemplate& message) {
  std::printf("  %s%s: %s%s%s\n", before.c_str(), message.channel().c_str(), message.title().c_str(),
              message.title().empty() ? "" : ": ", message.body().c_str());
}

absl::StatusOr<int> List(const Globals& globals, bool archived, client::Client& client) {
  v1::ListCampaignsRequest request;
  request.set_workspace(globals.workspace);
  request.set_show_archived(archived);
  do {
    CADENZA_ASSIGN_OR_RETURN(const v1::ListCampaignsResponse response, client.ListCampaigns(request));
    for (const v1::Campaign& campaign : response.campaigns()) Show(globals, campaign);
    for (const v1::DamagedCampaign& damaged : response.damaged()) WarnOfDamaged(damaged);
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return kOk;
}

absl::StatusOr<int> Get(const Globals& globals, const std::string& id, client::Client& client) {
  v1::GetCampaignRequest request;
  request.set_workspace(globals.workspace);
  request.set_campaign_id(id);
  CADENZA_ASSIGN_OR_RETURN(const v1::GetCampaignResponse response, client.GetCampaign(request));
  Show(globals, response.campaign());
  if (globals.json) return kOk;
  const v1::Campaign& campaign = response.campaign();
  if (!campaign.display_name().empty()) std::printf("  name: %s\n", campaign.display_name().c_str());
  if (campaign.has_cooldown()) std::printf("  cooldown: %s\n", FormatDuration(campaign.cooldown()).c_str());
  if (!campaign.audience().empty()) std::printf("  audience: %s\n", Plain(campaign.audience()).c_str());
  if (campaign.has_message()) ShowTemplate("", campaign.message());
  for (const v1::Variant& variant : campaign.variants()) {
    const std::string name = absl::StrFormat("%s (weight %d)", variant.variant_id(), variant.weight());
    if (variant.control()) {
      std::printf("  %s: a control, which gets nothing\n", name.c_str());
    } else {
      ShowTemplate(name + " ", variant.message());
    }
  }
  std::printf("  updated: %s\n", FormatTime(campaign.update_time()).c_str());
  return kOk;
}

template <typename Request, typename Response>
void AddStateChange(CLI::App& campaign, const Globals& globals, Action& action, const char* name, const char* help,
                    absl::StatusOr<Response> (client::Client::*call)(const Request&)) {
  CLI::App* command = campaign.add_subcommand(name, help);
  auto id = std::make_shared<std::string>();
  command->add_option("CAMPAIGN_ID", *id, "the campaign")->required();
  command->callback([&globals, &action, id, call] {
    action = WithClient(globals, [&globals, id, call](client::Client& client) -> absl::StatusOr<int> {
      Request request;
      request.set_workspace(globals.workspace);
      request.set_campaign_id(*id);
      request.set_author(Author());
      CADENZA_ASSIGN_OR_RETURN(const Response response, (client.*call)(request));
      Show(globals, response.campaign());
      return kOk;
    });
  });
}

struct PreviewFlags {
  std::string id;
  std::string file;
  InputFlags input;
};

absl::StatusOr<int> Preview(const Globals& globals, const PreviewFlags& flags, client::Client& client) {
  v1::PreviewCampaignRequest request;
  request.set_workspace(globals.workspace);
  CADENZA_ASSIGN_OR_RETURN(*request.mutable_input(), flags.input.Build());
  if (flags.file.empty()) {
    request.set_campaign_id(flags.id);
  } else {
    CADENZA_ASSIGN_OR_RETURN(const std::vector<CampaignFile> campaigns, ReadCampaigns({flags.file}));
    if (campaigns.size() != 1) return absl::InvalidArgumentError("--file: it must hold one campaign");
    *request.mutable_campaign() = campaigns[0].campaign;
  }
  CADENZA_ASSIGN_OR_RETURN(const v1::PreviewCampaignResponse response, client.PreviewCampaign(request));
  if (globals.json) {
    std::printf("%s\n", ToJson(response).c_str());
    return kOk;
  }
  std::printf("%s", FormatGates(response.gates(), Marks::OfOutput(), "").c_str());
  for (const v1::TemplateWarning& warning : response.warnings()) {
    std::printf("warning: %s\n", FormatWarning(warning).c_str());
  }
  std::printf("outcome now: %s\n", FormatOutcome(response.decision()).c_str());
  std::printf("%s\n", response.has_message() ? FormatMessage(response.message()).c_str() : "no message");
  return kOk;
}

void AddPreview(CLI::App& campaign, const Globals& globals, Action& action) {
  CLI::App* command = campaign.add_subcommand("preview", "Says what a campaign would do with an input of a user");
  command->footer(kPreviewFooter);
  auto flags = std::make_shared<PreviewFlags>();
  CLI::Option* id = command->add_option("CAMPAIGN_ID", flags->id, "a stored campaign");
  command->add_option("--file", flags->file, "a campaign to try out (YAML)")->excludes(id);
  flags->input.AddTo(*command);
  command->callback([&globals, &action, flags] {
    if (flags->id.empty() && flags->file.empty()) throw CLI::RequiredError("CAMPAIGN_ID or --file");
    action =
        WithClient(globals, [&globals, flags](client::Client& client) { return Preview(globals, *flags, client); });
  });
}

}  // namespace

void AddCampaign(CLI::App& app, const Globals& globals, Action& action) {
  CLI::App* campaign = app.add_subcommand("campaign", "Manages campaigns");
  campaign->require_subcommand(1);
  campaign->footer(kFooter);

  AddCampaignFileCommands(*campaign, globals, action);
  AddCampaignVersions(*campaign, globals, action);

  CLI::App* list = campaign->add_subcommand("list", "Lists the campaigns of the workspace");
  auto archived = std::make_shared<bool>(false);
  list->add_flag("--archived", *archived, "archived ones too");
  list->callback([&globals, &action, archived] {
    action =
        WithClient(globals, [&globals, archived](client::Client& client) { return List(globals, *archived, client); });
  });

  CLI::App* get = campaign->add_subcommand("get", "Shows one campaign");
  auto id = std::make_shared<std::string>();
  get->add_option("CAMPAIGN_ID", *id, "the campaign")->required();
  get->callback([&globals, &action, id] {
    action = WithClient(globals, [&globals, id](client::Client& client) { return Get(globals, *id, client); });
  });

  AddPreview(*campaign, globals, action);
  AddReport(*campaign, globals, action);
  AddCampaignStats(*campaign, globals, action);
  AddBacktest(*campaign, globals, action);
  AddCampaignLaunches(*campaign, globals, action);
  AddCampaignTrigger(*campaign, globals, action);
  AddExplain(*campaign, globals, action);
  AddStateChange(*campaign, globals, action, "activate", "Draft or paused -> active",
                 &client::Client::ActivateCampaign);
  AddStateChange(*campaign, globals, action, "pause", "Active -> paused", &client::Client::PauseCampaign);
  AddStateChange(*campaign, globals, action, "archive", "Any -> archived, for good", &client::Client::ArchiveCampaign);
}

}  // namespace cadenza::cli
