// The second half of a batch: from plans to a commit, and from its result to verdicts.
#include <algorithm>
#include <array>
#include <utility>

#include "server/lanes/batch.h"
#include "storage/base/log.h"
#include "storage/base/status_macros.h"
#include "storage/codec/profile_codec.h"
#include "storage/model/rejection.h"

namespace cadenza::lanes {
namespace {

// The verdicts of a batch, gathered by where they go.
class Verdicts {
 public:
  void Add(WorkItem& item, Verdict verdict) {
    ++counts_[static_cast<size_t>(verdict.kind)];
    oldest_ = std::min(oldest_, item.input.receive_time);
    // Inputs of one request mostly lie side by side.
    if (groups_.empty() || groups_[last_].settlement != item.settlement) {
      auto [it, is_new] = index_.try_emplace(item.settlement.get(), groups_.size());
      if (is_new) groups_.push_back({item.settlement, {}});
      last_ = it->second;
    }
    groups_[last_].settled.push_back({item.position, std::move(item.input.user), std::move(verdict)});
  }

  void Tell(absl::Time now, Metrics* metrics) {
    auto count = [this](Verdict::Kind kind) { return static_cast<double>(counts_[static_cast<size_t>(kind)]); };
    metrics->inputs_applied.Increment(count(Verdict::Kind::kApplied));
    metrics->inputs_duplicate.Increment(count(Verdict::Kind::kDuplicate));
    metrics->inputs_rejected.Increment(count(Verdict::Kind::kRejected));
    if (oldest_ != absl::InfiniteFuture()) metrics->lag_seconds.Observe(absl::ToDoubleSeconds(now - oldest_));
    for (Group& group : groups_) group.settlement->OnSettled(std::move(group.settled));
  }

 private:
  struct Group {
    std::shared_ptr<Settlement> settlement;
    std::vector<Settled> settled;
  };
  std::vector<Group> groups_;
  absl::flat_hash_map<const Settlement*, size_t> index_;
  size_t last_ = 0;
  std::array<size_t, 3> counts_{};  // by kind
  absl::Time oldest_ = absl::InfiniteFuture();
};

}  // namespace

void BatchRunner::BuildCommit(std::vector<WorkItem>& items, std::vector<Plan>& plans) {
  BuildProfiles();
  BuildMembers();
  commit_.events.reserve(items.size());
  for (size_t i = 0; i < items.size(); ++i) {
    if (plans[i].kind != Plan::Kind::kWithUser || plans[i].verdict.kind != Verdict::Kind::kApplied) continue;
    Input& input = items[i].input;
    if (input.kind() == InputKind::kEvaluate) continue;
    commit_.events.push_back({.owner = touched_[plans[i].touched].write,
                              .named = input.user,
                              .event_id = std::move(input.event_id),
                              .user_seq = plans[i].verdict.user_seq,
                              .kind = input.kind(),
                              .name = std::string(input.event_name()),
                              .time = input.time,
                              .receive_time = input.receive_time,
                              .body = std::move(input.body),
                              .digest = input.digest,
                              .decisions = std::move(plans[i].decisions)});
    event_items_.push_back(i);
  }
  for (auto& [touched, message] : messages_) {
    commit_.messages.push_back({.owner = touched_[touched].write, .message = std::move(message)});
  }
  BuildTimers();
  BuildCounters();
  commit_.all_or_nothing = !links_.empty();
  commit_.check_events = !looked_;
}

void BatchRunner::BuildProfiles() {
  commit_.profiles.reserve(touched_.size());
  for (const auto& [link, row] : links_) {
    Touched& name = touched_[link];
    name.write = commit_.profiles.size();
    commit_.profiles.push_back({name.key, name.expected_version, row});
    HotUser leads_on;
    leads_on.profile.key = name.key;
    leads_on.profile.version = row.version;
    leads_on.merged_into = row.merged_into;
    name.hot = hot_.Put(name.key, std::move(leads_on));
  }
  for (Touched& user : touched_) {
    if (!user.changed || user.hot == nullptr || !user.hot->merged_into.empty()) continue;
    user.write = commit_.profiles.size();
    HotUser& hot = *user.hot;
    hot.encoded.Update(hot.profile);
    commit_.profiles.push_back(
        {user.key,
         user.expected_version,
         {.version = hot.profile.version, .merged_into = "", .state = std::move(hot.encoded.state)}});
  }
}

// The last change of an owner and a segment stands for all of them.
void BatchRunner::BuildMembers() {
  absl::flat_hash_set<std::pair<size_t, std::string>> done;
  for (auto last = members_.rbegin(); last != members_.rend(); ++last) {
    auto& [touched, write] = *last;
    if (!done.emplace(touched, write.segment_id).second) continue;
    write.owner = touched_[touched].write;
    commit_.members.push_back(std::move(write));
  }
}

void BatchRunner::KeepCounts(size_t touched, const rules::Tally& tally) {
  const std::string& workspace = touched_[touched].key.workspace;
  std::vector<size_t> keys;
  for (CounterKey key : tally.keys()) {
    key.workspace = workspace;
    const auto [it, is_new] = counter_index_.try_emplace(std::move(key), commit_.counter_keys.size());
    if (is_new) commit_.counter_keys.push_back(it->first);
    keys.push_back(it->second);
  }
  for (const rules::Tally::Delta& delta : tally.deltas()) {
    counters_.push_back({touched, keys[delta.key], delta.place, delta.value});
  }
}

void BatchRunner::BuildCounters() {
  commit_.counters = std::move(counters_);
  counters_.clear();
  for (CounterWrite& write : commit_.counters) write.owner = touched_[write.owner].write;
}

void BatchRunner::GiveBack(std::vector<WorkItem>& items) {
  for (size_t e = 0; e < event_items_.size(); ++e) {
    Input& input = items[event_items_[e]].input;
    input.event_id = std::move(commit_.events[e].event_id);
    input.body = std::move(commit_.events[e].body);
  }
}

absl::StatusOr<CommitResult> BatchRunner::Commit() {
  if (commit_.profiles.empty()) return CommitResult{};
  if (journal_ == 0) {
    CADENZA_ASSIGN_OR_RETURN(journal_, context_.store->OpenJournal());
    journal_seq_ = 0;
  }
  commit_.journal = journal_;
  commit_.journal_seq = journal_seq_ + 1;
  const absl::Time start = context_.clock->Now();
  absl::StatusOr<CommitResult> result = context_.store->Commit(commit_);
  Metrics& metrics = *context_.metrics;
  // A batch that holds a resend is committed in its second attempt.
  if (!absl::IsAlreadyExists(result.status())) {
    metrics.commit_seconds.Observe(absl::ToDoubleSeconds(context_.clock->Now() - start));
  }
  if (result.ok()) {
    // The journal's number is used by a commit in which something went through.
    const auto& conflicted = result->conflicted;
    if (std::find(conflicted.begin(), conflicted.end(), false) != conflicted.end()) ++journal_seq_;
    metrics.commits_ok.Increment();
    metrics.batch_inputs.Observe(static_cast<double>(commit_.events.size()));
  }
  return result;
}

BatchRunner::Outcome BatchRunner::Settle(std::vector<WorkItem> items, std::vector<Plan> plans,
                                         const CommitResult& result) {
  batch_limit_ = std::min<size_t>(batch_limit_ * 2, options_.batch_inputs_max);
  GiveBack(items);
  KeepCommitted(result);
  std::vector<UserKey> hints;
  // Messages before acks: nobody waits for them but the user himself.
  Announce(result, &hints);
  if (!rule_errors_.empty()) ReportErrors(result);
  if (!commit_.timers.empty()) AnnounceTimers(result);

  Outcome outcome;
  Verdicts verdicts;
  for (size_t i = 0; i < items.size(); ++i) {
    WorkItem& item = items[i];
    Plan& plan = plans[i];
    if (plan.kind == Plan::Kind::kForward) {
      item.target.key = std::move(plan.leads_to);
      item.fresh = false;
      outcome.forward.push_back(std::move(item));
      continue;
    }
    if (plan.kind == Plan::Kind::kBehind) {
      item.behind_timers = true;
      outcome.retry.push_back(std::move(item));
      continue;
    }
    if (plan.kind == Plan::Kind::kRetry || (plan.kind == Plan::Kind::kWithUser && !WentThrough(plan.touched, result))) {
      item.fresh = true;
      outcome.retry.push_back(std::move(item));
      continue;
    }
    if (plan.hint) {
      hints.push_back(item.target);
      if (const UserKey* name = LinkedName(item.input)) hints.push_back(*name);
    }
    verdicts.Add(item, std::move(plan.verdict));
  }
  if (!hints.empty()) context_.messages->Hint(hints);
  verdicts.Tell(context_.clock->Now(), context_.metrics);
  return outcome;
}

void BatchRunner::KeepCommitted(const CommitResult& result) {
  for (size_t t = 0; t < touched_.size(); ++t) {
    Touched& user = touched_[t];
    if (!user.changed) continue;
    if (WentThrough(t, result)) {
      std::string& state = commit_.profiles[user.write].row.state;
      const size_t profile_bytes = state.size();
      user.hot->encoded.state = std::move(state);
      hot_.Measure(user.hot, profile_bytes);
    } else {
      hot_.Erase(user.key);
      user.hot = nullptr;
      context_.metrics->fence_conflicts.Increment();
    }
  }
}

void BatchRunner::Announce(const CommitResult& result, std::vector<UserKey>* hints) {
  std::vector<Message> messages;
  messages.reserve(commit_.messages.size());
  for (MessageWrite& write : commit_.messages) {
    if (!result.conflicted[write.owner]) messages.push_back(std::move(write.message));
  }
  if (!messages.empty()) {
    context_.metrics->messages.Increment(static_cast<double>(messages.size()));
    context_.messages->Offer(messages);
  }
  for (const auto& [link, row] : links_) {
    if (WentThrough(link, result)) context_.messages->Merged(touched_[link].key);
  }
  // What was moved to a user is offered to nobody else.
  for (size_t m = 0; m < move_owners_.size(); ++m) {
    if (WentThrough(move_owners_[m], result)) hints->push_back(commit_.moves[m].to);
  }
}

// A campaign may fail for every input, and no input may wait for so many lines.
void BatchRunner::ReportErrors(const CommitResult& result) {
  constexpr absl::Duration kQuiet = absl::Seconds(1);
  constexpr size_t kCampaignsMax = 10'000;
  if (quiet_until_.size() > kCampaignsMax) quiet_until_.clear();
  const absl::Time now = context_.clock->Now();
  for (const auto& [touched, error] : rule_errors_) {
    if (!WentThrough(touched, result)) continue;
    context_.metrics->rule_errors.Increment();
    absl::Time& until = quiet_until_.try_emplace(error.campaign_id, absl::InfinitePast()).first->second;
    if (now < until) continue;
    until = now + kQuiet;
    log::Warn("campaign stopped by an error of its own", {{"campaign_id", error.campaign_id}, {"error", error.text}});
  }
}

BatchRunner::Outcome BatchRunner::Fail(std::vector<WorkItem> items, const absl::Status& status) {
  ForgetTouched();
  GiveBack(items);
  Metrics& metrics = *context_.metrics;
  Outcome outcome;
  switch (status.code()) {
    case absl::StatusCode::kAborted:
      metrics.commits_aborted.Increment();
      journal_ = 0;
      break;
    case absl::StatusCode::kAlreadyExists:
      look_first_ = kLookFirst;
      break;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kDataLoss:
      metrics.commits_refused.Increment();
      Refuse(items, status);
      break;
    case absl::StatusCode::kUnknown:
      metrics.commits_unknown.Increment();
      log::Warn("the outcome of a commit is unknown; its inputs are looked up before anything is answered",
                {{"status", status}});
      journal_ = 0;
      for (size_t i : event_items_) items[i].maybe_committed = true;
      outcome.status = status;
      break;
    default:
      metrics.commits_unavailable.Increment();
      log::Warn("the store is in trouble; inputs wait", {{"status", status}});
      outcome.status = status;
  }
  if (!outcome.status.ok()) batch_limit_ = std::max<size_t>(items.size() / 2, 1);
  for (WorkItem& item : items) item.fresh = true;
  outcome.retry = std::move(items);
  return outcome;
}

void BatchRunner::Refuse(std::vector<WorkItem>& items, const absl::Status& status) {
  log::Error("the store refuses a batch", {{"inputs", items.size()}, {"status", status}});
  if (items.size() > 1) {
    batch_limit_ = items.size() / 2;
    return;
  }
  // What a cache gave may be to blame.
  WorkItem& item = items.front();
  if (!item.fresh) return;
  context_.metrics->inputs_rejected.Increment();
  absl::Status rejection = Rejected(absl::StatusCode::kInvalidArgument, reasons::kInvalidField, "", "cannot be stored");
  Verdict refused{.kind = Verdict::Kind::kRejected, .user_seq = 0, .rejection = std::move(rejection)};
  item.settlement->OnSettled({{item.position, item.input.user, std::move(refused)}});
  items.clear();
}

void BatchRunner::ForgetTouched() {
  for (const Touched& user : touched_) hot_.Erase(user.key);
}

}  // namespace cadenza::lanes
