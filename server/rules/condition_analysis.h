// What a condition depends on: which parts of the profile and the event it reads, and when it can change by itself.
// For whoever must know which users to look at again when something changes, or when to look again though nothing does.
#ifndef CADENZA_SERVER_RULES_CONDITION_ANALYSIS_H_
#define CADENZA_SERVER_RULES_CONDITION_ANALYSIS_H_

#include <optional>
#include <set>
#include <string>

#include "absl/time/time.h"
#include "server/rules/cel/cel.h"
#include "storage/model/input.h"
#include "storage/model/profile.h"

namespace cadenza::rules {

// Names that a condition spells out. `any`: it may read others too, as which one is only known when it is evaluated.
struct Names {
  std::set<std::string> names;
  bool any = false;
  bool empty() const { return names.empty() && !any; }
  friend bool operator==(const Names&, const Names&) = default;
};

// No less than an evaluation could read.
struct ConditionReads {
  Names events;                      // whose history it asks for: event_count, first_event, last_event
  Names attributes;                  // of the user, the first name of the path
  Names properties;                  // of the event, likewise
  Names campaigns;                   // of which it asks whether messages were received
  Names segments;                    // of which it asks whether the user is in them
  Names channels;                    // to which it asks whether the user is subscribed
  Names currencies;                  // in which it asks what the user spent
  Names members;                     // the rest, as "event.name", "user.id", "user.session.active"
  std::set<absl::Duration> windows;  // of sliding windows
  bool any_window = false;           // and others, known only when it is evaluated
  bool clock = false;                // `now`
};

// REQUIRES: compiled against ConditionEnv().
ConditionReads ReadsOf(const cel::Program& condition);

// The earliest moment after input.clock at which the condition, evaluated for the same input and profile under a later
// clock, can have another outcome (true, false, an error): a window lets go of an occurrence, a time passes, a session
// lapses. Nothing if it keeps its outcome for ever. Never later than the first change, and always later than
// input.clock, so that asking again at the answer makes progress; it may be earlier than the change. It is one
// nanosecond later where `now` is used in a way that cannot be followed (horizon.h). To the nanosecond.
std::optional<absl::Time> NextChange(const cel::Program& condition, const Input& input, const Profile& profile,
                                     absl::Duration session_gap);
// The same with no input at all, from `now` on: what a segment asks. The condition must not read `event`.
std::optional<absl::Time> NextChange(const cel::Program& condition, const Profile& profile, absl::Time now,
                                     absl::Duration session_gap);

}  // namespace cadenza::rules

#endif  // CADENZA_SERVER_RULES_CONDITION_ANALYSIS_H_
