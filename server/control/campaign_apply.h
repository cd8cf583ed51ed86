// Several campaigns at once brought to what is desired, and a campaign's versions. cadenza.v1.CampaignService says what
// each call means (ApplyCampaigns, ListCampaignVersions, RollbackCampaign); here it is done, on model types.
#ifndef CADENZA_SERVER_CONTROL_CAMPAIGN_APPLY_H_
#define CADENZA_SERVER_CONTROL_CAMPAIGN_APPLY_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/control/definition_apply.h"
#include "server/rules/content_blocks.h"
#include "storage/base/clock.h"
#include "storage/model/campaign.h"
#include "storage/store.h"

namespace cadenza {

struct DesiredCampaign {
  // `state`: kUnspecified leaves it as it is. `revision`, unless 0, must be the current one. Times are ignored.
  Campaign campaign;
  bool must_be_new = false;
};

struct CampaignResult {
  using Action = ApplyAction;
  Action action = Action::kUnchanged;
  Campaign campaign;  // as it is now, or would be
  std::optional<Campaign> previous;
  std::vector<rules::TemplateWarning> warnings;
};

struct ApplyOptions {
  bool validate_only = false;
  std::string author = {};
  int sample_users = 0;  // 0 to CampaignApplier::kMaxSampleUsers
};

// What is to be, in one workspace.
struct DesiredState {
  std::vector<DesiredCampaign> campaigns;
  DesiredDefinitions definitions = {};
};

struct AppliedCampaigns {
  std::vector<CampaignResult> results;  // parallel to what is desired
  DefinitionResults definitions = {};
  int users_examined = 0;
  bool all_users_examined = false;
};

struct CampaignVersion {
  Campaign campaign;
  std::string author;
};

// Thread-safe; blocks on the store.
//
// Errors are those of CampaignAdmin (campaign_admin.h). A rejection names its field under "campaigns[i].campaign".
class CampaignApplier {
 public:
  static constexpr int kMaxSampleUsers = 10'000;

  struct Options {
    // Of a workspace, as the lanes have it.
    std::function<absl::Duration(std::string_view workspace)> session_gap;
    std::function<void()> changed = nullptr;            // called after each change, before the call returns
    absl::Duration sample_patience = absl::Seconds(3);  // how long users are looked at
  };

  // `store` and `clock` must outlive it.
  CampaignApplier(Options options, Store* store, Clock* clock)
      : options_(std::move(options)), store_(store), clock_(clock) {}

  // All of one workspace, in one transaction. ABORTED names each whose revision is not the current one, and of
  // campaigns says who has changed them since.
  absl::StatusOr<AppliedCampaigns> Apply(std::string_view workspace, const DesiredState& desired,
                                         const ApplyOptions& options);

  // The newest first; revision < before (0: from the newest). NOT_FOUND if there is no such campaign.
  absl::StatusOr<std::vector<CampaignVersion>> ListVersions(std::string_view workspace, std::string_view campaign_id,
                                                            int64_t before, int limit);

  // To what it was in revision `to`, but its state. `revision`, unless 0, must be the current one.
  absl::StatusOr<CampaignResult> Rollback(std::string_view workspace, std::string_view campaign_id, int64_t to,
                                          int64_t revision, std::string_view author);

 private:
  // What is stored of what is desired; parallel to it.
  struct Stored {
    std::vector<std::optional<Campaign>> campaigns;
    CurrentDefinitions definitions;
  };
  absl::Status Check(const DesiredState& desired, const ApplyOptions& options) const;
  absl::StatusOr<std::optional<Campaign>> Current(std::string_view workspace, std::string_view campaign_id);
  absl::StatusOr<Stored> Read(std::string_view workspace, const DesiredState& desired);
  // What is to be done, from what is stored now; `current` is parallel to `desired`.
  absl::StatusOr<std::vector<CampaignResult>> Decide(const std::vector<DesiredCampaign>& desired,
                                                     const std::vector<std::optional<Campaign>>& current,
                                                     absl::Time now);
  absl::Status Review(std::string_view workspace, absl::Time now, AppliedCampaigns* applied);
  absl::Status CheckEtags(std::string_view workspace, const DesiredState& desired, const Stored& stored);
  std::string WhoChanged(std::string_view workspace, std::string_view campaign_id, int64_t since);
  absl::Status Sample(std::string_view workspace, int users, AppliedCampaigns* applied);

  const Options options_;
  Store* const store_;
  Clock* const clock_;
};

}  // namespace cadenza

#endif  // CADENZA_SERVER_CONTROL_CAMPAIGN_APPLY_H_
