#include "clients/cpp/client.h"

#include <utility>

#include "clients/cpp/status.h"

namespace cadenza::client {
namespace {

template <typename Stub, typename Request, typename Response>
absl::StatusOr<Response> Call(Stub& stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                              const Request& request, absl::Duration timeout) {
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
  Response response;
  const grpc::Status status = (stub.*method)(&context, request, &response);
  if (!status.ok()) return FromGrpc(status);
  return response;
}

}  // namespace

Client::Client(std::shared_ptr<grpc::Channel> channel, absl::Duration timeout)
    : channel_(std::move(channel)),
      timeout_(timeout),
      events_(v1::EventService::NewStub(channel_)),
      messages_(v1::MessageService::NewStub(channel_)),
      profiles_(v1::ProfileService::NewStub(channel_)),
      campaigns_(v1::CampaignService::NewStub(channel_)),
      segments_(v1::SegmentService::NewStub(channel_)),
      timers_(v1::TimerService::NewStub(channel_)),
      catalogs_(v1::CatalogService::NewStub(channel_)),
      content_blocks_(v1::ContentBlockService::NewStub(channel_)),
      workspaces_(v1::WorkspaceService::NewStub(channel_)) {}

absl::StatusOr<v1::SubmitEventsResponse> Client::SubmitEvents(const v1::SubmitEventsRequest& request) {
  return Call(*events_, &v1::EventService::Stub::SubmitEvents, request, timeout_);
}

absl::StatusOr<v1::ListMessagesResponse> Client::ListMessages(const v1::ListMessagesRequest& request) {
  return Call(*messages_, &v1::MessageService::Stub::ListMessages, request, timeout_);
}

absl::StatusOr<v1::GetProfileResponse> Client::GetProfile(const v1::GetProfileRequest& request) {
  return Call(*profiles_, &v1::ProfileService::Stub::GetProfile, request, timeout_);
}

absl::StatusOr<v1::BatchGetProfilesResponse> Client::BatchGetProfiles(const v1::BatchGetProfilesRequest& request) {
  return Call(*profiles_, &v1::ProfileService::Stub::BatchGetProfiles, request, timeout_);
}

absl::StatusOr<v1::ListUserEventsResponse> Client::ListUserEvents(const v1::ListUserEventsRequest& request) {
  return Call(*profiles_, &v1::ProfileService::Stub::ListUserEvents, request, timeout_);
}

absl::StatusOr<v1::CreateCampaignResponse> Client::CreateCampaign(const v1::CreateCampaignRequest& request) {
  return Call(*campaigns_, &v1::CampaignService::Stub::CreateCampaign, request, timeout_);
}

absl::StatusOr<v1::GetCampaignResponse> Client::GetCampaign(const v1::GetCampaignRequest& request) {
  return Call(*campaigns_, &v1::CampaignService::Stub::GetCampaign, request, timeout_);
}

absl::StatusOr<v1::ListCampaignsResponse> Client::ListCampaigns(const v1::ListCampaignsRequest& request) {
  return Call(*campaigns_, &v1::CampaignService::Stub::ListCampaigns, request, timeout_);
}

absl::StatusOr<v1::GetCampaignStatsResponse> Client::GetCampaignStats(const v1::GetCampaignStatsRequest& request) {
  return Call(*campaigns_, &v1::CampaignService::Stub::GetCampaignStats, request, timeout_);
}

absl::StatusOr<v1::UpdateCampaignResponse> Client::UpdateCampaign(const v1::UpdateCampaignRequest& request) {
  return Call(*campaigns_, &v1::CampaignService::Stub::UpdateCampaign, request, timeout_);
}

absl::StatusOr<v1::ActivateCampaignResponse> Client::ActivateCampaign(const v1::ActivateCampaignRequest& request) {
  return Call(*campaigns_, &v1::CampaignService::Stub::ActivateCampaign, request, timeout_);
}

absl::StatusOr<v1::PauseCampaignResponse> Client::PauseCampaign(const v1::PauseCampaignRequest& request) {
  return Call(*campaigns_, &v1::CampaignService::Stub::PauseCampaign, request, timeout_);
}

absl::StatusOr<v1::ArchiveCampaignResponse> Client::ArchiveCampaign(const v1::ArchiveCampaignRequest& request) {
  return Call(*campaigns_, &v1::CampaignService::Stub::ArchiveCampaign, request, timeout_);
}

absl::StatusOr<v1::PreviewCampaignResponse> Client::PreviewCampaign(const v1::PreviewCampaignRequest& request) {
  return Call(*campaigns_, &v1::CampaignService::Stub::PreviewCampaign, request, timeout_);
}

absl::StatusOr<v1::TriggerCampaignResponse> Client::TriggerCampaign(const v1::TriggerCampaignRequest& request) {
  return Call(*campaigns_, &v1::CampaignService::Stub::TriggerCampaign, request, timeout_);
}

absl::StatusOr<v1::ApplyCampaignsResponse> Client::ApplyCampaigns(const v1::ApplyCampaignsRequest& request) {
  return Call(*campaigns_, &v1::CampaignService::Stub::ApplyCampaigns, request, timeout_);
}

absl::StatusOr<v1::ListCampaignVersionsResponse> Client::ListCampaignVersions(
    const v1::ListCampaignVersionsRequest& request) {
  return Call(*campaigns_, &v1::CampaignService::Stub::ListCampaignVersions, request, timeout_);
}

absl::StatusOr<v1::RollbackCampaignResponse> Client::RollbackCampaign(const v1::RollbackCampaignRequest& request) {
  return Call(*campaigns_, &v1::CampaignService::Stub::RollbackCampaign, request, timeout_);
}

absl::StatusOr<v1::ExplainCampaignResponse> Client::ExplainCampaign(const v1::ExplainCampaignRequest& request) {
  return Call(*campaigns_, &v1::CampaignService::Stub::ExplainCampaign, request, timeout_);
}

absl::StatusOr<v1::GetWorkspaceSettingsResponse> Client::GetWorkspaceSettings(
    const v1::GetWorkspaceSettingsRequest& request) {
  return Call(*workspaces_, &v1::WorkspaceService::Stub::GetWorkspaceSettings, request, timeout_);
}

absl::StatusOr<v1::UpdateWorkspaceSettingsResponse> Client::UpdateWorkspaceSettings(
    const v1::UpdateWorkspaceSettingsRequest& request) {
  return Call(*workspaces_, &v1::WorkspaceService::Stub::UpdateWorkspaceSettings, request, timeout_);
}

absl::StatusOr<v1::ListLaunchesResponse> Client::ListLaunches(const v1::ListLaunchesRequest& request) {
  return Call(*campaigns_, &v1::CampaignService::Stub::ListLaunches, request, timeout_);
}

absl::StatusOr<v1::ListParkedTimersResponse> Client::ListParkedTimers(const v1::ListParkedTimersRequest& request) {
  return Call(*timers_, &v1::TimerService::Stub::ListParkedTimers, request, timeout_);
}

absl::StatusOr<v1::RetryParkedTimerResponse> Client::RetryParkedTimer(const v1::RetryParkedTimerRequest& request) {
  return Call(*timers_, &v1::TimerService::Stub::RetryParkedTimer, request, timeout_);
}

absl::StatusOr<v1::CreateSegmentResponse> Client::CreateSegment(const v1::CreateSegmentRequest& request) {
  return Call(*segments_, &v1::SegmentService::Stub::CreateSegment, request, timeout_);
}

absl::StatusOr<v1::GetSegmentResponse> Client::GetSegment(const v1::GetSegmentRequest& request) {
  return Call(*segments_, &v1::SegmentService::Stub::GetSegment, request, timeout_);
}

absl::StatusOr<v1::ListSegmentsResponse> Client::ListSegments(const v1::ListSegmentsRequest& request) {
  return Call(*segments_, &v1::SegmentService::Stub::ListSegments, request, timeout_);
}

absl::StatusOr<v1::UpdateSegmentResponse> Client::UpdateSegment(const v1::UpdateSegmentRequest& request) {
  return Call(*segments_, &v1::SegmentService::Stub::UpdateSegment, request, timeout_);
}

absl::StatusOr<v1::ActivateSegmentResponse> Client::ActivateSegment(const v1::ActivateSegmentRequest& request) {
  return Call(*segments_, &v1::SegmentService::Stub::ActivateSegment, request, timeout_);
}

absl::StatusOr<v1::ArchiveSegmentResponse> Client::ArchiveSegment(const v1::ArchiveSegmentRequest& request) {
  return Call(*segments_, &v1::SegmentService::Stub::ArchiveSegment, request, timeout_);
}

absl::StatusOr<v1::CountSegmentResponse> Client::CountSegment(const v1::CountSegmentRequest& request) {
  return Call(*segments_, &v1::SegmentService::Stub::CountSegment, request, timeout_);
}

absl::StatusOr<v1::ListSegmentUsersResponse> Client::ListSegmentUsers(const v1::ListSegmentUsersRequest& request) {
  return Call(*segments_, &v1::SegmentService::Stub::ListSegmentUsers, request, timeout_);
}

absl::StatusOr<v1::CreateCatalogResponse> Client::CreateCatalog(const v1::CreateCatalogRequest& request) {
  return Call(*catalogs_, &v1::CatalogService::Stub::CreateCatalog, request, timeout_);
}

absl::StatusOr<v1::GetCatalogResponse> Client::GetCatalog(const v1::GetCatalogRequest& request) {
  return Call(*catalogs_, &v1::CatalogService::Stub::GetCatalog, request, timeout_);
}

absl::StatusOr<v1::ListCatalogsResponse> Client::ListCatalogs(const v1::ListCatalogsRequest& request) {
  return Call(*catalogs_, &v1::CatalogService::Stub::ListCatalogs, request, timeout_);
}

absl::StatusOr<v1::DeleteCatalogResponse> Client::DeleteCatalog(const v1::DeleteCatalogRequest& request) {
  return Call(*catalogs_, &v1::CatalogService::Stub::DeleteCatalog, request, timeout_);
}

absl::StatusOr<v1::UpsertCatalogItemsResponse> Client::UpsertCatalogItems(
    const v1::UpsertCatalogItemsRequest& request) {
  return Call(*catalogs_, &v1::CatalogService::Stub::UpsertCatalogItems, request, timeout_);
}

absl::StatusOr<v1::GetCatalogItemResponse> Client::GetCatalogItem(const v1::GetCatalogItemRequest& request) {
  return Call(*catalogs_, &v1::CatalogService::Stub::GetCatalogItem, request, timeout_);
}

absl::StatusOr<v1::ListCatalogItemsResponse> Client::ListCatalogItems(const v1::ListCatalogItemsRequest& request) {
  return Call(*catalogs_, &v1::CatalogService::Stub::ListCatalogItems, request, timeout_);
}

absl::StatusOr<v1::DeleteCatalogItemsResponse> Client::DeleteCatalogItems(
    const v1::DeleteCatalogItemsRequest& request) {
  return Call(*catalogs_, &v1::CatalogService::Stub::DeleteCatalogItems, request, timeout_);
}

absl::StatusOr<v1::CreateContentBlockResponse> Client::CreateContentBlock(
    const v1::CreateContentBlockRequest& request) {
  return Call(*content_blocks_, &v1::ContentBlockService::Stub::CreateContentBlock, request, timeout_);
}

absl::StatusOr<v1::GetContentBlockResponse> Client::GetContentBlock(const v1::GetContentBlockRequest& request) {
  return Call(*content_blocks_, &v1::ContentBlockService::Stub::GetContentBlock, request, timeout_);
}

absl::StatusOr<v1::ListContentBlocksResponse> Client::ListContentBlocks(const v1::ListContentBlocksRequest& request) {
  return Call(*content_blocks_, &v1::ContentBlockService::Stub::ListContentBlocks, request, timeout_);
}

absl::StatusOr<v1::UpdateContentBlockResponse> Client::UpdateContentBlock(
    const v1::UpdateContentBlockRequest& request) {
  return Call(*content_blocks_, &v1::ContentBlockService::Stub::UpdateContentBlock, request, timeout_);
}

absl::StatusOr<v1::DeleteContentBlockResponse> Client::DeleteContentBlock(
    const v1::DeleteContentBlockRequest& request) {
  return Call(*content_blocks_, &v1::ContentBlockService::Stub::DeleteContentBlock, request, timeout_);
}

}  // namespace cadenza::client
