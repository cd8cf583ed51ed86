// The fold: one input into one profile. Pure: no I/O, no clock, no thread.
#ifndef CADENZA_SERVER_APPLY_APPLY_H_
#define CADENZA_SERVER_APPLY_APPLY_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/apply/messages.h"
#include "storage/model/input.h"
#include "storage/model/profile.h"

namespace cadenza::apply {

struct Options {
  absl::Duration session_gap;  // limits::kSessionGapMin to kSessionGapMax
};

// The user entered a segment by an input, or left it.
struct SegmentChange {
  std::string segment_id;
  bool entered = false;
  bool silent = false;  // triggers nothing, see server/rules/segment_set.h
  friend bool operator==(const SegmentChange&, const SegmentChange&) = default;
};

// What an input did, for the rules.
struct Applied {
  bool history = false;  // over 72 h late: triggers nothing
  bool session_started = false;
  bool session_ended = false;
  // The top-level attributes that have another value than before, or none; each once.
  std::vector<std::string> changed_attributes = {};
  bool subscription_changed = false;         // to another state than before
  std::optional<Reported> reported = {};     // of a receipt that was the first
  std::vector<SegmentChange> segments = {};  // filled by the rules, which know the segments (server/rules/reaction.h)
};

// Whether `input` is history for this profile (cadenza.v1.Input, "Time").
bool IsHistory(const Input& input, const Profile& profile);

// Folds `input` into `profile`: attributes, counters, purchases, sessions, subscriptions, receipts, as cadenza.v1.Input
// says. On success profile->version has grown by one and create_time is set (by Evaluate neither: it changes nothing
// here); on error the profile is unchanged.
//
// Identify and AddAlias only take their version here; the lane adds other_names and calls MergeProfile, since they need
// a second row.
//
// A timer that fired is taken off the list: whether it is on it is for the caller to see.
//
// Errors (a Rejection for the producer, see rejection.h): ATTRIBUTE_TYPE_MISMATCH, ATTRIBUTE_OVERFLOW, LIMIT_EXCEEDED.
absl::Status ApplyInput(const Input& input, const Options& options, Profile* profile, Applied* applied);

}  // namespace cadenza::apply

#endif  // CADENZA_SERVER_APPLY_APPLY_H_
