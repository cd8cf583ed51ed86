#include "clients/cli/campaign_apply.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "clients/cli/campaign_versions.h"
#include "clients/cli/desired_state.h"
#include "clients/cli/formats/campaign_plan.h"
#include "clients/cli/output.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::cli {
namespace {

constexpr size_t kAuthorBytes = 255;
constexpr size_t kVersionsTold = 20;  // of one campaign that somebody else changed

constexpr char kApplyFooter[] =
    R"(A file is YAML, one cadenza.v1.Campaign a document, fields as in the proto (or one cadenza.v1.Segment, with a segment_id, or
one cadenza.v1.ContentBlock, with a content_block_id; settings.yaml is the cadenza.v1.WorkspaceSettings):

  campaign_id: garlic_knots
  state: active                  # brings it about; absent: the state stays as it is
  trigger: {event_name: order_placed}
  condition: event.properties.total > 15.0
  cooldown: 7d                   # or 168h, 1h30m, 90s
  message:
    channel: push
    content_type: text/plain     # or text/html, application/json: what {{ }} inserts is escaped for it
    body: "{{${first_name}}}, garlic knots? {{content_blocks.${footer}}}"
    localizations:               # by the user's attribute `language`: the best match, else the above
      - locale: fr
        body: "{{${first_name}}}, des noeuds à l'ail ?"

Everything, of every kind, is applied in one transaction, or nothing is. A folder is shown as `plan` shows it first, and applied when you
say yes (or --yes), if nobody has changed any of it meanwhile. Files that are named one by one are applied at once.
What is probably not meant is told as a warning. A change is in force within a second.)";

constexpr char kPlanFooter[] = R"(Examples:
  cadenza campaign export campaigns/     # the workspace as files
  cadenza campaign plan campaigns/       # what apply would change, field by field; changes nothing
  cadenza campaign apply campaigns/

Campaigns and what they need: segments, content blocks, and the settings of the workspace (settings.yaml).

Warns of attributes and events that none of the users looked at (--sample) has, of an audience or a segment that none of
them is in, and of an edit that makes a running test of variants void. What is in no file is left alone, unless --prune.)";

struct FileFlags {
  std::vector<std::string> paths;
  bool prune = false;
  bool yes = false;
  int sample = 10'000;  // users

  bool has_folder() const { return std::any_of(paths.begin(), paths.end(), IsFolder); }
};

// What was done, a line for each.
nlohmann::ordered_json DoneToJson(const PlanEntry& entry) {
  nlohmann::ordered_json line = EntryToJson(entry);
  line.erase("file");
  line.erase("changes");
  if (entry.warnings.empty()) line.erase("warnings");
  return line;
}

void ShowDone(const Globals& globals, const Plan& done) {
  for (const PlanEntry& entry : EntriesOf(done)) {
    if (globals.json) {
      std::printf("%s\n", DoneToJson(entry).dump().c_str());
      continue;
    }
    std::printf("%s: %s\n", entry.name.c_str(), absl::StrJoin(entry.Done(), ", ").c_str());
    for (const v1::TemplateWarning& warning : entry.warnings) {
      std::printf("  warning: %s\n", FormatWarning(warning).c_str());
    }
  }
}

// On standard error: what others changed since the etags that were given.
void ShowWhoWasFaster(const Globals& globals, const Desired& desired, const absl::Status& status,
                      client::Client& client) {
  for (const v1::DesiredCampaign& one : desired.request.campaigns()) {
    const std::string& id = one.campaign().campaign_id();
    int64_t since = 0;
    if (Std(status.message()).find(StrCat("campaign ", id, " was changed")) == std::string_view::npos ||
        !absl::SimpleAtoi(one.campaign().etag(), &since)) {
      continue;
    }
    const absl::StatusOr<std::vector<v1::CampaignVersion>> versions =
        VersionsSince(globals, id, since, kVersionsTold, client);
    if (!versions.ok()) continue;
    std::fprintf(stderr, "%s, changed since:\n", id.c_str());
    for (size_t i = 0; i + 1 < versions->size(); ++i) {
      std::fprintf(stderr, "%s",
                   FormatVersion((*versions)[i], &(*versions)[i + 1], isatty(STDERR_FILENO) != 0).c_str());
    }
  }
}

Plan PlanOf(const Desired& desired, const v1::ApplyCampaignsResponse& response) {
  return {.response = response,
          .places = desired.places,
          .content_block_places = desired.content_block_places,
          .segment_places = desired.segment_places,
          .settings_place = desired.settings_place,
          .not_in_files = desired.not_in_files};
}

absl::StatusOr<Plan> MakePlan(const Globals& globals, const Desired& desired, int sample, client::Client& client) {
  v1::ApplyCampaignsRequest request = desired.request;
  request.set_validate_only(true);
  request.set_sample_users(sample);
  const absl::StatusOr<v1::ApplyCampaignsResponse> response = client.ApplyCampaigns(request);
  if (absl::IsAborted(response.status())) ShowWhoWasFaster(globals, desired, response.status(), client);
  if (!response.ok()) return WithFile(desired, response.status());
  return PlanOf(desired, *response);
}

void ShowPlan(const Globals& globals, const Plan& plan) {
  const std::string text = globals.json ? PlanToJson(plan).dump() + "\n" : FormatPlan(plan, isatty(STDOUT_FILENO) != 0);
  std::printf("%s", text.c_str());
}

absl::StatusOr<int> ShowPlanOf(const Globals& globals, const FileFlags& flags, client::Client& client) {
  CADENZA_ASSIGN_OR_RETURN(const Desired desired, ReadDesired(globals, flags.paths, flags.prune, client));
  CADENZA_ASSIGN_OR_RETURN(const Plan plan, MakePlan(globals, desired, flags.sample, client));
  ShowPlan(globals, plan);
  return kOk;
}

bool Confirmed(const Globals& globals) {
  std::printf("\nApply this to workspace %s? [y/N] ", globals.workspace.c_str());
  std::fflush(stdout);
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "yes";
}

absl::StatusOr<int> Apply(const Globals& globals, const FileFlags& flags, client::Client& client) {
  CADENZA_ASSIGN_OR_RETURN(Desired desired, ReadDesired(globals, flags.paths, flags.prune, client));
  desired.request.set_author(Author());
  if (flags.has_folder()) {
    CADENZA_ASSIGN_OR_RETURN(const Plan plan, MakePlan(globals, desired, flags.sample, client));
    if (!globals.json) ShowPlan(globals, plan);
    if (!ChangesNothing(plan.response) && !flags.yes) {
      if (globals.json || isatty(STDIN_FILENO) == 0) {
        return absl::InvalidArgumentError("nobody is there to say yes; --yes applies without asking");
      }
      if (!Confirmed(globals)) {
        std::fprintf(stderr, "cadenza: nothing was changed\n");
        return kFailure;
      }
    }
    if (ChangesNothing(plan.response) && !globals.json) return kOk;
    ExpectWhatWasShown(plan, &desired);
  }
  const absl::StatusOr<v1::ApplyCampaignsResponse> response = client.ApplyCampaigns(desired.request);
  if (absl::IsAborted(response.status())) ShowWhoWasFaster(globals, desired, response.status(), client);
  if (!response.ok()) return WithFile(desired, response.status());
  ShowDone(globals, PlanOf(desired, *response));
  return kOk;
}

struct ExportFlags {
  std::string folder;
  bool archived = false;
};

absl::StatusOr<int> Export(const Globals& globals, const ExportFlags& flags, client::Client& client) {
  CADENZA_ASSIGN_OR_RETURN(const std::vector<Definition> all, ListDefinitions(globals, flags.archived, client));
  CADENZA_ASSIGN_OR_RETURN(const std::vector<std::string> written, WriteDefinitions(all, flags.folder));
  const auto campaigns = std::count_if(all.begin(), all.end(), [](const Definition& definition) {
    return std::holds_alternative<v1::Campaign>(definition);
  });
  const auto others = static_cast<int64_t>(all.size()) - campaigns;
  if (globals.json) {
    const nlohmann::ordered_json json = {{"campaigns", campaigns}, {"others", others}, {"written", written}};
    std::printf("%s\n", json.dump().c_str());
    return kOk;
  }
  for (const std::string& path : written) std::printf("wrote %s\n", path.c_str());
  const std::string besides = others == 0 ? "" : StrCat(", ", others, " others");
  std::printf("%lld campaigns%s, %zu files written\n", static_cast<long long>(campaigns), besides.c_str(),
              written.size());
  return kOk;
}

void AddSample(CLI::App& command, FileFlags* flags) {
  command.add_option("--sample", flags->sample, "how many users' profiles are looked at for warnings; 0: none")
      ->check(CLI::Range(0, 10'000))
      ->capture_default_str();
  command.add_flag("--prune", flags->prune, "archive campaigns that no file names; segments too, if a file is of one");
}

}  // namespace

std::string Author() {
  if (const char* given = std::getenv("CADENZA_AUTHOR"); given != nullptr)
    return std::string(given).substr(0, kAuthorBytes);
  const passwd* user = getpwuid(geteuid());
  char host[HOST_NAME_MAX + 1] = "";
  if (gethostname(host, sizeof(host) - 1) != 0) host[0] = '\0';
  return StrCat(user == nullptr ? StrCat(geteuid()) : user->pw_name, "@", host).substr(0, kAuthorBytes);
}

void AddCampaignFileCommands(CLI::App& campaign, const Globals& globals, Action& action) {
  CLI::App* plan = campaign.add_subcommand("plan", "Shows what apply would change");
  plan->footer(kPlanFooter);
  auto planned = std::make_shared<FileFlags>();
  plan->add_option("DIR", planned->paths, "a folder of YAML files, or files")->required();
  AddSample(*plan, planned.get());
  plan->callback([&globals, &action, planned] {
    action = WithClient(globals,
                        [&globals, planned](client::Client& client) { return ShowPlanOf(globals, *planned, client); });
  });

  CLI::App* apply = campaign.add_subcommand("apply", "Makes campaigns, and what they need, what files say");
  apply->footer(kApplyFooter);
  auto applied = std::make_shared<FileFlags>();
  apply->add_option("FILE", applied->paths, "YAML files or folders; - is standard input")->required();
  AddSample(*apply, applied.get());
  apply->add_flag("--yes", applied->yes, "apply a folder without asking");
  apply->callback([&globals, &action, applied] {
    action =
        WithClient(globals, [&globals, applied](client::Client& client) { return Apply(globals, *applied, client); });
  });

  CLI::App* export_command = campaign.add_subcommand("export", "Writes the workspace to files");
  export_command->footer(kPlanFooter);
  auto exported = std::make_shared<ExportFlags>();
  export_command->add_option("DIR", exported->folder, "the folder; one file for each definition")->required();
  export_command->add_flag("--archived", exported->archived, "archived ones too");
  export_command->callback([&globals, &action, exported] {
    action = WithClient(globals,
                        [&globals, exported](client::Client& client) { return Export(globals, *exported, client); });
  });
}

}  // namespace cadenza::cli
