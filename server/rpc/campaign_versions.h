// The calls of CampaignService that put several campaigns at once, and those about versions: protos to
// server/control/campaign_apply.h and back.
#ifndef CADENZA_SERVER_RPC_CAMPAIGN_VERSIONS_H_
#define CADENZA_SERVER_RPC_CAMPAIGN_VERSIONS_H_

#include "absl/status/status.h"
#include "cadenza/v1/campaign_service.pb.h"
#include "server/control/campaign_apply.h"

namespace cadenza::rpc {

// Each blocks on the store, and fills the response. Thread-safe.
absl::Status ApplyCampaigns(CampaignApplier& applier, const v1::ApplyCampaignsRequest& request,
                            v1::ApplyCampaignsResponse* response);
absl::Status ListCampaignVersions(CampaignApplier& applier, const v1::ListCampaignVersionsRequest& request,
                                  v1::ListCampaignVersionsResponse* response);
absl::Status RollbackCampaign(CampaignApplier& applier, const v1::RollbackCampaignRequest& request,
                              v1::RollbackCampaignResponse* response);

}  // namespace cadenza::rpc

#endif  // CADENZA_SERVER_RPC_CAMPAIGN_VERSIONS_H_
