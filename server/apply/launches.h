// What a profile remembers of the scheduled launches of one campaign, so that a person who is known by several names is
// launched once. Pure.
#ifndef CADENZA_SERVER_APPLY_LAUNCHES_H_
#define CADENZA_SERVER_APPLY_LAUNCHES_H_

#include <vector>

#include "absl/time/time.h"
#include "storage/model/profile.h"

namespace cadenza::apply {

// Null if the user is not known to have entered that launch.
const LaunchMark* FindLaunch(const std::vector<LaunchMark>& launches, absl::Time due_time);

// Remembers `mark` in place of one of the same due_time, and forgets what no launch can ask for any more: those that
// wait for nothing and are older than the newest by limits::kLateness and a day, and the oldest beyond
// limits::kLaunchMarks.
void MarkLaunch(const LaunchMark& mark, std::vector<LaunchMark>* launches);

// Of two users who become one. One that either is through with waits no more.
void MergeLaunches(const std::vector<LaunchMark>& anonymous, std::vector<LaunchMark>* known);

}  // namespace cadenza::apply

#endif  // CADENZA_SERVER_APPLY_LAUNCHES_H_
