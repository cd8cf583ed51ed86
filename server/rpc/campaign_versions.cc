#include "server/rpc/campaign_versions.h"

#include <utility>
#include <vector>

#include "server/control/campaign_checks.h"
#include "server/rpc/requests.h"
#include "server/rpc/warnings.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/codec/wire.h"
#include "storage/codec/wire_content.h"
#include "storage/codec/wire_segment.h"
#include "storage/codec/wire_workspace.h"
#include "storage/model/rejection.h"

namespace cadenza::rpc {
namespace {

absl::StatusOr<DesiredCampaign> DesiredOf(const std::string& workspace, const v1::DesiredCampaign& proto) {
  DesiredCampaign desired;
  CADENZA_ASSIGN_OR_RETURN(desired.campaign, FromProto(workspace, proto.campaign()));
  if (!v1::Campaign::State_IsValid(proto.campaign().state())) return InvalidField("state", "is not one");
  desired.campaign.state = static_cast<Campaign::State>(proto.campaign().state());
  desired.must_be_new = proto.must_be_new();
  return desired;
}

absl::Status ReadContentBlocks(const v1::ApplyCampaignsRequest& request, DesiredDefinitions* desired) {
  for (int i = 0; i < request.content_blocks_size(); ++i) {
    const v1::DesiredContentBlock& proto = request.content_blocks(i);
    absl::StatusOr<ContentBlock> block = FromProto(request.workspace(), proto.content_block());
    if (!block.ok()) return WithFieldPrefix(block.status(), StrCat("content_blocks[", i, "].content_block."));
    desired->content_blocks.push_back({*std::move(block), proto.must_be_new()});
  }
  return absl::OkStatus();
}

absl::Status ReadSegments(const v1::ApplyCampaignsRequest& request, DesiredDefinitions* desired) {
  for (int i = 0; i < request.segments_size(); ++i) {
    const v1::DesiredSegment& proto = request.segments(i);
    const std::string field = StrCat("segments[", i, "].segment.");
    absl::StatusOr<Segment> segment = FromProto(request.workspace(), proto.segment());
    if (!segment.ok()) return WithFieldPrefix(segment.status(), field);
    if (!v1::Segment::State_IsValid(proto.segment().state())) return InvalidField(field + "state", "is not one");
    segment->state = static_cast<Segment::State>(proto.segment().state());
    desired->segments.push_back({*std::move(segment), proto.must_be_new()});
  }
  return absl::OkStatus();
}

absl::Status ReadSettings(const v1::ApplyCampaignsRequest& request, DesiredDefinitions* desired) {
  if (!request.has_settings()) return absl::OkStatus();
  const absl::StatusOr<std::optional<int64_t>> revision = SettingsRevisionFromEtag(request.settings().etag());
  if (!revision.ok()) return WithFieldPrefix(revision.status(), "settings.");
  absl::StatusOr<WorkspaceSettings> settings = FromProto(request.workspace(), request.settings());
  if (!settings.ok()) return WithFieldPrefix(settings.status(), "settings.");
  desired->settings = {*std::move(settings), *revision};
  return absl::OkStatus();
}

v1::CampaignResult::Action ActionOf(ApplyAction action) {
  switch (action) {
    case ApplyAction::kCreated:
      return v1::CampaignResult::ACTION_CREATED;
    case ApplyAction::kUpdated:
      return v1::CampaignResult::ACTION_UPDATED;
    case ApplyAction::kUnchanged:
      break;
  }
  return v1::CampaignResult::ACTION_UNCHANGED;
}

void AddDefinitions(const DefinitionResults& results, v1::ApplyCampaignsResponse* response) {
  for (const ApplyResult<ContentBlock>& result : results.content_blocks) {
    v1::ContentBlockResult* proto = response->add_content_blocks();
    proto->set_action(ActionOf(result.action));
    cadenza::ToProto(result.now, proto->mutable_content_block());
    if (result.previous.has_value()) cadenza::ToProto(*result.previous, proto->mutable_previous());
    AddWarnings(result.warnings, proto->mutable_warnings());
  }
  for (const ApplyResult<Segment>& result : results.segments) {
    v1::SegmentResult* proto = response->add_segments();
    proto->set_action(ActionOf(result.action));
    cadenza::ToProto(result.now, proto->mutable_segment());
    if (result.previous.has_value()) cadenza::ToProto(*result.previous, proto->mutable_previous());
    AddWarnings(result.warnings, proto->mutable_warnings());
  }
  if (!results.settings.has_value()) return;
  v1::WorkspaceSettingsResult* proto = response->mutable_settings();
  proto->set_action(ActionOf(results.settings->action));
  cadenza::ToProto(results.settings->now, proto->mutable_settings());
  if (results.settings->previous.has_value()) cadenza::ToProto(*results.settings->previous, proto->mutable_previous());
}

}  // namespace

absl::Status ApplyCampaigns(CampaignApplier& applier, const v1::ApplyCampaignsRequest& request,
                            v1::ApplyCampaignsResponse* response) {
  CADENZA_RETURN_IF_ERROR(CheckWorkspace(request.workspace()));
  DesiredState desired;
  for (int i = 0; i < request.campaigns_size(); ++i) {
    absl::StatusOr<DesiredCampaign> one = DesiredOf(request.workspace(), request.campaigns(i));
    if (!one.ok()) return WithFieldPrefix(one.status(), StrCat("campaigns[", i, "].campaign."));
    desired.campaigns.push_back(*std::move(one));
  }
  CADENZA_RETURN_IF_ERROR(ReadContentBlocks(request, &desired.definitions));
  CADENZA_RETURN_IF_ERROR(ReadSegments(request, &desired.definitions));
  CADENZA_RETURN_IF_ERROR(ReadSettings(request, &desired.definitions));
  const ApplyOptions options{
      .validate_only = request.validate_only(), .author = request.author(), .sample_users = request.sample_users()};
  CADENZA_ASSIGN_OR_RETURN(const AppliedCampaigns applied, applier.Apply(request.workspace(), desired, options));
  for (const CampaignResult& result : applied.results) {
    v1::CampaignResult* proto = response->add_results();
    proto->set_action(ActionOf(result.action));
    cadenza::ToProto(result.campaign, proto->mutable_campaign());
    if (result.previous.has_value()) cadenza::ToProto(*result.previous, proto->mutable_previous());
    AddWarnings(result.warnings, proto->mutable_warnings());
  }
  AddDefinitions(applied.definitions, response);
  response->set_users_examined(applied.users_examined);
  response->set_all_users_examined(applied.all_users_examined);
  return absl::OkStatus();
}

absl::Status ListCampaignVersions(CampaignApplier& applier, const v1::ListCampaignVersionsRequest& request,
                                  v1::ListCampaignVersionsResponse* response) {
  CADENZA_RETURN_IF_ERROR(CheckWorkspace(request.workspace()));
  CADENZA_ASSIGN_OR_RETURN(const int page_size, CheckPageSize(request.page_size()));
  CADENZA_ASSIGN_OR_RETURN(const int64_t before, ParseSeqToken(request.page_token()));
  CADENZA_ASSIGN_OR_RETURN(std::vector<CampaignVersion> versions,
                           applier.ListVersions(request.workspace(), request.campaign_id(), before, page_size + 1));
  if (versions.size() > static_cast<size_t>(page_size)) {
    versions.pop_back();
    response->set_next_page_token(MakeSeqToken(versions.back().campaign.revision));
  }
  for (const CampaignVersion& version : versions) {
    v1::CampaignVersion* proto = response->add_versions();
    cadenza::ToProto(version.campaign, proto->mutable_campaign());
    proto->set_author(version.author);
  }
  return absl::OkStatus();
}

absl::Status RollbackCampaign(CampaignApplier& applier, const v1::RollbackCampaignRequest& request,
                              v1::RollbackCampaignResponse* response) {
  CADENZA_RETURN_IF_ERROR(CheckWorkspace(request.workspace()));
  const auto revision = [](const std::string& etag, std::string_view field) -> absl::StatusOr<int64_t> {
    absl::StatusOr<int64_t> parsed = RevisionFromEtag(etag, "the campaign");
    if (!parsed.ok()) return InvalidField(field, "is not one that the server gave");
    return parsed;
  };
  CADENZA_ASSIGN_OR_RETURN(const int64_t to, revision(request.to_etag(), "to_etag"));
  if (to == 0) return InvalidField("to_etag", "is required: of the version to go back to");
  CADENZA_ASSIGN_OR_RETURN(const int64_t etag, revision(request.etag(), "etag"));
  CADENZA_ASSIGN_OR_RETURN(const CampaignResult result,
                           applier.Rollback(request.workspace(), request.campaign_id(), to, etag, request.author()));
  cadenza::ToProto(result.campaign, response->mutable_campaign());
  if (result.previous.has_value()) cadenza::ToProto(*result.previous, response->mutable_previous());
  AddWarnings(result.warnings, response->mutable_warnings());
  return absl::OkStatus();
}

}  // namespace cadenza::rpc
