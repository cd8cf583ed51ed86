#include "storage/codec/campaign_codec.h"

#include <string>

#include "cadenza/v1/campaign.pb.h"
#include "storage/base/text.h"
#include "storage/codec/serialize.h"
#include "storage/codec/wire.h"

namespace cadenza {
namespace {

absl::Status Unreadable(const CampaignRow& row, std::string_view why) {
  return absl::DataLossError(StrCat("the stored definition of campaign ", row.campaign_id, " of workspace ",
                                    row.workspace, " cannot be read: ", why));
}

}  // namespace

CampaignRow EncodeCampaign(const Campaign& campaign, std::string_view author) {
  v1::Campaign proto;
  ToProto(campaign, &proto);
  proto.clear_state();
  proto.clear_create_time();
  proto.clear_update_time();
  proto.clear_etag();
  return {.workspace = campaign.workspace,
          .campaign_id = campaign.campaign_id,
          .revision = campaign.revision,
          .state = campaign.state,
          .create_time = campaign.create_time,
          .update_time = campaign.update_time,
          .definition = SerializeDeterministic(proto),
          .author = std::string(author)};
}

absl::StatusOr<Campaign> DecodeCampaign(const CampaignRow& row) {
  v1::Campaign proto;
  if (!proto.ParseFromString(row.definition)) return Unreadable(row, "it is no cadenza.v1.Campaign");
  absl::StatusOr<Campaign> campaign = FromProto(row.workspace, proto);
  if (!campaign.ok()) return Unreadable(row, std::string(campaign.status().message()));
  if (campaign->campaign_id != row.campaign_id) return Unreadable(row, "it is of another campaign");
  campaign->revision = row.revision;
  campaign->state = row.state;
  campaign->create_time = row.create_time;
  campaign->update_time = row.update_time;
  if (proto.has_activate_time()) {
    absl::StatusOr<absl::Time> activated = FromProto(proto.activate_time());
    if (!activated.ok()) return Unreadable(row, std::string(activated.status().message()));
    campaign->activate_time = *activated;
  }
  return campaign;
}

}  // namespace cadenza
