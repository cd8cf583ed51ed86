// CampaignStats from and to protos.
#ifndef CADENZA_SERVER_RPC_CAMPAIGN_STATS_WIRE_H_
#define CADENZA_SERVER_RPC_CAMPAIGN_STATS_WIRE_H_

#include "absl/status/statusor.h"
#include "cadenza/v1/campaign_service.pb.h"
#include "cadenza/v1/campaign_stats.pb.h"
#include "server/control/campaign_stats.h"

namespace cadenza {

absl::StatusOr<StatsRequest> FromProto(const v1::GetCampaignStatsRequest& proto);
void ToProto(const CampaignStats& stats, v1::CampaignStats* proto);

}  // namespace cadenza

#endif  // CADENZA_SERVER_RPC_CAMPAIGN_STATS_WIRE_H_
