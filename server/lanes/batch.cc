#include "server/lanes/batch.h"

#include <algorithm>

#include "server/apply/apply.h"
#include "server/apply/merge.h"
#include "server/rules/engine.h"
#include "storage/base/log.h"
#include "storage/base/status_macros.h"
#include "storage/codec/profile_codec.h"
#include "storage/model/limits.h"
#include "storage/model/rejection.h"

namespace cadenza::lanes {
namespace {

// The name that an identify or add_alias links to its user; null for all other inputs.
const UserKey* LinkedName(const Input& input) {
  if (const auto* identify = std::get_if<Identify>(&input.payload)) return &identify->anonymous;
  if (const auto* add_alias = std::get_if<AddAlias>(&input.payload)) return &add_alias->alias;
  return nullptr;
}

Verdict Applied(int64_t user_seq) {
  return {.kind = Verdict::Kind::kApplied, .user_seq = user_seq, .rejection = absl::OkStatus()};
}
Verdict Duplicate(int64_t user_seq) {
  return {.kind = Verdict::Kind::kDuplicate, .user_seq = user_seq, .rejection = absl::OkStatus()};
}
Verdict Refused(absl::Status rejection) {
  return {.kind = Verdict::Kind::kRejected, .user_seq = 0, .rejection = std::move(rejection)};
}

absl::Status Reused() {
  return Rejected(absl::StatusCode::kAlreadyExists, reasons::kEventIdReused, "event_id",
                  "was used before with other content; give every event its own id");
}

}  // namespace

BatchRunner::BatchRunner(const Options& options, const Context& context)
    : options_(options), context_(context), hot_(options.hot), batch_limit_(options.batch_inputs_max) {}

BatchRunner::Outcome BatchRunner::Run(std::vector<WorkItem> items) {
  Clear();
  std::vector<WorkItem> rest(std::make_move_iterator(items.begin() + PrefixLength(items)),
                             std::make_move_iterator(items.end()));
  items.resize(items.size() - rest.size());
  rule_set_ = context_.rule_set();

  Outcome outcome;
  if (absl::Status loaded = Load(items); !loaded.ok()) {
    outcome = Fail(std::move(items), loaded);
  } else {
    std::vector<Plan> plans;
    plans.reserve(items.size());
    for (size_t i = 0; i < items.size(); ++i) plans.push_back(PlanItem(items[i], seen_[i]));
    BuildCommit(items, plans);
    absl::StatusOr<CommitResult> committed = Commit();
    outcome = committed.ok() ? Settle(std::move(items), std::move(plans), *committed)
                             : Fail(std::move(items), committed.status());
  }
  std::move(rest.begin(), rest.end(), std::back_inserter(outcome.retry));
  hot_.Trim();
  return outcome;
}

size_t BatchRunner::PrefixLength(const std::vector<WorkItem>& items) const {
  if (LinkedName(items.front().input) != nullptr) return 1;
  size_t bytes = 0;
  size_t n = 0;
  while (n < items.size() && n < batch_limit_ && LinkedName(items[n].input) == nullptr) {
    bytes += items[n].input.body.size();
    if (n > 0 && bytes > options_.batch_bytes_max) break;
    ++n;
  }
  return n;
}

void BatchRunner::Clear() {
  fresh_load_ = false;
  seen_.clear();
  touched_.clear();
  touched_index_.clear();
  loaded_.clear();
  in_batch_.clear();
  messages_.clear();
  links_.clear();
  commit_ = CommitBatch();
  event_items_.clear();
}

absl::Status BatchRunner::Load(std::vector<WorkItem>& items) {
  LoadRequest request;
  auto need = [&](const UserKey& key) {
    if (hot_.Find(key) != nullptr) {
      context_.metrics->loads_hot.Increment();
    } else if (loaded_.insert(key).second) {
      request.keys.push_back(key);
    }
  };
  for (WorkItem& item : items) {
    const UserKey* name = LinkedName(item.input);
    if (item.fresh) {
      request.fresh = true;
      hot_.Erase(item.target);
      if (name != nullptr) hot_.Erase(*name);
    }
  }
  for (const WorkItem& item : items) {
    need(item.target);
    if (const UserKey* name = LinkedName(item.input)) need(*name);
    request.events.push_back({item.input.user, item.input.event_id});
  }
  fresh_load_ = request.fresh;
  CADENZA_ASSIGN_OR_RETURN(LoadResult result, context_.store->Load(request));
  context_.metrics->loads_redis.Increment(static_cast<double>(result.cached_rows));
  context_.metrics->loads_store.Increment(static_cast<double>(request.keys.size() - result.cached_rows));
  for (size_t i = 0; i < request.keys.size(); ++i) {
    CADENZA_RETURN_IF_ERROR(KeepRow(request.keys[i], result.rows[i]));
  }
  seen_ = std::move(result.events);
  return absl::OkStatus();
}

absl::Status BatchRunner::KeepRow(const UserKey& key, const std::optional<ProfileRow>& row) {
  HotUser user;
  user.profile.key = key;
  if (row.has_value()) {
    CADENZA_ASSIGN_OR_RETURN(user.profile, DecodeProfile(key, row->version, row->state));
    user.merged_into = row->merged_into;
  }
  hot_.Put(key, std::move(user));
  return absl::OkStatus();
}

size_t BatchRunner::Touch(const UserKey& key) {
  auto [it, is_new] = touched_index_.try_emplace(key, touched_.size());
  if (is_new) {
    touched_.push_back({.key = key,
                        .expected_version = hot_.Find(key)->profile.version,
                        .fresh = fresh_load_ && loaded_.contains(key)});
  }
  return it->second;
}

BatchRunner::Plan BatchRunner::PlanItem(const WorkItem& item, const std::optional<SeenEvent>& seen) {
  if (seen.has_value()) return PlanSeen(item, *seen);
  if (auto earlier = in_batch_.find(EventKey(item.input.user, item.input.event_id)); earlier != in_batch_.end()) {
    const InBatch& first = earlier->second;
    Verdict verdict = first.digest == item.input.digest ? Duplicate(first.user_seq) : Refused(Reused());
    return {.kind = Plan::Kind::kWithUser, .touched = first.touched, .verdict = std::move(verdict)};
  }
  const std::string& leads_to = hot_.Find(item.target)->merged_into;
  if (!leads_to.empty()) return {.kind = Plan::Kind::kForward, .verdict = {}, .leads_to = leads_to};
  size_t touched = Touch(item.target);
  if (touched_[touched].blocked) return {.kind = Plan::Kind::kRetry, .verdict = {}};
  return PlanApply(item, touched);
}

BatchRunner::Plan BatchRunner::PlanSeen(const WorkItem& item, const SeenEvent& seen) const {
  if (seen.digest != item.input.digest) return {.verdict = Refused(Reused())};
  if (item.maybe_committed) return {.verdict = Applied(seen.user_seq), .hint = true};
  return {.verdict = Duplicate(seen.user_seq)};
}

BatchRunner::Plan BatchRunner::PlanRejection(const WorkItem& item, size_t touched, absl::Status rejection) {
  Touched& user = touched_[touched];
  if (user.changed)
    return {.kind = Plan::Kind::kWithUser, .touched = touched, .verdict = Refused(std::move(rejection))};
  if (user.fresh || item.fresh) return {.verdict = Refused(std::move(rejection))};
  // Nothing will check the fence for this user, and he may be known from an old cache entry: look again before saying
  // no for good.
  user.blocked = true;
  return {.kind = Plan::Kind::kRetry, .verdict = {}};
}

BatchRunner::Plan BatchRunner::PlanApply(const WorkItem& item, size_t touched) {
  Profile& profile = hot_.Find(item.target)->profile;
  const absl::Duration gap = options_.GapOf(item.target.workspace);
  apply::Applied applied;
  if (absl::Status folded = apply::ApplyInput(item.input, {.session_gap = gap}, &profile, &applied); !folded.ok()) {
    return PlanRejection(item, touched, std::move(folded));
  }
  if (const UserKey* name = LinkedName(item.input)) {
    if (absl::Status linked = LinkName(*name, touched); !linked.ok()) {
      // The batch is this one input, and its profile has taken a version that nothing will commit.
      hot_.Erase(item.target);
      return PlanRejection(item, touched, std::move(linked));
    }
  }
  touched_[touched].changed = true;

  std::vector<Message> messages;
  std::vector<rules::RuleError> errors;
  rules::Decide(*rule_set_, item.input, applied, {.session_gap = gap}, &profile, &messages, &errors);
  for (Message& message : messages) messages_.emplace_back(touched, std::move(message));
  for (const rules::RuleError& error : errors) {
    context_.metrics->rule_errors.Increment();
    log::Warn("campaign stopped by an error of its own", {{"campaign_id", error.campaign_id}, {"error", error.text}});
  }
  in_batch_.emplace(EventKey(item.input.user, item.input.event_id),
                    InBatch{touched, profile.version, item.input.digest});
  return {.kind = Plan::Kind::kWithUser, .touched = touched, .verdict = Applied(profile.version)};
}

absl::Status BatchRunner::LinkName(const UserKey& name, size_t user) {
  Profile& profile = hot_.Find(touched_[user].key)->profile;
  const auto& names = profile.other_names;
  if (name == profile.key || std::find(names.begin(), names.end(), name.key) != names.end()) return absl::OkStatus();
  HotUser& named = *hot_.Find(name);
  if (!named.merged_into.empty()) {
    return Rejected(absl::StatusCode::kFailedPrecondition, reasons::kIdentityTaken,
                    name.kind() == RefKind::kAlias ? "add_alias.alias" : "identify.anonymous_id",
                    "leads to another user already; a name leads to one user for good");
  }
  if (names.size() >= limits::kOtherNames) {
    return Rejected(absl::StatusCode::kInvalidArgument, reasons::kLimitExceeded, "user",
                    "has as many other names as a user can have");
  }
  size_t link = Touch(name);
  if (named.profile.version == 0) {
    profile.other_names.push_back(name.key);
  } else {
    const int64_t messages_before = profile.message_seq;
    CADENZA_RETURN_IF_ERROR(apply::MergeProfile(named.profile, options_.GapOf(name.workspace), &profile));
    if (named.profile.message_seq > 0) commit_.moves.push_back({name, profile.key, messages_before});
  }
  touched_[link].changed = true;
  links_.push_back({link, {.version = named.profile.version + 1, .merged_into = profile.key.key, .state = ""}});
  return absl::OkStatus();
}

void BatchRunner::BuildCommit(std::vector<WorkItem>& items, const std::vector<Plan>& plans) {
  for (const auto& [link, row] : links_) {
    touched_[link].write = commit_.profiles.size();
    commit_.profiles.push_back({touched_[link].key, touched_[link].expected_version, row});
    HotUser leads_on;
    leads_on.profile.key = touched_[link].key;
    leads_on.profile.version = row.version;
    leads_on.merged_into = row.merged_into;
    hot_.Put(touched_[link].key, std::move(leads_on));
  }
  for (Touched& user : touched_) {
    const HotUser* hot = hot_.Find(user.key);
    if (!user.changed || hot == nullptr || !hot->merged_into.empty()) continue;
    user.write = commit_.profiles.size();
    commit_.profiles.push_back(
        {user.key,
         user.expected_version,
         {.version = hot->profile.version, .merged_into = "", .state = EncodeProfile(hot->profile)}});
  }
  for (size_t i = 0; i < items.size(); ++i) {
    if (plans[i].kind != Plan::Kind::kWithUser || plans[i].verdict.kind != Verdict::Kind::kApplied) continue;
    Input& input = items[i].input;
    commit_.events.push_back({.owner = touched_[plans[i].touched].write,
                              .named = input.user,
                              .event_id = input.event_id,
                              .user_seq = plans[i].verdict.user_seq,
                              .kind = input.kind(),
                              .name = std::string(input.event_name()),
                              .time = input.time,
                              .receive_time = input.receive_time,
                              .body = std::move(input.body),
                              .digest = input.digest});
    event_items_.push_back(i);
  }
  for (auto& [touched, message] : messages_) {
    commit_.messages.push_back({.owner = touched_[touched].write, .message = std::move(message)});
  }
  commit_.all_or_nothing = !links_.empty();
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
  metrics.commit_seconds.Observe(absl::ToDoubleSeconds(context_.clock->Now() - start));
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
  Metrics& metrics = *context_.metrics;
  batch_limit_ = std::min<size_t>(batch_limit_ * 2, options_.batch_inputs_max);
  auto went_through = [&](size_t touched) { return !result.conflicted[touched_[touched].write]; };
  for (size_t e = 0; e < event_items_.size(); ++e)
    items[event_items_[e]].input.body = std::move(commit_.events[e].body);

  std::vector<Message> messages;
  for (MessageWrite& write : commit_.messages) {
    if (!result.conflicted[write.owner]) messages.push_back(std::move(write.message));
  }
  for (size_t t = 0; t < touched_.size(); ++t) {
    if (!touched_[t].changed) continue;
    if (went_through(t)) {
      hot_.Measure(touched_[t].key);
    } else {
      hot_.Erase(touched_[t].key);
      metrics.fence_conflicts.Increment();
    }
  }
  metrics.messages.Increment(static_cast<double>(messages.size()));
  if (!messages.empty()) context_.messages->Offer(messages);
  for (const auto& [link, row] : links_) {
    if (went_through(link)) context_.messages->Merged(touched_[link].key);
  }
  // What was moved to a user is offered to nobody else.
  std::vector<UserKey> hints;
  for (const MessageMove& move : commit_.moves) {
    if (went_through(touched_index_.at(move.to))) hints.push_back(move.to);
  }

  Outcome outcome;
  std::vector<std::pair<std::shared_ptr<Settlement>, std::vector<Settled>>> settled;
  absl::flat_hash_map<Settlement*, size_t> settled_index;
  absl::Time oldest = absl::InfiniteFuture();
  for (size_t i = 0; i < items.size(); ++i) {
    WorkItem& item = items[i];
    Plan& plan = plans[i];
    if (plan.kind == Plan::Kind::kForward) {
      item.target.key = std::move(plan.leads_to);
      item.fresh = false;
      outcome.forward.push_back(std::move(item));
      continue;
    }
    if (plan.kind == Plan::Kind::kRetry || (plan.kind == Plan::Kind::kWithUser && !went_through(plan.touched))) {
      item.fresh = true;
      outcome.retry.push_back(std::move(item));
      continue;
    }
    if (plan.hint) {
      hints.push_back(item.target);
      if (const UserKey* name = LinkedName(item.input)) hints.push_back(*name);
    }
    oldest = std::min(oldest, item.input.receive_time);
    switch (plan.verdict.kind) {
      case Verdict::Kind::kApplied:
        metrics.inputs_applied.Increment();
        break;
      case Verdict::Kind::kDuplicate:
        metrics.inputs_duplicate.Increment();
        break;
      case Verdict::Kind::kRejected:
        metrics.inputs_rejected.Increment();
        break;
    }
    auto [it, is_new] = settled_index.try_emplace(item.settlement.get(), settled.size());
    if (is_new) settled.emplace_back(item.settlement, std::vector<Settled>());
    settled[it->second].second.push_back({item.position, std::move(item.input.user), std::move(plan.verdict)});
  }
  if (!hints.empty()) context_.messages->Hint(hints);
  if (oldest != absl::InfiniteFuture()) {
    metrics.lag_seconds.Observe(absl::ToDoubleSeconds(context_.clock->Now() - oldest));
  }
  for (auto& [settlement, verdicts] : settled) settlement->OnSettled(std::move(verdicts));
  return outcome;
}

BatchRunner::Outcome BatchRunner::Fail(std::vector<WorkItem> items, const absl::Status& status) {
  ForgetTouched();
  for (size_t e = 0; e < event_items_.size(); ++e)
    items[event_items_[e]].input.body = std::move(commit_.events[e].body);
  Metrics& metrics = *context_.metrics;
  Outcome outcome;
  switch (status.code()) {
    case absl::StatusCode::kAborted:
      metrics.commits_aborted.Increment();
      journal_ = 0;
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
  item.settlement->OnSettled({{item.position, item.input.user, Refused(std::move(rejection))}});
  items.clear();
}

void BatchRunner::ForgetTouched() {
  for (const Touched& user : touched_) hot_.Erase(user.key);
}

}  // namespace cadenza::lanes
