#include "server/backtest/launch_plan.h"

#include <algorithm>
#include <map>
#include <utility>
#include <variant>

#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::backtest {
namespace {

// As a launcher sees it: a launch by users' own clocks reaches the last of them 26 hours later.
bool IsInWindow(const Campaign& campaign, const schedule::Occurrence& occurrence) {
  const absl::Duration spread = occurrence.local_time.empty() ? absl::ZeroDuration() : absl::Hours(26);
  return occurrence.due_time + spread >= campaign.start_time && occurrence.due_time < campaign.end_time;
}

absl::StatusOr<std::vector<schedule::Occurrence>> OccurrencesOf(const Campaign& campaign, absl::Time from,
                                                                absl::Time to) {
  CADENZA_ASSIGN_OR_RETURN(const schedule::Occurrences schedule,
                           schedule::Occurrences::Parse(campaign.trigger.schedule));
  std::vector<schedule::Occurrence> found;
  std::optional<schedule::Occurrence> next = schedule.Next(from - absl::Nanoseconds(1));
  for (; next.has_value() && next->due_time < to; next = schedule.Next(next->due_time)) {
    if (!IsInWindow(campaign, *next)) continue;
    if (found.size() == kOccurrencesMax) {
      return absl::InvalidArgumentError(StrCat("--to: the schedule of ", campaign.campaign_id, " has more than ",
                                               kOccurrencesMax, " times in the period"));
    }
    found.push_back(*std::move(next));
  }
  return found;
}

}  // namespace

bool LaunchPlan::LeavesOut(const Input& input) const {
  const auto* launch = std::get_if<CampaignLaunch>(&input.payload);
  if (launch == nullptr || !launch->scheduled || campaign_id.empty() || launch->campaign_id != campaign_id)
    return false;
  return from <= input.time && input.time < to &&
         !std::binary_search(as_they_were.begin(), as_they_were.end(), input.time);
}

bool LaunchPlan::Reaches(const Profile& profile) const {
  return profile.version > 0 && (segment_id.empty() || profile.segments.find(segment_id) != profile.segments.end());
}

absl::StatusOr<LaunchPlan> PlanLaunches(const Campaign& campaign, const std::optional<Campaign>& stored,
                                        absl::Time from, absl::Time to, LaunchStore* launches) {
  LaunchPlan plan;
  if (campaign.trigger.kind != Trigger::Kind::kSchedule) return plan;
  plan.campaign_id = campaign.campaign_id;
  plan.segment_id = campaign.trigger.schedule.segment_id;
  plan.from = from;
  plan.to = to;
  CADENZA_ASSIGN_OR_RETURN(std::vector<schedule::Occurrence> occurrences, OccurrencesOf(campaign, from, to));
  // One that ended before it reached anybody (it was outside of the active window of then) is none.
  std::map<absl::Time, std::string> begun;
  if (stored.has_value() && stored->trigger.schedule.segment_id == plan.segment_id) {
    CADENZA_ASSIGN_OR_RETURN(const std::vector<Launch> listed,
                             launches->ListLaunches(campaign.workspace, campaign.campaign_id, absl::InfiniteFuture(),
                                                    static_cast<int>(kOccurrencesMax)));
    for (const Launch& launch : listed) {
      if (!launch.done || launch.users_launched > 0) begun.emplace(launch.due_time, launch.local_time);
    }
  }
  for (schedule::Occurrence& occurrence : occurrences) {
    const auto was = begun.find(occurrence.due_time);
    if (was != begun.end() && was->second == occurrence.local_time) {
      plan.as_they_were.push_back(occurrence.due_time);
    } else {
      plan.worked_out.push_back(std::move(occurrence));
    }
  }
  return plan;
}

}  // namespace cadenza::backtest
