// Sessions: a fold over activity times. Pure; no clock, no timer: a session that lapsed by silence is ended by the next
// activity, and whoever shows a profile compares last_activity with the time.
//
// Activity is a custom event, a purchase, a session start or a session end; operations on attributes, identities and
// subscriptions are not.
//
// Rules (gap = the workspace's session gap; t = the activity's time):
//  * current session, t inside [start - gap, last_activity + gap]: it is extended (start or last_activity moves to t if
//  t is outside), event_count + 1.
//    The start never moves back over the end of the last counted session: then only event_count grows.
//  * current session, t > last_activity + gap: it ends at its last_activity and is counted; a new one starts at t.
//  * current session, t < start - gap: too old for it; no session has it.
//  * no current session: one starts at t if t > last_seen + gap, or nothing was ever seen.
//  * session start: the current session (if t is not before its start) ends at its last_activity, or at t if that is
//  earlier; a new one starts at t. A session
//    start before the current start, or not after the last counted end, is late: it is treated as a plain activity.
//  * session end: the current session, if t >= start, is first extended to t if t is within the gap, then ends; a late
//  one changes nothing.
//  * an ended session is counted: total_time grows by its duration, last_end is its end; it is never reopened.
#ifndef CADENZA_SERVER_APPLY_SESSION_H_
#define CADENZA_SERVER_APPLY_SESSION_H_

#include <string_view>

#include "absl/time/time.h"
#include "storage/model/profile.h"

namespace cadenza::apply {

enum class Activity : uint8_t { kPlain, kSessionStart, kSessionEnd };

// What one activity did.
struct SessionChange {
  bool started = false;
  bool ended = false;  // the session that had been current
};

// Folds one activity into `sessions`. A session that starts gets the id `new_id` (the caller derives it from the event,
// so that a replay gives the same).
SessionChange FoldSession(Activity activity, absl::Time t, absl::Duration gap, std::string_view new_id,
                          Sessions* sessions);

// Both users are the same person: see cadenza.v1.Identify, "sessions". `known` becomes the union.
void MergeSessions(const Sessions& anonymous, absl::Duration gap, Sessions* known);

}  // namespace cadenza::apply

#endif  // CADENZA_SERVER_APPLY_SESSION_H_
