// Timers in a batch: one that came due, and those that inputs set and cancel.
#include <algorithm>
#include <utility>

#include "server/apply/apply.h"
#include "server/lanes/batch.h"
#include "server/rules/reaction.h"
#include "server/rules/timers.h"
#include "storage/codec/timer_codec.h"

namespace cadenza::lanes {

BatchRunner::Plan BatchRunner::PlanTimer(const WorkItem& item, HotUser* target) {
  const auto& fired = std::get<TimerFired>(item.input.payload);
  // It may have taken effect in an attempt of unknown outcome, whose messages were never offered.
  const Plan gone{.verdict = {.kind = Verdict::Kind::kDuplicate, .user_seq = 0, .rejection = absl::OkStatus()},
                  .hint = item.maybe_committed};
  // With its user it has become another's timer, and will be found as that.
  if (!target->merged_into.empty()) return gone;
  const size_t touched = Touch(target);
  Touched& user = touched_[touched];
  if (user.blocked) return {.kind = Plan::Kind::kRetry, .verdict = {}};
  Profile& profile = user.hot->profile;
  const auto pending = profile.timers.find(fired.timer_id);
  if (pending == profile.timers.end() || pending->second.set_seq != fired.set_seq) {
    if (user.fresh || item.fresh) return gone;
    if (user.changed) return {.kind = Plan::Kind::kWithUser, .touched = touched, .verdict = gone.verdict};
    // What is known of him may be older than the timer.
    return {.kind = Plan::Kind::kRetry, .verdict = {}};
  }

  // Never early, whatever the clock of whoever found it.
  if (item.input.clock < pending->second.fire_time) {
    return {.verdict = {.kind = Verdict::Kind::kRejected,
                        .user_seq = 0,
                        .rejection = absl::FailedPreconditionError("the timer is not due yet")}};
  }

  const absl::Duration gap = options_.GapOf(item.target.workspace);
  const rules::Options options = RuleOptions(gap);
  Profile next = profile;  // if it fails, nothing has happened
  apply::Applied applied;
  effects_.Clear(item.input.clock);
  absl::Status status = apply::ApplyInput(item.input, {.session_gap = gap}, &next, &applied);
  if (status.ok()) status = rules::FireTimer(*rule_set_, item.input, options, &next, &effects_);
  if (!status.ok()) {
    return {.verdict = {.kind = Verdict::Kind::kRejected, .user_seq = 0, .rejection = std::move(status)}};
  }
  user.hot->encoded.Expect(item.input);
  rules::React(*rule_set_, item.input, options, &applied, &next, &effects_);
  profile = std::move(next);
  user.changed = true;
  KeepEffects(touched, item.input, applied);
  return {.kind = Plan::Kind::kWithUser,
          .touched = touched,
          .verdict = {.kind = Verdict::Kind::kApplied, .user_seq = profile.version, .rejection = absl::OkStatus()},
          .decisions = std::string(effects_.decisions.written())};
}

void BatchRunner::KeepTimers(size_t touched, const rules::TimerChanges& changes) {
  for (const rules::TimerChange& change : changes) {
    const auto [it, is_new] = timer_index_.try_emplace({touched, change.timer_id}, timers_.size());
    if (is_new) timers_.emplace_back();
    TimerWrite& write = timers_[it->second];
    write = TimerWrite();
    write.owner = touched;
    write.timer_id = change.timer_id;
    write.kind = change.set ? TimerWrite::Kind::kSet : TimerWrite::Kind::kDelete;
    if (!change.set) continue;
    write.set_seq = change.timer.set_seq;
    write.fire_time = change.timer.fire_time;
    write.payload = EncodeTimerContent(change.content);
  }
}

void BatchRunner::BuildTimers() {
  for (TimerWrite& write : timers_) {
    write.owner = touched_[write.owner].write;
    commit_.timers.push_back(std::move(write));
  }
}

void BatchRunner::AnnounceTimers(const CommitResult& result) {
  if (context_.timer_set == nullptr) return;
  absl::Time first = absl::InfiniteFuture();
  for (const TimerWrite& write : commit_.timers) {
    if (write.kind == TimerWrite::Kind::kSet && !result.conflicted[write.owner]) {
      first = std::min(first, write.fire_time);
    }
  }
  if (first != absl::InfiniteFuture()) context_.timer_set(first);
}

}  // namespace cadenza::lanes
