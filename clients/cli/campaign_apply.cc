#include "clients/cli/campaign_apply.h"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>

#include "absl/strings/str_join.h"
#include "clients/cli/formats/proto_json.h"
#include "clients/cli/output.h"
#include "google/protobuf/util/message_differencer.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::cli {
namespace {

constexpr int64_t kDefaultTimeToLive = 30 * 24 * 3600;  // seconds; of cadenza.v1.MessageTemplate

v1::Campaign WithoutOutputs(v1::Campaign campaign) {
  campaign.clear_state();
  campaign.clear_create_time();
  campaign.clear_update_time();
  campaign.clear_activate_time();
  campaign.clear_etag();
  return campaign;
}

void FillIn(v1::MessageTemplate* message) {
  if (message->content_type() == "text/plain") message->clear_content_type();
  if (!message->has_time_to_live()) message->mutable_time_to_live()->set_seconds(kDefaultTimeToLive);
}

// As the server gives it back: what is absent and has a default is filled in.
v1::Campaign Comparable(v1::Campaign campaign) {
  if (campaign.variants().empty()) campaign.mutable_message();
  if (campaign.has_message()) FillIn(campaign.mutable_message());
  for (v1::Variant& variant : *campaign.mutable_variants()) {
    if (variant.has_message()) FillIn(variant.mutable_message());
  }
  if (campaign.has_quiet_hours() && campaign.quiet_hours().action() == v1::QuietHours::ACTION_UNSPECIFIED) {
    campaign.mutable_quiet_hours()->set_action(v1::QuietHours::ACTION_DROP);
  }
  const google::protobuf::Duration& cooldown = campaign.cooldown();
  if (cooldown.seconds() == 0 && cooldown.nanos() == 0) campaign.clear_cooldown();
  return WithoutOutputs(std::move(campaign));
}

absl::StatusOr<v1::Campaign> ChangeState(const Globals& globals, const v1::Campaign& stored, v1::Campaign::State wanted,
                                         client::Client& client) {
  const auto changed = [](const auto& response) -> absl::StatusOr<v1::Campaign> {
    if (!response.ok()) return response.status();
    return response->campaign();
  };
  const auto fill = [&](auto request) {
    request.set_workspace(globals.workspace);
    request.set_campaign_id(stored.campaign_id());
    request.set_etag(stored.etag());
    return request;
  };
  switch (wanted) {
    case v1::Campaign::STATE_ACTIVE:
      return changed(client.ActivateCampaign(fill(v1::ActivateCampaignRequest())));
    case v1::Campaign::STATE_PAUSED:
      return changed(client.PauseCampaign(fill(v1::PauseCampaignRequest())));
    case v1::Campaign::STATE_ARCHIVED:
      return changed(client.ArchiveCampaign(fill(v1::ArchiveCampaignRequest())));
    default:
      return absl::FailedPreconditionError(
          StrCat("it is ", FormatState(stored.state()), "; no campaign becomes a draft again"));
  }
}

using Warnings = google::protobuf::RepeatedPtrField<v1::TemplateWarning>;

// What was done, in words; the campaign as it is now in `stored`.
absl::StatusOr<std::vector<std::string>> Apply(const Globals& globals, const v1::Campaign& wanted,
                                               client::Client& client, v1::Campaign* stored, Warnings* warnings) {
  std::vector<std::string> done;
  v1::GetCampaignRequest get;
  get.set_workspace(globals.workspace);
  get.set_campaign_id(wanted.campaign_id());
  const absl::StatusOr<v1::GetCampaignResponse> found = client.GetCampaign(get);
  if (absl::IsNotFound(found.status())) {
    v1::CreateCampaignRequest create;
    create.set_workspace(globals.workspace);
    *create.mutable_campaign() = WithoutOutputs(wanted);
    CADENZA_ASSIGN_OR_RETURN(const v1::CreateCampaignResponse created, client.CreateCampaign(create));
    *stored = created.campaign();
    *warnings = created.warnings();
    done.push_back("created");
  } else {
    CADENZA_RETURN_IF_ERROR(found.status());
    *stored = found->campaign();
    if (!google::protobuf::util::MessageDifferencer::Equals(Comparable(*stored), Comparable(wanted))) {
      v1::UpdateCampaignRequest update;
      update.set_workspace(globals.workspace);
      *update.mutable_campaign() = WithoutOutputs(wanted);
      update.mutable_campaign()->set_etag(wanted.etag().empty() ? stored->etag() : wanted.etag());
      CADENZA_ASSIGN_OR_RETURN(const v1::UpdateCampaignResponse updated, client.UpdateCampaign(update));
      *stored = updated.campaign();
      *warnings = updated.warnings();
      done.push_back("updated");
    }
  }
  if (wanted.state() != v1::Campaign::STATE_UNSPECIFIED && wanted.state() != stored->state()) {
    CADENZA_ASSIGN_OR_RETURN(*stored, ChangeState(globals, *stored, wanted.state(), client));
    done.push_back(FormatState(stored->state()));
  }
  if (done.empty()) done.push_back("unchanged");
  return done;
}

}  // namespace

absl::StatusOr<std::vector<CampaignFile>> ReadCampaigns(const std::vector<std::string>& paths) {
  std::vector<CampaignFile> campaigns;
  std::set<std::string> ids;
  for (const std::string& path : paths) {
    CADENZA_ASSIGN_OR_RETURN(const std::string content, ReadFile(path));
    const absl::StatusOr<std::vector<std::string>> documents = YamlToJson(content);
    if (!documents.ok()) return WithPlace(path, documents.status());
    if (documents->empty()) return absl::InvalidArgumentError(StrCat(path, ": holds no campaign"));
    for (size_t i = 0; i < documents->size(); ++i) {
      CampaignFile& file = campaigns.emplace_back();
      file.where = documents->size() == 1 ? path : StrCat(path, ", document ", i + 1);
      CADENZA_RETURN_IF_ERROR([&] {
        const absl::Status parsed = FromJson((*documents)[i], &file.campaign);
        return parsed.ok() ? parsed : WithPlace(file.where, parsed);
      }());
      if (file.campaign.campaign_id().empty())
        return absl::InvalidArgumentError(StrCat(file.where, ": campaign_id is missing"));
      if (!ids.insert(file.campaign.campaign_id()).second) {
        return absl::InvalidArgumentError(
            StrCat(file.where, ": ", file.campaign.campaign_id(), " stands in two documents"));
      }
    }
  }
  return campaigns;
}

absl::StatusOr<int> ApplyCampaigns(const Globals& globals, const std::vector<std::string>& paths,
                                   client::Client& client) {
  CADENZA_ASSIGN_OR_RETURN(const std::vector<CampaignFile> campaigns, ReadCampaigns(paths));
  for (const CampaignFile& file : campaigns) {
    v1::Campaign stored;
    Warnings warnings;
    const absl::StatusOr<std::vector<std::string>> done = Apply(globals, file.campaign, client, &stored, &warnings);
    if (!done.ok()) return WithPlace(StrCat(file.where, ": ", file.campaign.campaign_id()), done.status());
    if (globals.json) {
      nlohmann::ordered_json line = {
          {"campaign_id", stored.campaign_id()}, {"done", *done}, {"state", v1::Campaign::State_Name(stored.state())}};
      for (const v1::TemplateWarning& warning : warnings) line["warnings"].push_back(FormatWarning(warning));
      std::printf("%s\n", line.dump().c_str());
    } else {
      std::printf("%s: %s\n", stored.campaign_id().c_str(), absl::StrJoin(*done, ", ").c_str());
      for (const v1::TemplateWarning& warning : warnings) {
        std::printf("  warning: %s\n", FormatWarning(warning).c_str());
      }
    }
  }
  return kOk;
}

}  // namespace cadenza::cli
