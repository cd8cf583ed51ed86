// The merge of an anonymous user into the known one. Pure.
#ifndef CADENZA_SERVER_APPLY_MERGE_H_
#define CADENZA_SERVER_APPLY_MERGE_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "storage/model/profile.h"

namespace cadenza::apply {

// Merges `anonymous` into `known`, field by field by the rules in cadenza.v1.Identify. known->message_seq grows by
// anonymous.message_seq (the caller moves the messages by the old value). other_names gains anonymous.key and its other
// names; the timers of
// both wait on, the known's where both have one of a name; those that come over were set by this input, the caller's
// known->version. That is the caller's, as ever. On error (LIMIT_EXCEEDED: the union breaks a limit) `known` is
// unchanged.
absl::Status MergeProfile(const Profile& anonymous, absl::Duration session_gap, Profile* known);

}  // namespace cadenza::apply

#endif  // CADENZA_SERVER_APPLY_MERGE_H_
