// Campaigns: created, changed and moved through their states. cadenza.v1.CampaignService says what each call means;
// here it is done, on model types.
#ifndef CADENZA_SERVER_CONTROL_CAMPAIGN_ADMIN_H_
#define CADENZA_SERVER_CONTROL_CAMPAIGN_ADMIN_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/rules/content_blocks.h"
#include "storage/base/clock.h"
#include "storage/model/campaign.h"
#include "storage/store.h"

namespace cadenza {

// One whose stored definition cannot be read.
struct DamagedCampaign {
  std::string campaign_id;
  std::string error;
};

struct CampaignPage {
  std::vector<Campaign> campaigns;
  std::vector<DamagedCampaign> damaged;
  std::string next_page_token;  // empty on the last page
};

// Thread-safe; blocks on the store. `author` (campaign_checks.h) is kept with the version that a change makes; empty:
// nobody said.
//
// Errors, with a rejection (storage/model/rejection.h) where a field is at fault: INVALID_ARGUMENT, NOT_FOUND,
// ALREADY_EXISTS, ABORTED (the etag is not the current one, or others kept changing the campaign), FAILED_PRECONDITION
// (its state does not allow it); UNAVAILABLE (try again: the change may or may not have been made, and doing it again
// is safe); INTERNAL.
class CampaignAdmin {
 public:
  static constexpr int kDefaultPageSize = 100;
  static constexpr int kMaxPageSize = 1000;

  // `store` and `clock` must outlive it. `changed`, if given, is called after each change, before the call returns.
  CampaignAdmin(Store* store, Clock* clock, std::function<void()> changed = nullptr)
      : store_(store), clock_(clock), changed_(std::move(changed)) {}

  // A new draft of `campaign`, whose state, times and revision are ignored. `warnings`, if given, gets what is probably
  // not meant; of Update too.
  absl::StatusOr<Campaign> Create(Campaign campaign, std::vector<rules::TemplateWarning>* warnings = nullptr,
                                  std::string_view author = "");
  absl::StatusOr<Campaign> Get(std::string_view workspace, std::string_view campaign_id);
  // page_size 0 = kDefaultPageSize. A page's damaged campaigns count among those of its size.
  absl::StatusOr<CampaignPage> List(std::string_view workspace, int page_size, std::string_view page_token,
                                    bool with_archived);
  // campaign.revision, unless 0, must be the current one.
  absl::StatusOr<Campaign> Update(const Campaign& campaign, std::vector<rules::TemplateWarning>* warnings = nullptr,
                                  std::string_view author = "");

  // `revision`, unless 0, must be the current one.
  absl::StatusOr<Campaign> Activate(std::string_view workspace, std::string_view campaign_id, int64_t revision,
                                    std::string_view author = "");
  absl::StatusOr<Campaign> Pause(std::string_view workspace, std::string_view campaign_id, int64_t revision,
                                 std::string_view author = "");
  absl::StatusOr<Campaign> Archive(std::string_view workspace, std::string_view campaign_id, int64_t revision,
                                   std::string_view author = "");

 private:
  // Changes a copy of the current campaign; an error ends it all. Must be safe to apply again to a newer one.
  using Change = std::function<absl::Status(Campaign* campaign)>;
  absl::StatusOr<Campaign> Modify(std::string_view workspace, std::string_view campaign_id, int64_t revision,
                                  std::string_view author, const Change& change);
  Campaign Done(Campaign campaign);

  Store* const store_;
  Clock* const clock_;
  const std::function<void()> changed_;
};

}  // namespace cadenza

#endif  // CADENZA_SERVER_CONTROL_CAMPAIGN_ADMIN_H_
