// How the rules set and cancel the timers of a user: in his profile, which lists them, and in what is to be written
// with it. Pure.
#ifndef CADENZA_SERVER_RULES_TIMERS_H_
#define CADENZA_SERVER_RULES_TIMERS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "storage/model/input.h"
#include "storage/model/profile.h"
#include "storage/model/timer.h"

namespace cadenza::rules {

class RuleSet;
struct Effects;  // engine.h
struct Options;

// One change; of several to one timer_id the last holds.
struct TimerChange {
  std::string timer_id;
  bool set = false;  // else deleted
  // If set:
  PendingTimer timer;
  TimerContent content;
};

// What one input changes, in order.
using TimerChanges = std::vector<TimerChange>;

// Sets the timer in place of any of this id. `profile` is the one after the input that sets it, so profile->version is
// its user_seq. `fire_time` is rounded up to the microsecond; it may lie in the past: then it fires at once.
//
// RESOURCE_EXHAUSTED, and nothing is changed, if the user has limits::kTimers, or the id or the content is too large.
absl::Status SetTimer(std::string_view timer_id, absl::Time fire_time, TimerContent content, Profile* profile,
                      TimerChanges* changes);
// Nothing happens if there is none.
void CancelTimer(std::string_view timer_id, Profile* profile, TimerChanges* changes);
// All whose id starts so; how many there were.
int CancelTimers(std::string_view prefix, Profile* profile, TimerChanges* changes);

// Of a user's timers that are due at one moment, one of a smaller rank takes effect first: that of the segments, then
// what waits of campaigns, the greater priority first, last what waits of campaigns that are not active.
int64_t TimerRank(const RuleSet& rule_set, std::string_view workspace, std::string_view timer_id);

// A timer came due: hands `input`, a TimerFired, to whoever set it. `profile` is the one after the input, without the
// timer.
//
// An error (its text says what failed) means that it could not be judged: then nothing that was changed counts, and it
// is tried again later. What decides against a message is no error.
absl::Status FireTimer(const RuleSet& rule_set, const Input& input, const Options& options, Profile* profile,
                       Effects* effects);

}  // namespace cadenza::rules

#endif  // CADENZA_SERVER_RULES_TIMERS_H_
