#include "clients/cli/desired_state.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "absl/strings/numbers.h"
#include "clients/cli/output.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::cli {
namespace {

// Every page of a list.
template <typename Request, typename List, typename Of>
absl::Status AddAll(Request request, List list, Of of, std::vector<Definition>* all) {
  do {
    CADENZA_ASSIGN_OR_RETURN(const auto response, list(request));
    for (const auto& one : of(response)) all->push_back(one);
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

// Puts a definition of a file into the request.
struct Adder {
  const std::string& place;
  Desired* desired;

  void operator()(const v1::Campaign& campaign) const {
    *desired->request.add_campaigns()->mutable_campaign() = campaign;
    desired->places.push_back(place);
  }
  void operator()(const v1::Segment& segment) const {
    *desired->request.add_segments()->mutable_segment() = segment;
    desired->segment_places.push_back(place);
  }
  void operator()(const v1::ContentBlock& block) const {
    *desired->request.add_content_blocks()->mutable_content_block() = block;
    desired->content_block_places.push_back(place);
  }
  void operator()(const v1::WorkspaceSettings& settings) const {
    *desired->request.mutable_settings() = settings;
    desired->settings_place = place;
  }
};

// The same definition archived; false if its kind cannot be.
struct Archiver {
  bool segments_too;

  bool operator()(v1::Campaign& campaign) const {
    campaign.set_state(v1::Campaign::STATE_ARCHIVED);
    return true;
  }
  bool operator()(v1::Segment& segment) const {
    segment.set_state(v1::Segment::STATE_ARCHIVED);
    return segments_too;
  }
  bool operator()(v1::ContentBlock& /*block*/) const { return false; }
  bool operator()(v1::WorkspaceSettings& /*settings*/) const { return false; }
};

// The place that "LIST[3]…" names; null if the message names none.
const std::string* PlaceOf(std::string_view list, const std::vector<std::string>& places, std::string_view message,
                           size_t* index) {
  if (!message.starts_with(list) || message.substr(list.size(), 1) != "[") return nullptr;
  message.remove_prefix(list.size() + 1);
  if (!absl::SimpleAtoi(Sv(message.substr(0, message.find(']'))), index) || *index >= places.size()) return nullptr;
  return &places[*index];
}

}  // namespace

absl::StatusOr<std::vector<Definition>> ListDefinitions(const Globals& globals, bool archived, client::Client& client) {
  std::vector<Definition> all;
  v1::GetWorkspaceSettingsRequest settings;
  settings.set_workspace(globals.workspace);
  CADENZA_ASSIGN_OR_RETURN(const v1::GetWorkspaceSettingsResponse stored, client.GetWorkspaceSettings(settings));
  if (stored.settings().etag() != "0") all.push_back(stored.settings());
  v1::ListContentBlocksRequest blocks;
  blocks.set_workspace(globals.workspace);
  CADENZA_RETURN_IF_ERROR(AddAll(
      blocks, [&](const auto& request) { return client.ListContentBlocks(request); },
      [](const auto& response) -> const auto& { return response.content_blocks(); }, &all));
  v1::ListSegmentsRequest segments;
  segments.set_workspace(globals.workspace);
  segments.set_show_archived(archived);
  CADENZA_RETURN_IF_ERROR(AddAll(
      segments, [&](const auto& request) { return client.ListSegments(request); },
      [](const auto& response) -> const auto& { return response.segments(); }, &all));
  v1::ListCampaignsRequest campaigns;
  campaigns.set_workspace(globals.workspace);
  campaigns.set_show_archived(archived);
  CADENZA_RETURN_IF_ERROR(AddAll(
      campaigns, [&](const auto& request) { return client.ListCampaigns(request); },
      [](const auto& response) -> const auto& {
        for (const v1::DamagedCampaign& damaged : response.damaged()) WarnOfDamaged(damaged);
        return response.campaigns();
      },
      &all));
  return all;
}

absl::StatusOr<Desired> ReadDesired(const Globals& globals, const std::vector<std::string>& paths, bool prune,
                                    client::Client& client) {
  const bool has_folder = std::any_of(paths.begin(), paths.end(), IsFolder);
  if (prune && !has_folder) return absl::InvalidArgumentError("--prune needs a folder");
  CADENZA_ASSIGN_OR_RETURN(const std::vector<DefinitionFile> files, ReadDefinitions(paths));
  Desired desired;
  desired.request.set_workspace(globals.workspace);
  std::set<std::string> names;
  for (const DefinitionFile& file : files) {
    std::visit(Adder{file.where, &desired}, file.definition);
    names.insert(NameOf(file.definition));
  }
  if (!has_folder) return desired;
  CADENZA_ASSIGN_OR_RETURN(std::vector<Definition> stored, ListDefinitions(globals, /*archived=*/false, client));
  const Archiver archiver{.segments_too = desired.request.segments_size() > 0};
  for (Definition& definition : stored) {
    if (names.contains(NameOf(definition))) continue;
    if (prune && std::visit(archiver, definition)) {
      std::visit(Adder{"", &desired}, definition);
    } else {
      desired.not_in_files.push_back(NameOf(definition));
    }
  }
  return desired;
}

absl::Status WithFile(const Desired& desired, const absl::Status& status) {
  const std::string_view message = Std(status.message());
  const v1::ApplyCampaignsRequest& request = desired.request;
  size_t index = 0;
  if (const std::string* place = PlaceOf("campaigns", desired.places, message, &index); place != nullptr) {
    return WithPlace(StrCat(*place, ": ", request.campaigns(static_cast<int>(index)).campaign().campaign_id()), status);
  }
  if (const std::string* place = PlaceOf("segments", desired.segment_places, message, &index); place != nullptr) {
    return WithPlace(StrCat(*place, ": ", request.segments(static_cast<int>(index)).segment().segment_id()), status);
  }
  if (const std::string* place = PlaceOf("content_blocks", desired.content_block_places, message, &index);
      place != nullptr) {
    const v1::ContentBlock& block = request.content_blocks(static_cast<int>(index)).content_block();
    return WithPlace(StrCat(*place, ": ", block.content_block_id()), status);
  }
  return message.starts_with("settings.") ? WithPlace(desired.settings_place, status) : status;
}

void ExpectWhatWasShown(const Plan& plan, Desired* desired) {
  const auto expect = [](const auto& result, auto* one, auto* definition) {
    one->set_must_be_new(!result.has_previous());
    if (definition->etag().empty()) definition->set_etag(result.previous().etag());
  };
  for (int i = 0; i < plan.response.results_size(); ++i) {
    v1::DesiredCampaign* one = desired->request.mutable_campaigns(i);
    expect(plan.response.results(i), one, one->mutable_campaign());
  }
  for (int i = 0; i < plan.response.segments_size(); ++i) {
    v1::DesiredSegment* one = desired->request.mutable_segments(i);
    expect(plan.response.segments(i), one, one->mutable_segment());
  }
  for (int i = 0; i < plan.response.content_blocks_size(); ++i) {
    v1::DesiredContentBlock* one = desired->request.mutable_content_blocks(i);
    expect(plan.response.content_blocks(i), one, one->mutable_content_block());
  }
  if (!plan.response.has_settings() || !desired->request.settings().etag().empty()) return;
  const v1::WorkspaceSettingsResult& settings = plan.response.settings();
  desired->request.mutable_settings()->set_etag(settings.has_previous() ? settings.previous().etag() : "0");
}

}  // namespace cadenza::cli
