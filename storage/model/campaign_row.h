// A campaign as it is stored: what the store itself must know, and the rest as bytes.
#ifndef CADENZA_STORAGE_MODEL_CAMPAIGN_ROW_H_
#define CADENZA_STORAGE_MODEL_CAMPAIGN_ROW_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "storage/model/campaign.h"

namespace cadenza {

// One revision of a campaign. Times are kept to the microsecond.
struct CampaignRow {
  std::string workspace;
  std::string campaign_id;
  int64_t revision = 0;  // 1, 2, … with every change
  Campaign::State state = Campaign::State::kDraft;
  absl::Time create_time;
  absl::Time update_time;  // when this revision was made
  std::string definition;  // everything else, encoded: storage/codec/campaign_codec.h; opaque to engines
  std::string author;      // who made this revision; "" = not said
  friend bool operator==(const CampaignRow&, const CampaignRow&) = default;
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_MODEL_CAMPAIGN_ROW_H_
