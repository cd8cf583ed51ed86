#include "server/lanes/batch.h"

#include <algorithm>

#include "server/apply/apply.h"
#include "server/apply/merge.h"
#include "server/rules/reaction.h"
#include "storage/base/log.h"
#include "storage/base/status_macros.h"
#include "storage/codec/catalog_codec.h"
#include "storage/codec/profile_codec.h"
#include "storage/model/limits.h"
#include "storage/model/rejection.h"

namespace cadenza::lanes {
namespace {

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

const UserKey* LinkedName(const Input& input) {
  if (const auto* identify = std::get_if<Identify>(&input.payload)) return &identify->anonymous;
  if (const auto* add_alias = std::get_if<AddAlias>(&input.payload)) return &add_alias->alias;
  return nullptr;
}

BatchRunner::BatchRunner(const Options& options, const Context& context)
    : options_(options),
      context_(context),
      found_timers_(CountFoundTimers(context)),
      hot_(options.hot),
      batch_limit_(options.batch_inputs_max) {}

BatchRunner::Outcome BatchRunner::Run(std::vector<WorkItem> items) {
  Clear();
  std::vector<WorkItem> rest;
  if (const size_t prefix = PrefixLength(items); prefix < items.size()) {
    rest.assign(std::make_move_iterator(items.begin() + prefix), std::make_move_iterator(items.end()));
    items.resize(prefix);
  }
  rule_set_ = context_.rule_set();

  Outcome outcome;
  std::vector<Plan> plans;
  absl::Status loaded = PutTimersFirst(&items);
  if (loaded.ok()) loaded = LoadAndPlan(items, &plans);
  if (absl::IsOutOfRange(loaded)) {
    batch_limit_ = items.size() / 2;
    outcome.retry = std::move(items);
  } else if (!loaded.ok()) {
    outcome = Fail(std::move(items), loaded);
  } else {
    BuildCommit(items, plans);
    absl::StatusOr<CommitResult> committed = Commit();
    outcome = committed.ok() ? Settle(std::move(items), std::move(plans), *committed)
                             : Fail(std::move(items), committed.status());
  }
  std::move(rest.begin(), rest.end(), std::back_inserter(outcome.retry));
  catalog_items_.reset();
  for (const UserKey& user : evaluated_) hot_.Erase(user);
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
  ++batch_;
  fresh_load_ = false;
  targets_.clear();
  seen_.clear();
  touched_.clear();
  loaded_.clear();
  in_batch_.clear();
  messages_.clear();
  rule_errors_.clear();
  members_.clear();
  counters_.clear();
  counter_index_.clear();
  evaluated_.clear();
  links_.clear();
  move_owners_.clear();
  timers_.clear();
  timer_index_.clear();
  commit_.profiles.clear();
  commit_.events.clear();
  commit_.messages.clear();
  commit_.timers.clear();
  commit_.moves.clear();
  commit_.members.clear();
  commit_.counter_keys.clear();
  commit_.counters.clear();
  commit_.timer_moves.clear();
  event_items_.clear();
}

absl::Status BatchRunner::LoadAndPlan(std::vector<WorkItem>& items, std::vector<Plan>* plans) {
  catalog_items_.emplace([catalogs = context_.catalogs](const CatalogItemKey& key) {
    return catalogs == nullptr ? std::nullopt : catalogs->Find(key);
  });
  for (int round = 1;; ++round) {
    CADENZA_RETURN_IF_ERROR(Load(items));
    plans->clear();
    plans->reserve(items.size());
    for (size_t i = 0; i < items.size(); ++i) plans->push_back(PlanItem(items[i], targets_[i], seen_[i]));
    const size_t missing = catalog_items_->missing().size();
    if (missing == 0) return absl::OkStatus();
    // What was folded is not what is committed.
    ForgetTouched();
    Clear();
    if (round < rules::CatalogItems::kRounds && catalog_items_->size() + missing <= kCatalogItemsMax) continue;
    if (items.size() > 1) return absl::OutOfRangeError("the batch reads too many catalog items");
    catalog_items_->ClearMissing();
    catalog_items_->Close();
  }
}

absl::Status BatchRunner::Load(std::vector<WorkItem>& items) {
  LoadRequest request;
  request.catalog_items = catalog_items_->missing();
  // The store is asked anyway, and what a cache has of users who were hot is older than what they had here.
  request.fresh = !request.catalog_items.empty();
  std::vector<int64_t> revisions;
  for (const CatalogItemKey& key : request.catalog_items) {
    revisions.push_back(context_.catalogs == nullptr ? 0 : context_.catalogs->RevisionOf(key));
  }
  look_first_ = std::max(look_first_ - 1, 0);
  looked_ = look_first_ > 0 || LinkedName(items.front().input) != nullptr;
  for (WorkItem& item : items) {
    if (!item.fresh) continue;
    request.fresh = looked_ = true;
    hot_.Erase(item.target);
    if (const UserKey* name = LinkedName(item.input)) hot_.Erase(*name);
  }
  size_t hits = 0;
  auto need = [&](const UserKey& key) {
    HotUser* hot = hot_.Find(key);
    if (hot != nullptr) {
      ++hits;
    } else if (loaded_.insert(key).second) {
      request.keys.push_back(key);
    }
    return hot;
  };
  if (looked_) request.events.reserve(items.size());
  for (const WorkItem& item : items) {
    targets_.push_back(need(item.target));
    if (const UserKey* name = LinkedName(item.input)) need(*name);
    if (looked_) request.events.push_back({item.input.user, item.input.event_id});
  }
  fresh_load_ = request.fresh;
  LoadResult result;
  if (!request.keys.empty() || looked_ || !request.catalog_items.empty()) {
    CADENZA_ASSIGN_OR_RETURN(result, context_.store->Load(request));
  }
  if (!request.catalog_items.empty()) KeepCatalogItems(result.catalog_items, revisions);
  result.events.resize(items.size());
  const auto is_seen = [](const std::optional<SeenEvent>& seen) { return seen.has_value(); };
  if (std::any_of(result.events.begin(), result.events.end(), is_seen)) look_first_ = kLookFirst;
  context_.metrics->loads_hot.Increment(static_cast<double>(hits));
  context_.metrics->loads_redis.Increment(static_cast<double>(result.cached_rows));
  context_.metrics->loads_store.Increment(static_cast<double>(request.keys.size() - result.cached_rows));
  for (size_t i = 0; i < request.keys.size(); ++i) {
    CADENZA_RETURN_IF_ERROR(KeepRow(request.keys[i], result.rows[i]));
  }
  for (size_t i = 0; i < items.size(); ++i) {
    if (targets_[i] == nullptr) targets_[i] = hot_.Find(items[i].target);
  }
  seen_ = std::move(result.events);
  in_batch_.reserve(items.size());
  return absl::OkStatus();
}

void BatchRunner::KeepCatalogItems(const std::vector<std::optional<std::string>>& found,
                                   const std::vector<int64_t>& revisions) {
  const std::vector<CatalogItemKey>& keys = catalog_items_->missing();
  for (size_t i = 0; i < keys.size(); ++i) {
    Value item;
    if (found[i].has_value()) {
      absl::StatusOr<ValueMap> fields = DecodeFields(*found[i]);
      if (fields.ok()) {
        item = rules::ItemValue(keys[i].item_id, *std::move(fields));
      } else {
        log::Error("a catalog item is left out", {{"catalog_id", keys[i].catalog_id}, {"status", fields.status()}});
      }
    }
    if (context_.catalogs != nullptr) context_.catalogs->Put(keys[i], revisions[i], item);
    catalog_items_->Put(keys[i], std::move(item));
  }
  catalog_items_->ClearMissing();
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

size_t BatchRunner::Touch(HotUser* hot) {
  if (hot->batch == batch_) return hot->touched;
  hot->batch = batch_;
  hot->touched = touched_.size();
  const UserKey& key = hot->profile.key;
  touched_.push_back({.key = key,
                      .hot = hot,
                      .expected_version = hot->profile.version,
                      .fresh = fresh_load_ && loaded_.contains(key)});
  return hot->touched;
}

BatchRunner::Plan BatchRunner::PlanItem(const WorkItem& item, HotUser* target, const std::optional<SeenEvent>& seen) {
  if (item.input.kind() == InputKind::kEvaluate) return PlanEvaluate(item, target);
  if (item.input.kind() == InputKind::kTimerFired) return PlanTimer(item, target);
  if (seen.has_value()) return PlanSeen(item, *seen);
  InBatch& event = in_batch_.try_emplace(&item.input).first->second;
  if (event.applied != nullptr) {
    Verdict verdict = event.applied->digest == item.input.digest ? Duplicate(event.user_seq) : Refused(Reused());
    return {.kind = Plan::Kind::kWithUser, .touched = event.touched, .verdict = std::move(verdict)};
  }
  if (!target->merged_into.empty()) {
    return {.kind = Plan::Kind::kForward, .verdict = {}, .leads_to = target->merged_into};
  }
  const size_t touched = Touch(target);
  Touched& user = touched_[touched];
  if (!user.blocked && IsBehindTimers(item, target->profile)) user.blocked = user.behind = true;
  if (user.blocked) return {.kind = user.behind ? Plan::Kind::kBehind : Plan::Kind::kRetry, .verdict = {}};
  Plan plan = PlanApply(item, touched);
  if (plan.kind == Plan::Kind::kWithUser && plan.verdict.kind == Verdict::Kind::kApplied) {
    event = {.applied = &item.input, .touched = touched, .user_seq = plan.verdict.user_seq};
  }
  return plan;
}

BatchRunner::Plan BatchRunner::PlanSeen(const WorkItem& item, const SeenEvent& seen) const {
  if (seen.digest != item.input.digest) return {.verdict = Refused(Reused())};
  if (item.maybe_committed) return {.verdict = Applied(seen.user_seq), .hint = true};
  return {.verdict = Duplicate(seen.user_seq)};
}

BatchRunner::Plan BatchRunner::PlanRejection(const WorkItem& item, size_t touched, absl::Status rejection) {
  Touched& user = touched_[touched];
  if (!looked_) {
    // It may be a resend of what was applied when it still could be.
    user.blocked = true;
    return {.kind = Plan::Kind::kRetry, .verdict = {}};
  }
  if (user.changed)
    return {.kind = Plan::Kind::kWithUser, .touched = touched, .verdict = Refused(std::move(rejection))};
  if (user.fresh || item.fresh) return {.verdict = Refused(std::move(rejection))};
  // Nothing will check the fence for this user, and he may be known from an old cache entry: look again before saying
  // no for good.
  user.blocked = true;
  return {.kind = Plan::Kind::kRetry, .verdict = {}};
}

BatchRunner::Plan BatchRunner::PlanApply(const WorkItem& item, size_t touched) {
  Profile& profile = touched_[touched].hot->profile;
  touched_[touched].hot->encoded.Expect(item.input);
  const absl::Duration gap = options_.GapOf(item.target.workspace);
  apply::Applied applied;
  if (absl::Status folded = apply::ApplyInput(item.input, {.session_gap = gap}, &profile, &applied); !folded.ok()) {
    return PlanRejection(item, touched, std::move(folded));
  }
  if (const UserKey* name = LinkedName(item.input)) {
    if (absl::Status linked = LinkName(*name, item.input.clock, touched); !linked.ok()) {
      // The batch is this one input, and its profile has taken a version that nothing will commit.
      hot_.Erase(item.target);
      touched_[touched].hot = nullptr;
      return PlanRejection(item, touched, std::move(linked));
    }
  }
  touched_[touched].changed = true;
  React(item.input, gap, touched, &applied);
  return {.kind = Plan::Kind::kWithUser,
          .touched = touched,
          .verdict = Applied(profile.version),
          .decisions = TakeDecisions(item.input)};
}

std::string BatchRunner::TakeDecisions(const Input& input) {
  if (input.import) effects_.decisions.NoteTime();
  return std::string(effects_.decisions.written());
}

rules::Options BatchRunner::RuleOptions(absl::Duration gap) {
  return {.session_gap = gap, .catalog_items = &*catalog_items_, .pacer = context_.pacer};
}

bool BatchRunner::React(const Input& input, absl::Duration gap, size_t touched, apply::Applied* applied) {
  effects_.Clear(input.clock);
  rules::React(*rule_set_, input, RuleOptions(gap), applied, &touched_[touched].hot->profile, &effects_);
  const bool changed =
      !effects_.messages.empty() || !effects_.timers.empty() || !applied->segments.empty() || !effects_.tally.empty();
  KeepEffects(touched, input, *applied);
  return changed;
}

void BatchRunner::KeepEffects(size_t touched, const Input& input, const apply::Applied& applied) {
  KeepTimers(touched, input, effects_.timers);
  KeepMembers(touched, input, applied);
  if (!effects_.tally.empty()) KeepCounts(touched, effects_.tally);
  for (Message& message : effects_.messages) messages_.emplace_back(touched, std::move(message));
  for (rules::RuleError& error : effects_.errors) rule_errors_.emplace_back(touched, std::move(error));
}

void BatchRunner::KeepMembers(size_t touched, const Input& input, const apply::Applied& applied) {
  for (const apply::SegmentChange& change : applied.segments) {
    members_.push_back({touched, {.segment_id = change.segment_id, .entered = change.entered, .since = input.clock}});
  }
}

// Only of who was loaded past every cache can it be said that nothing changes: no fence will check it.
BatchRunner::Plan BatchRunner::PlanEvaluate(const WorkItem& item, HotUser* target) {
  if (!target->merged_into.empty()) {
    return {.kind = Plan::Kind::kForward, .verdict = {}, .leads_to = target->merged_into};
  }
  if (target->profile.version == 0) return {.verdict = Applied(0)};
  const size_t touched = Touch(target);
  if (touched_[touched].blocked || !(item.fresh || touched_[touched].fresh)) {
    return {.kind = Plan::Kind::kRetry, .verdict = {}};
  }
  evaluated_.push_back(item.target);
  Profile& profile = target->profile;
  apply::Applied applied;
  const size_t errors_before = rule_errors_.size();
  ++profile.version;  // timers are set under it
  if (!React(item.input, options_.GapOf(item.target.workspace), touched, &applied)) {
    --profile.version;
    rule_errors_.erase(rule_errors_.begin() + static_cast<ptrdiff_t>(errors_before), rule_errors_.end());
    const auto kind = touched_[touched].changed ? Plan::Kind::kWithUser : Plan::Kind::kVerdict;
    return {.kind = kind, .touched = touched, .verdict = Applied(profile.version)};
  }
  touched_[touched].changed = true;
  return {.kind = Plan::Kind::kWithUser, .touched = touched, .verdict = Applied(profile.version)};
}

absl::Status BatchRunner::LinkName(const UserKey& name, absl::Time clock, size_t user) {
  Profile& profile = touched_[user].hot->profile;
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
  const size_t link = Touch(&named);
  if (named.profile.version == 0) {
    profile.other_names.push_back(name.key);
  } else {
    const int64_t messages_before = profile.message_seq;
    rules::Tally tally;
    tally.Clear(clock);
    tally.Merge(named.profile, profile);
    CADENZA_RETURN_IF_ERROR(apply::MergeProfile(named.profile, options_.GapOf(name.workspace), &profile));
    for (const auto& [segment_id, since] : named.profile.segments) {
      members_.push_back({link, {.segment_id = segment_id, .entered = false}});
      members_.push_back({user, {.segment_id = segment_id, .entered = true, .since = profile.segments.at(segment_id)}});
    }
    KeepCounts(user, tally);
    if (named.profile.message_seq > 0) {
      commit_.moves.push_back({name, profile.key, messages_before});
      move_owners_.push_back(user);
    }
    if (!named.profile.timers.empty()) commit_.timer_moves.push_back({name, profile.key, profile.version});
  }
  touched_[link].changed = true;
  links_.push_back({link, {.version = named.profile.version + 1, .merged_into = profile.key.key, .state = ""}});
  return absl::OkStatus();
}

}  // namespace cadenza::lanes
