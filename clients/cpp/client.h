// The unary calls, each with a deadline.
#ifndef CADENZA_CLIENTS_CPP_CLIENT_H_
#define CADENZA_CLIENTS_CPP_CLIENT_H_

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cadenza/v1/campaign_service.grpc.pb.h"
#include "cadenza/v1/catalog_service.grpc.pb.h"
#include "cadenza/v1/content_block_service.grpc.pb.h"
#include "cadenza/v1/event_service.grpc.pb.h"
#include "cadenza/v1/message_service.grpc.pb.h"
#include "cadenza/v1/profile_service.grpc.pb.h"
#include "cadenza/v1/segment_service.grpc.pb.h"
#include "cadenza/v1/timer_service.grpc.pb.h"
#include "cadenza/v1/workspace_service.grpc.pb.h"
#include "clients/cpp/channel.h"

namespace cadenza::client {

// Thread-safe. Every call blocks until the answer or the deadline (DEADLINE_EXCEEDED); errors are as
// clients/cpp/status.h says. Nothing is tried again by itself: SubmitEvents with the same event ids,
// TriggerCampaign with the same trigger_id, and every read may be.
class Client {
 public:
  explicit Client(const ChannelOptions& channel, absl::Duration timeout = absl::Seconds(10))
      : Client(MakeChannel(channel), timeout) {}
  explicit Client(std::shared_ptr<grpc::Channel> channel, absl::Duration timeout = absl::Seconds(10));

  absl::StatusOr<v1::SubmitEventsResponse> SubmitEvents(const v1::SubmitEventsRequest& request);

  absl::StatusOr<v1::ListMessagesResponse> ListMessages(const v1::ListMessagesRequest& request);

  absl::StatusOr<v1::GetProfileResponse> GetProfile(const v1::GetProfileRequest& request);
  absl::StatusOr<v1::BatchGetProfilesResponse> BatchGetProfiles(const v1::BatchGetProfilesRequest& request);
  absl::StatusOr<v1::ListUserEventsResponse> ListUserEvents(const v1::ListUserEventsRequest& request);

  absl::StatusOr<v1::CreateCampaignResponse> CreateCampaign(const v1::CreateCampaignRequest& request);
  absl::StatusOr<v1::GetCampaignResponse> GetCampaign(const v1::GetCampaignRequest& request);
  absl::StatusOr<v1::ListCampaignsResponse> ListCampaigns(const v1::ListCampaignsRequest& request);
  absl::StatusOr<v1::GetCampaignStatsResponse> GetCampaignStats(const v1::GetCampaignStatsRequest& request);
  absl::StatusOr<v1::UpdateCampaignResponse> UpdateCampaign(const v1::UpdateCampaignRequest& request);
  absl::StatusOr<v1::ActivateCampaignResponse> ActivateCampaign(const v1::ActivateCampaignRequest& request);
  absl::StatusOr<v1::PauseCampaignResponse> PauseCampaign(const v1::PauseCampaignRequest& request);
  absl::StatusOr<v1::ArchiveCampaignResponse> ArchiveCampaign(const v1::ArchiveCampaignRequest& request);
  absl::StatusOr<v1::PreviewCampaignResponse> PreviewCampaign(const v1::PreviewCampaignRequest& request);
  absl::StatusOr<v1::TriggerCampaignResponse> TriggerCampaign(const v1::TriggerCampaignRequest& request);
  absl::StatusOr<v1::ApplyCampaignsResponse> ApplyCampaigns(const v1::ApplyCampaignsRequest& request);
  absl::StatusOr<v1::ListLaunchesResponse> ListLaunches(const v1::ListLaunchesRequest& request);
  absl::StatusOr<v1::ListCampaignVersionsResponse> ListCampaignVersions(const v1::ListCampaignVersionsRequest& request);
  absl::StatusOr<v1::RollbackCampaignResponse> RollbackCampaign(const v1::RollbackCampaignRequest& request);
  absl::StatusOr<v1::ExplainCampaignResponse> ExplainCampaign(const v1::ExplainCampaignRequest& request);

  absl::StatusOr<v1::GetWorkspaceSettingsResponse> GetWorkspaceSettings(const v1::GetWorkspaceSettingsRequest& request);
  absl::StatusOr<v1::UpdateWorkspaceSettingsResponse> UpdateWorkspaceSettings(
      const v1::UpdateWorkspaceSettingsRequest& request);

  absl::StatusOr<v1::ListParkedTimersResponse> ListParkedTimers(const v1::ListParkedTimersRequest& request);
  absl::StatusOr<v1::RetryParkedTimerResponse> RetryParkedTimer(const v1::RetryParkedTimerRequest& request);
  absl::StatusOr<v1::CreateSegmentResponse> CreateSegment(const v1::CreateSegmentRequest& request);
  absl::StatusOr<v1::GetSegmentResponse> GetSegment(const v1::GetSegmentRequest& request);
  absl::StatusOr<v1::ListSegmentsResponse> ListSegments(const v1::ListSegmentsRequest& request);
  absl::StatusOr<v1::UpdateSegmentResponse> UpdateSegment(const v1::UpdateSegmentRequest& request);
  absl::StatusOr<v1::ActivateSegmentResponse> ActivateSegment(const v1::ActivateSegmentRequest& request);
  absl::StatusOr<v1::ArchiveSegmentResponse> ArchiveSegment(const v1::ArchiveSegmentRequest& request);
  absl::StatusOr<v1::CountSegmentResponse> CountSegment(const v1::CountSegmentRequest& request);
  absl::StatusOr<v1::ListSegmentUsersResponse> ListSegmentUsers(const v1::ListSegmentUsersRequest& request);
  absl::StatusOr<v1::CreateCatalogResponse> CreateCatalog(const v1::CreateCatalogRequest& request);
  absl::StatusOr<v1::GetCatalogResponse> GetCatalog(const v1::GetCatalogRequest& request);
  absl::StatusOr<v1::ListCatalogsResponse> ListCatalogs(const v1::ListCatalogsRequest& request);
  absl::StatusOr<v1::DeleteCatalogResponse> DeleteCatalog(const v1::DeleteCatalogRequest& request);
  absl::StatusOr<v1::UpsertCatalogItemsResponse> UpsertCatalogItems(const v1::UpsertCatalogItemsRequest& request);
  absl::StatusOr<v1::GetCatalogItemResponse> GetCatalogItem(const v1::GetCatalogItemRequest& request);
  absl::StatusOr<v1::ListCatalogItemsResponse> ListCatalogItems(const v1::ListCatalogItemsRequest& request);
  absl::StatusOr<v1::DeleteCatalogItemsResponse> DeleteCatalogItems(const v1::DeleteCatalogItemsRequest& request);

  absl::StatusOr<v1::CreateContentBlockResponse> CreateContentBlock(const v1::CreateContentBlockRequest& request);
  absl::StatusOr<v1::GetContentBlockResponse> GetContentBlock(const v1::GetContentBlockRequest& request);
  absl::StatusOr<v1::ListContentBlocksResponse> ListContentBlocks(const v1::ListContentBlocksRequest& request);
  absl::StatusOr<v1::UpdateContentBlockResponse> UpdateContentBlock(const v1::UpdateContentBlockRequest& request);
  absl::StatusOr<v1::DeleteContentBlockResponse> DeleteContentBlock(const v1::DeleteContentBlockRequest& request);

  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

 private:
  const std::shared_ptr<grpc::Channel> channel_;
  const absl::Duration timeout_;
  const std::unique_ptr<v1::EventService::Stub> events_;
  const std::unique_ptr<v1::MessageService::Stub> messages_;
  const std::unique_ptr<v1::ProfileService::Stub> profiles_;
  const std::unique_ptr<v1::CampaignService::Stub> campaigns_;
  const std::unique_ptr<v1::SegmentService::Stub> segments_;
  const std::unique_ptr<v1::TimerService::Stub> timers_;
  const std::unique_ptr<v1::CatalogService::Stub> catalogs_;
  const std::unique_ptr<v1::ContentBlockService::Stub> content_blocks_;
  const std::unique_ptr<v1::WorkspaceService::Stub> workspaces_;
};

}  // namespace cadenza::client

#endif  // CADENZA_CLIENTS_CPP_CLIENT_H_
