// A campaign <-> the row that stores keep, whose definition is a cadenza.v1.Campaign without what the row itself says
// (state, revision, times of creation and change). Pure, thread-safe.
#ifndef CADENZA_STORAGE_CODEC_CAMPAIGN_CODEC_H_
#define CADENZA_STORAGE_CODEC_CAMPAIGN_CODEC_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "storage/model/campaign.h"
#include "storage/model/campaign_row.h"

namespace cadenza {

// Equal campaigns give equal definitions (within one version of the program). `author` made this revision; "" = not
// said.
CampaignRow EncodeCampaign(const Campaign& campaign, std::string_view author = "");
// DATA_LOSS, naming the campaign, if its definition cannot be read.
absl::StatusOr<Campaign> DecodeCampaign(const CampaignRow& row);

}  // namespace cadenza

#endif  // CADENZA_STORAGE_CODEC_CAMPAIGN_CODEC_H_
