// What waits of a campaign: for the end of a delay or of quiet hours, for its place in a delivery rate, for the user's
// clock to show the time of a launch. Each is a timer (timers.h), one for each (campaign, user, trigger event), named
// so that an exception event finds them by their ids. Pure.
#ifndef CADENZA_SERVER_RULES_DELAY_H_
#define CADENZA_SERVER_RULES_DELAY_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/rules/rule_set.h"
#include "server/rules/timers.h"
#include "storage/model/input.h"
#include "storage/model/profile.h"
#include "storage/model/timer.h"

namespace cadenza::rules {

// Of one campaign and one user at a time.
inline constexpr int kMaxWaiting = 50;

// "delay/<campaign_id>/<16 hex of the trigger>". Of the campaign's launch by its schedule it is the same for all users,
// so that of two who become one, one is left.
std::string WaitTimerId(std::string_view campaign_id, const Input& trigger);

// The campaign_id of something that waits, by its timer_id; empty of other timers. Borrowed.
std::string_view WaitingCampaign(std::string_view timer_id);

// How many wait for the user in this campaign.
int CountWaiting(std::string_view campaign_id, const Profile& profile);

// A message that waits for its place in a delivery rate goes at the place's time; so much later at most, or it needs
// another place: else all that a process was late for would go at once. Each place that lapses makes it four times as
// much for the next, so that a process that is always late sends too, and does not spend itself on new places.
inline constexpr absl::Duration kLate = absl::Seconds(1);
inline constexpr int kMaxLapsed = 5;

// What a message that waits has got already: TimerContent::note.
struct WaitNote {
  std::string variant_id;  // "" = the campaign has none
  bool paced = false;      // a place in the delivery rate, at the timer's time
  int lapsed = 0;          // places that it had and did not take, to kMaxLapsed
  bool entered = false;    // its turn in the campaign's rate has come (Pacer, options.h)
  // By how much it may miss its place.
  absl::Duration Late() const { return kLate * (int64_t{1} << (2 * lapsed)); }
  std::string ToString() const;
  static WaitNote Parse(std::string_view note);
};

struct Wait {
  TimerPurpose purpose = TimerPurpose::kDelay;
  absl::Time until;
  WaitNote note = {};
};

// The campaign waits for the user. `trigger` is the input that triggered it. Errors: those of SetTimer.
absl::Status StartWait(const RuleSet& rule_set, std::string_view campaign_id, std::shared_ptr<const Input> trigger,
                       const Wait& wait, Profile* profile, TimerChanges* changes);

// Cancels all that waits of the campaigns of which `input` is an exception event, and notes and counts it once for
// each.
void CancelWaiting(const RuleSet& rule_set, const Input& input, Profile* profile, Effects* effects);

}  // namespace cadenza::rules

#endif  // CADENZA_SERVER_RULES_DELAY_H_
