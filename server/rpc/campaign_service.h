// CampaignService: protos to server/control and back. Calls run on the worker pool.
#ifndef CADENZA_SERVER_RPC_CAMPAIGN_SERVICE_H_
#define CADENZA_SERVER_RPC_CAMPAIGN_SERVICE_H_

#include "absl/status/status.h"
#include "cadenza/v1/campaign_service.grpc.pb.h"
#include "server/control/campaign_admin.h"
#include "server/control/campaign_apply.h"
#include "server/control/campaign_stats.h"
#include "server/control/explain.h"
#include "server/control/launch_reader.h"
#include "server/control/preview.h"
#include "server/rpc/campaign_trigger.h"
#include "server/rpc/worker_pool.h"
#include "storage/base/clock.h"

namespace cadenza::rpc {

// All of it outlives the service.
struct CampaignContext {
  CampaignAdmin* admin = nullptr;
  CampaignApplier* applier = nullptr;
  const Previewer* previewer = nullptr;
  const Explainer* explainer = nullptr;
  const CampaignStatsReader* stats = nullptr;
  const LaunchReader* launches = nullptr;
  WorkerPool* pool = nullptr;
  Clock* clock = nullptr;
  TriggerContext trigger;
};

class CampaignServiceImpl : public v1::CampaignService::CallbackService {
 public:
  explicit CampaignServiceImpl(const CampaignContext& context) : context_(context) {}

  grpc::ServerUnaryReactor* CreateCampaign(grpc::CallbackServerContext* context,
                                           const v1::CreateCampaignRequest* request,
                                           v1::CreateCampaignResponse* response) override;
  grpc::ServerUnaryReactor* GetCampaign(grpc::CallbackServerContext* context, const v1::GetCampaignRequest* request,
                                        v1::GetCampaignResponse* response) override;
  grpc::ServerUnaryReactor* ListCampaigns(grpc::CallbackServerContext* context, const v1::ListCampaignsRequest* request,
                                          v1::ListCampaignsResponse* response) override;
  grpc::ServerUnaryReactor* UpdateCampaign(grpc::CallbackServerContext* context,
                                           const v1::UpdateCampaignRequest* request,
                                           v1::UpdateCampaignResponse* response) override;
  grpc::ServerUnaryReactor* ActivateCampaign(grpc::CallbackServerContext* context,
                                             const v1::ActivateCampaignRequest* request,
                                             v1::ActivateCampaignResponse* response) override;
  grpc::ServerUnaryReactor* PauseCampaign(grpc::CallbackServerContext* context, const v1::PauseCampaignRequest* request,
                                          v1::PauseCampaignResponse* response) override;
  grpc::ServerUnaryReactor* ArchiveCampaign(grpc::CallbackServerContext* context,
                                            const v1::ArchiveCampaignRequest* request,
                                            v1::ArchiveCampaignResponse* response) override;
  grpc::ServerUnaryReactor* PreviewCampaign(grpc::CallbackServerContext* context,
                                            const v1::PreviewCampaignRequest* request,
                                            v1::PreviewCampaignResponse* response) override;
  // Not on the pool: it waits for the lanes.
  grpc::ServerUnaryReactor* TriggerCampaign(grpc::CallbackServerContext* context,
                                            const v1::TriggerCampaignRequest* request,
                                            v1::TriggerCampaignResponse* response) override;
  grpc::ServerUnaryReactor* ApplyCampaigns(grpc::CallbackServerContext* context,
                                           const v1::ApplyCampaignsRequest* request,
                                           v1::ApplyCampaignsResponse* response) override;
  grpc::ServerUnaryReactor* ListCampaignVersions(grpc::CallbackServerContext* context,
                                                 const v1::ListCampaignVersionsRequest* request,
                                                 v1::ListCampaignVersionsResponse* response) override;
  grpc::ServerUnaryReactor* RollbackCampaign(grpc::CallbackServerContext* context,
                                             const v1::RollbackCampaignRequest* request,
                                             v1::RollbackCampaignResponse* response) override;

  grpc::ServerUnaryReactor* ExplainCampaign(grpc::CallbackServerContext* context,
                                            const v1::ExplainCampaignRequest* request,
                                            v1::ExplainCampaignResponse* response) override;
  grpc::ServerUnaryReactor* ListLaunches(grpc::CallbackServerContext* context, const v1::ListLaunchesRequest* request,
                                         v1::ListLaunchesResponse* response) override;
  grpc::ServerUnaryReactor* GetCampaignStats(grpc::CallbackServerContext* context,
                                             const v1::GetCampaignStatsRequest* request,
                                             v1::GetCampaignStatsResponse* response) override;

 private:
  absl::Status DoList(const v1::ListCampaignsRequest& request, v1::ListCampaignsResponse* response);
  absl::Status DoListLaunches(const v1::ListLaunchesRequest& request, v1::ListLaunchesResponse* response);
  absl::Status DoExplain(const v1::ExplainCampaignRequest& request, v1::ExplainCampaignResponse* response);
  absl::Status DoPreview(const v1::PreviewCampaignRequest& request, v1::PreviewCampaignResponse* response);

  const CampaignContext context_;
};

}  // namespace cadenza::rpc

#endif  // CADENZA_SERVER_RPC_CAMPAIGN_SERVICE_H_
