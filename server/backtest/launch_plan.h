// When the campaign that a course of events shows is launched by its schedule, from Scene::from to Scene::to.
//
// Where the campaign of this id was launched in its time (a launch stands in the store), the stored inputs of that
// launch are replayed: whom it reached, and when, is known. At every other time of the schedule each user is launched
// who has a profile at that moment, and is in the segment that the schedule asks for; and stored launches of this
// campaign that its schedule does not name are left out.
#ifndef CADENZA_SERVER_BACKTEST_LAUNCH_PLAN_H_
#define CADENZA_SERVER_BACKTEST_LAUNCH_PLAN_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/rules/schedule/occurrences.h"
#include "storage/launch_store.h"
#include "storage/model/campaign.h"
#include "storage/model/input.h"
#include "storage/model/profile.h"

namespace cadenza::backtest {

// As many times are worked out at most: each is looked at for every user.
inline constexpr size_t kOccurrencesMax = 100'000;

struct LaunchPlan {
  std::string campaign_id;  // "" = the campaign has no schedule: nothing is launched, nothing is left out
  std::string segment_id;   // "" = all users
  absl::Time from;
  absl::Time to;
  std::vector<schedule::Occurrence> worked_out;  // by due_time
  std::vector<absl::Time> as_they_were;          // their due_times, in order

  // Whether a stored input is a launch that does not happen.
  bool LeavesOut(const Input& input) const;
  // Whether a user with this profile is launched at a time that is worked out.
  bool Reaches(const Profile& profile) const;
};

// An empty plan for a campaign without a schedule. `stored`: the stored campaign of this id, if there is one; what it
// was launched with then is taken to be what it has now. INVALID_ARGUMENT if its times are more than kOccurrencesMax,
// and the errors of the store.
absl::StatusOr<LaunchPlan> PlanLaunches(const Campaign& campaign, const std::optional<Campaign>& stored,
                                        absl::Time from, absl::Time to, LaunchStore* launches);

}  // namespace cadenza::backtest

#endif  // CADENZA_SERVER_BACKTEST_LAUNCH_PLAN_H_
