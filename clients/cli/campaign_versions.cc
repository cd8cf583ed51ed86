#include "clients/cli/campaign_versions.h"

#include <unistd.h>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "absl/strings/numbers.h"
#include "clients/cli/campaign_apply.h"
#include "clients/cli/formats/campaign_plan.h"
#include "clients/cli/formats/printable.h"
#include "clients/cli/formats/proto_json.h"
#include "clients/cli/output.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::cli {
namespace {

constexpr char kVersionsFooter[] = R"(Examples:
  cadenza campaign versions garlic_knots          # who changed what, and when; the newest first
  cadenza campaign rollback garlic_knots --to 3)";

int64_t RevisionOf(const v1::CampaignVersion& version) {
  int64_t revision = 0;
  return absl::SimpleAtoi(version.campaign().etag(), &revision) ? revision : 0;
}

absl::StatusOr<int> Versions(const Globals& globals, const std::string& id, client::Client& client) {
  CADENZA_ASSIGN_OR_RETURN(const std::vector<v1::CampaignVersion> versions,
                           VersionsSince(globals, id, /*since=*/0, /*most=*/0, client));
  for (size_t i = 0; i < versions.size(); ++i) {
    const v1::CampaignVersion* older = i + 1 < versions.size() ? &versions[i + 1] : nullptr;
    std::printf("%s", globals.json ? StrCat(ToJson(versions[i]), "\n").c_str()
                                   : FormatVersion(versions[i], older, isatty(STDOUT_FILENO) != 0).c_str());
  }
  return kOk;
}

absl::StatusOr<int> Rollback(const Globals& globals, const std::string& id, int64_t to, client::Client& client) {
  v1::RollbackCampaignRequest request;
  request.set_workspace(globals.workspace);
  request.set_campaign_id(id);
  request.set_to_etag(StrCat(to));
  request.set_author(Author());
  CADENZA_ASSIGN_OR_RETURN(const v1::RollbackCampaignResponse response, client.RollbackCampaign(request));
  if (globals.json) {
    std::printf("%s\n", ToJson(response).c_str());
    return kOk;
  }
  const std::vector<FieldChange> changes = DiffMessages(response.previous(), response.campaign(), kCampaignOutputs);
  if (changes.empty()) {
    std::printf("%s: nothing to do, it is what it was in revision %lld\n", id.c_str(), static_cast<long long>(to));
    return kOk;
  }
  std::printf("%s: back to revision %lld, as revision %s; it stays %s\n", id.c_str(), static_cast<long long>(to),
              response.campaign().etag().c_str(), FormatState(response.campaign().state()).c_str());
  std::printf("%s", FormatChanges(changes, 4, isatty(STDOUT_FILENO) != 0).c_str());
  for (const v1::TemplateWarning& warning : response.warnings()) {
    std::printf("    warning: %s\n", FormatWarning(warning).c_str());
  }
  return kOk;
}

}  // namespace

absl::StatusOr<std::vector<v1::CampaignVersion>> VersionsSince(const Globals& globals, const std::string& campaign_id,
                                                               int64_t since, size_t most, client::Client& client) {
  std::vector<v1::CampaignVersion> versions;
  v1::ListCampaignVersionsRequest request;
  request.set_workspace(globals.workspace);
  request.set_campaign_id(campaign_id);
  do {
    CADENZA_ASSIGN_OR_RETURN(const v1::ListCampaignVersionsResponse response, client.ListCampaignVersions(request));
    for (const v1::CampaignVersion& version : response.versions()) {
      versions.push_back(version);
      if (RevisionOf(version) <= since || versions.size() == most) return versions;
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return versions;
}

std::string FormatVersion(const v1::CampaignVersion& version, const v1::CampaignVersion* older, bool colour) {
  const v1::Campaign& campaign = version.campaign();
  std::string text = StrCat("revision ", campaign.etag(), "  ", FormatTime(campaign.update_time()), "  ",
                            version.author().empty() ? "(nobody said who)" : Printable(version.author()), "  ",
                            FormatState(campaign.state()), "\n");
  if (older != nullptr) {
    text += FormatChanges(DiffMessages(older->campaign(), campaign, kCampaignOutputs), 4, colour);
  }
  return text;
}

void AddCampaignVersions(CLI::App& campaign, const Globals& globals, Action& action) {
  CLI::App* versions = campaign.add_subcommand("versions", "Lists every version of a campaign: who, when, what");
  versions->footer(kVersionsFooter);
  auto id = std::make_shared<std::string>();
  versions->add_option("CAMPAIGN_ID", *id, "the campaign")->required();
  versions->callback([&globals, &action, id] {
    action = WithClient(globals, [&globals, id](client::Client& client) { return Versions(globals, *id, client); });
  });

  CLI::App* rollback =
      campaign.add_subcommand("rollback", "Makes a campaign again what it was in a version; its state stays");
  rollback->footer(kVersionsFooter);
  auto to = std::make_shared<int64_t>(0);
  rollback->add_option("CAMPAIGN_ID", *id, "the campaign")->required();
  rollback->add_option("--to", *to, "the revision")->required()->check(CLI::PositiveNumber);
  rollback->callback([&globals, &action, id, to] {
    action =
        WithClient(globals, [&globals, id, to](client::Client& client) { return Rollback(globals, *id, *to, client); });
  });
}

}  // namespace cadenza::cli
