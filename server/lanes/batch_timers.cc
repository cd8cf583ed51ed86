// Timers in a batch: one that came due, and those that inputs set and cancel.
#include <algorithm>
#include <limits>
#include <memory>
#include <tuple>
#include <utility>

#include "server/apply/apply.h"
#include "server/lanes/batch.h"
#include "server/rules/reaction.h"
#include "server/rules/timers.h"
#include "storage/base/status_macros.h"
#include "storage/codec/timer_codec.h"

namespace cadenza::lanes {
namespace {

// Of an import's timer, whose lateness says nothing.
constexpr int64_t kUntimed = std::numeric_limits<int64_t>::min();

// Counts what the lane finds by itself, as the pump does its own (server/timers). The positions are when they were due.
// One that is gone was the pump's to fire meanwhile.
class FoundTimers : public Settlement {
 public:
  FoundTimers(Clock* clock, Metrics* metrics) : clock_(clock), metrics_(metrics) {}

  void OnSettled(std::vector<Settled> settled) override {
    const absl::Time now = clock_->Now();
    for (const Settled& one : settled) {
      if (one.verdict.kind == Verdict::Kind::kRejected) metrics_->timers_failed.Increment();
      if (one.verdict.kind != Verdict::Kind::kApplied) continue;
      metrics_->timers_fired.Increment();
      if (one.position == kUntimed) continue;
      const absl::Duration late = now - absl::FromUnixMicros(one.position);
      metrics_->timer_late_seconds.Observe(std::max(absl::ToDoubleSeconds(late), 0.0));
    }
  }

 private:
  Clock* const clock_;
  Metrics* const metrics_;
};

bool WasTried(const WorkItem& item, const std::string& timer_id, int64_t set_seq) {
  const auto& tried = item.tried_timers;
  return std::any_of(tried.begin(), tried.end(),
                     [&](const auto& timer) { return timer.first == timer_id && timer.second == set_seq; });
}

// The timer as an input of its own: under the clock at which it was due where time is that of an import, else under
// that of `item`, which found it.
absl::StatusOr<WorkItem> FiredBefore(const WorkItem& item, const Timer& timer, std::shared_ptr<Settlement> settlement) {
  WorkItem fired;
  CADENZA_ASSIGN_OR_RETURN(fired.input, FiredInput(timer, item.input.clock));
  fired.input.receive_time = item.input.receive_time;
  if (item.input.import) {
    fired.input.import = true;
    fired.input.clock = timer.fire_time;
  }
  fired.target = item.target;
  fired.settlement = std::move(settlement);
  fired.position = fired.input.import ? kUntimed : absl::ToUnixMicros(timer.due_time);
  return fired;
}

}  // namespace

std::shared_ptr<Settlement> CountFoundTimers(const Context& context) {
  return std::make_shared<FoundTimers>(context.clock, context.metrics);
}

void BatchRunner::OrderTimers(std::vector<WorkItem>* items) const {
  const auto is_timer = [](const WorkItem& item) { return item.input.kind() == InputKind::kTimerFired; };
  if (std::count_if(items->begin(), items->end(), is_timer) < 2) return;
  absl::flat_hash_map<std::pair<UserKey, absl::Time>, std::vector<size_t>> places;
  for (size_t i = 0; i < items->size(); ++i) {
    const WorkItem& item = (*items)[i];
    if (is_timer(item)) places[{item.target, item.input.time}].push_back(i);
  }
  for (const auto& [user, of_user] : places) {
    if (of_user.size() < 2) continue;
    std::vector<WorkItem> sorted;
    for (size_t i : of_user) sorted.push_back(std::move((*items)[i]));
    const auto place = [this](const WorkItem& item) {
      const auto& fired = std::get<TimerFired>(item.input.payload);
      return PlaceOf(item.target.workspace, fired.timer_id, fired.set_seq);
    };
    std::stable_sort(sorted.begin(), sorted.end(),
                     [&place](const WorkItem& a, const WorkItem& b) { return place(a) < place(b); });
    for (size_t i = 0; i < of_user.size(); ++i) (*items)[of_user[i]] = std::move(sorted[i]);
  }
}

BatchRunner::TimerPlace BatchRunner::PlaceOf(std::string_view workspace, std::string_view timer_id,
                                             int64_t set_seq) const {
  return {rules::TimerRank(*rule_set_, workspace, timer_id), set_seq, timer_id};
}

bool BatchRunner::GoesFirst(std::string_view timer_id, absl::Time fire_time, int64_t set_seq,
                            const WorkItem& item) const {
  const auto* fired = std::get_if<TimerFired>(&item.input.payload);
  if (fired == nullptr) return fire_time <= item.input.clock;
  const std::string& workspace = item.target.workspace;
  return fire_time == item.input.time &&
         PlaceOf(workspace, timer_id, set_seq) < PlaceOf(workspace, fired->timer_id, fired->set_seq);
}

bool BatchRunner::IsBehindTimers(const WorkItem& item, const Profile& profile) const {
  return std::any_of(profile.timers.begin(), profile.timers.end(), [&](const auto& entry) {
    const auto& [timer_id, timer] = entry;
    return GoesFirst(timer_id, timer.fire_time, timer.set_seq, item) && !WasTried(item, timer_id, timer.set_seq);
  });
}

absl::Status BatchRunner::PutTimersFirst(std::vector<WorkItem>* items) {
  OrderTimers(items);
  std::vector<UserKey> users;
  absl::flat_hash_set<UserKey> waiting;
  for (const WorkItem& item : *items) {
    if (item.behind_timers && waiting.insert(item.target).second) users.push_back(item.target);
  }
  if (users.empty()) return absl::OkStatus();
  CADENZA_ASSIGN_OR_RETURN(std::vector<Timer> timers, context_.store->timers().ReadTimers(users));
  const auto place = [this](const Timer& timer) {
    return PlaceOf(timer.user.workspace, timer.timer_id, timer.set_seq);
  };
  std::sort(timers.begin(), timers.end(), [&place](const Timer& a, const Timer& b) {
    return a.fire_time != b.fire_time ? a.fire_time < b.fire_time : place(a) < place(b);
  });
  std::vector<WorkItem> ordered;
  for (WorkItem& item : *items) {
    const bool is_first = item.behind_timers && waiting.erase(item.target) > 0;
    item.behind_timers = false;
    const size_t tried_before = item.tried_timers.size();
    for (const Timer& timer : timers) {
      if (!is_first || timer.user != item.target || !GoesFirst(timer.timer_id, timer.fire_time, timer.set_seq, item)) {
        continue;
      }
      if (WasTried(item, timer.timer_id, timer.set_seq)) continue;
      item.tried_timers.emplace_back(timer.timer_id, timer.set_seq);
      if (timer.parked) continue;
      absl::StatusOr<WorkItem> fired = FiredBefore(item, timer, found_timers_);
      if (fired.ok()) ordered.push_back(*std::move(fired));  // else the pump keeps account of it
    }
    // What his profile lists is gone: it is old.
    if (is_first && item.tried_timers.size() == tried_before) item.fresh = true;
    ordered.push_back(std::move(item));
  }
  *items = std::move(ordered);
  return absl::OkStatus();
}

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

  if (IsBehindTimers(item, profile)) {
    user.blocked = user.behind = true;
    return {.kind = Plan::Kind::kBehind, .verdict = {}};
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
          .decisions = TakeDecisions(item.input)};
}

void BatchRunner::KeepTimers(size_t touched, const Input& input, const rules::TimerChanges& changes) {
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
    if (input.import) write.due_time = input.receive_time + options_.import_timer_wait;
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
      first = std::min(first, std::max(write.fire_time, write.due_time));
    }
  }
  if (first != absl::InfiniteFuture()) context_.timer_set(first);
}

}  // namespace cadenza::lanes
