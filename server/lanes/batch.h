// The straight line of one batch: load, fold, decide, commit, settle.
#ifndef CADENZA_SERVER_LANES_BATCH_H_
#define CADENZA_SERVER_LANES_BATCH_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
#include "absl/status/status.h"
#include "server/ingest/work_item.h"
#include "server/lanes/hot_cache.h"
#include "server/lanes/lane_set.h"
#include "server/lanes/sinks.h"
#include "server/rules/catalog_items.h"
#include "server/rules/engine.h"
#include "server/rules/timers.h"
#include "storage/model/message.h"
#include "storage/model/profile.h"
#include "storage/store.h"

namespace cadenza::lanes {

// The name that an identify or add_alias links to its user; null for all other inputs.
const UserKey* LinkedName(const Input& input);

// Hears of the timers that a lane finds by itself, and counts them in context.metrics, which outlives it.
std::shared_ptr<Settlement> CountFoundTimers(const Context& context);

// Runs batches for one lane, on its thread; owns the lane's hot profiles and its journal.
//
// A user's profile is folded in place in the hot cache and is thrown out of it whenever the commit did not go through
// for him, so the cache only holds what was committed. How each kind of failure ends:
//   fence failed for a user: his items are retried, past the caches; the others are settled
//   ALREADY_EXISTS: nothing was committed: all items are retried, and looked up first
//   ABORTED: nothing was committed: all items are retried at once, in a new journal
//   UNAVAILABLE …: nothing was committed: all items are retried after a pause, in smaller batches (this one may have
//     been too much for the deadline)
//   UNKNOWN: the same, in a new journal; what was in the commit is marked maybe_committed, and the dedupe tells whether
//     it is stored
//   INVALID_ARGUMENT, DATA_LOSS: some item can never be stored: the batch is halved until it is alone; if it fails past
//     every cache too, it is rejected
//
// Resends are rare, so a batch does not ask which of its events are stored already: the commit does (check_events), and
// a batch of users who are all hot costs one round trip. Only where it matters are they looked up before: after any was
// found, for the next kLookFirst batches; for items that are retried; and before an input is rejected, which might be a
// resend of one that was applied.
//
// A message may need catalog items that this process does not have. What is decided then is void: the users are loaded
// again, in one round trip with the items, and the batch is planned once more, which is pure and so does no harm.
//
// A timer that came due is an input like others, but for this: what tells whether it has taken effect is the profile,
// which lists it until then. Its verdicts: applied; duplicate (user_seq 0) if this setting of the timer is not there
// any more; rejected if it failed, with why, and then nothing was changed.
//
// Of one user, a timer takes effect before what came after its time, however late it is found: an input that finds one
// due by its own clock waits for the next batch, behind it. So an exception event that comes after the delay cancels
// nothing, and an import, whose clocks are the inputs' own times, does what a live stream would have done. Of his
// timers that are due at one moment, the campaign of the greater priority goes first (rules::TimerRank), by the same
// means.
//
// Planning (load, fold, decide) is in batch.cc, what follows from it (commit, settle) in batch_commit.cc, and what is
// special about timers in batch_timers.cc.
class BatchRunner {
 public:
  BatchRunner(const Options& options, const Context& context);

  struct Outcome {
    std::vector<WorkItem> retry;    // in order, to go before anything newer
    std::vector<WorkItem> forward;  // their target is another user now; maybe another lane's
    absl::Status status;            // not OK: the store is in trouble, wait before the next batch
  };
  // Takes a prefix of `items` that one commit can hold (at least one; the rest comes back in `retry`), and brings it to
  // verdicts.
  Outcome Run(std::vector<WorkItem> items);

 private:
  static constexpr int kLookFirst = 16;

  // A user touched by the batch.
  struct Touched {
    UserKey key;
    HotUser* hot = nullptr;  // in hot_; null once it was thrown out
    int64_t expected_version = 0;
    bool fresh = false;    // what is known of him was loaded past every cache for this batch
    bool changed = false;  // a write is due, so the fence will be checked
    bool blocked = false;  // an input of his is retried, so all later ones are
    bool behind = false;   // because timers go first
    size_t write = 0;      // if changed: index in commit_.profiles
  };
  // What became of an item before the commit.
  struct Plan {
    enum class Kind : uint8_t {
      kVerdict,   // settled, whatever the commit says
      kWithUser,  // settled if the user's write goes through
      kRetry,     // in the next batch, loaded fresh
      kForward,   // its target has changed
      kBehind,    // in the next batch, behind timers
    };
    Kind kind = Kind::kVerdict;
    size_t touched = 0;  // kWithUser
    Verdict verdict;
    bool hint = false;           // it was committed by an attempt of unknown outcome: its messages were never offered
    std::string leads_to = {};   // kForward: the key of the user whom the target was found to lead to
    std::string decisions = {};  // kApplied: EventWrite::decisions
  };
  // An event as its producer named it, among those of the batch.
  struct EventNameHash {
    size_t operator()(const Input* input) const { return absl::Hash<std::string>()(input->event_id); }
  };
  struct EventNameEq {
    bool operator()(const Input* a, const Input* b) const { return a->event_id == b->event_id && a->user == b->user; }
  };
  struct InBatch {
    const Input* applied = nullptr;  // null: none of that name was, so far
    size_t touched = 0;
    int64_t user_seq = 0;
  };
  using InBatchMap = absl::flat_hash_map<const Input*, InBatch, EventNameHash, EventNameEq>;

  // How often a batch is planned again for catalog items, and how many it may hold: beyond it, it is cut in two, and
  // one input that is alone goes without what is still missing, an error of its message.
  static constexpr int kCatalogRounds = 8;
  static constexpr size_t kCatalogItemsMax = 1000;

  size_t PrefixLength(const std::vector<WorkItem>& items) const;
  void Clear();

  // Loads and plans, until no catalog item is missing. OUT_OF_RANGE: it takes too many; cut the batch.
  absl::Status LoadAndPlan(std::vector<WorkItem>& items, std::vector<Plan>* plans);
  absl::Status Load(std::vector<WorkItem>& items);
  // What the load found of the missing catalog items; `revisions` as the cache gave them before.
  void KeepCatalogItems(const std::vector<std::optional<std::string>>& found, const std::vector<int64_t>& revisions);
  absl::Status KeepRow(const UserKey& key, const std::optional<ProfileRow>& row);
  size_t Touch(HotUser* hot);

  Plan PlanItem(const WorkItem& item, HotUser* target, const std::optional<SeenEvent>& seen);
  Plan PlanSeen(const WorkItem& item, const SeenEvent& seen) const;
  Plan PlanRejection(const WorkItem& item, size_t touched, absl::Status rejection);
  Plan PlanApply(const WorkItem& item, size_t touched);
  Plan PlanEvaluate(const WorkItem& item, HotUser* target);
  // EventWrite::decisions of the input that was planned last.
  std::string TakeDecisions(const Input& input);
  rules::Options RuleOptions(absl::Duration gap);
  // Segments and campaigns, once the input is folded. True if the profile was changed by it.
  bool React(const Input& input, absl::Duration gap, size_t touched, apply::Applied* applied);
  // What the rules have made of the input of this user, in effects_, to be written if his write goes through.
  void KeepEffects(size_t touched, const Input& input, const apply::Applied& applied);
  // What it counts, to be written if the user's write goes through.
  void KeepCounts(size_t touched, const rules::Tally& tally);
  void KeepMembers(size_t touched, const Input& input, const apply::Applied& applied);
  absl::Status LinkName(const UserKey& name, absl::Time clock, size_t user);

  Plan PlanTimer(const WorkItem& item, HotUser* target);
  // What an input of this user does to his timers, to be written if his write goes through.
  void KeepTimers(size_t touched, const Input& input, const rules::TimerChanges& changes);
  // Puts the timers that items are behind before them, as inputs of their own.
  absl::Status PutTimersFirst(std::vector<WorkItem>* items);
  // Timers of one user and one moment, in the order in which they take effect.
  void OrderTimers(std::vector<WorkItem>* items) const;
  // Of a user's timers that are due at one moment the lesser goes first: by rules::TimerRank, then as they were set.
  using TimerPlace = std::tuple<int64_t, int64_t, std::string_view>;
  TimerPlace PlaceOf(std::string_view workspace, std::string_view timer_id, int64_t set_seq) const;
  // Whether this timer of the item's user takes effect before the item.
  bool GoesFirst(std::string_view timer_id, absl::Time fire_time, int64_t set_seq, const WorkItem& item) const;
  bool IsBehindTimers(const WorkItem& item, const Profile& profile) const;
  void BuildTimers();
  // Tells when the first of the timers that were set and committed is due.
  void AnnounceTimers(const CommitResult& result);

  void BuildCommit(std::vector<WorkItem>& items, std::vector<Plan>& plans);
  void BuildProfiles();
  void BuildMembers();
  void BuildCounters();
  absl::StatusOr<CommitResult> Commit();
  // Gives the items back what the commit had borrowed from them.
  void GiveBack(std::vector<WorkItem>& items);
  Outcome Settle(std::vector<WorkItem> items, std::vector<Plan> plans, const CommitResult& result);
  Outcome Fail(std::vector<WorkItem> items, const absl::Status& status);
  // The hot profiles: what was committed stays, the others go.
  void KeepCommitted(const CommitResult& result);
  // Tells the sink of messages and merges that were committed; users whose messages were never offered go to `hints`.
  void Announce(const CommitResult& result, std::vector<UserKey>* hints);
  // Counts the rule errors of what was committed, so that an input that is tried twice counts once; logs at most one a
  // second of each campaign.
  void ReportErrors(const CommitResult& result);
  bool WentThrough(size_t touched, const CommitResult& result) const {
    return !result.conflicted[touched_[touched].write];
  }
  // What the store refuses: rejects an item that is alone, or halves the batch.
  void Refuse(std::vector<WorkItem>& items, const absl::Status& status);
  // The profiles of the batch's users are not what is committed: out with them.
  void ForgetTouched();

  const Options& options_;
  const Context context_;
  const std::shared_ptr<Settlement> found_timers_;  // hears of the timers that the lane finds by itself
  HotCache hot_;
  int64_t journal_ = 0;  // 0 = to be opened
  int64_t journal_seq_ = 0;
  size_t batch_limit_;  // halved by a failure, doubled by a success
  int look_first_ = 0;  // batches to come, this one included, that look their events up first

  absl::flat_hash_map<std::string, absl::Time> quiet_until_;  // by campaign id: see ReportErrors

  // Of the batch under way; cleared at its start.
  std::shared_ptr<const rules::RuleSet> rule_set_;
  bool fresh_load_ = false;
  bool looked_ = false;  // seen_ says which events are stored; if not, the commit checks them
  std::optional<rules::CatalogItems> catalog_items_;
  rules::Effects effects_;         // of the input that is being planned
  uint64_t batch_ = 0;             // its number, for HotUser::batch
  std::vector<HotUser*> targets_;  // parallel to the items: their targets
  std::vector<std::optional<SeenEvent>> seen_;
  std::vector<Touched> touched_;
  absl::flat_hash_set<UserKey> loaded_;                           // keys whose rows this batch has loaded
  InBatchMap in_batch_;                                           // by pointers into the items
  std::vector<std::pair<size_t, Message>> messages_;              // by touched
  std::vector<std::pair<size_t, rules::RuleError>> rule_errors_;  // by touched
  std::vector<std::pair<size_t, MemberWrite>> members_;           // by touched, in order; the last of a segment holds
  // `owner` is by touched until BuildCounters; the keys are in commit_.
  std::vector<CounterWrite> counters_;
  absl::flat_hash_map<CounterKey, size_t> counter_index_;  // in commit_.counter_keys
  // Forgotten at its end: they would push those who are active out of the cache.
  std::vector<UserKey> evaluated_;
  std::vector<std::pair<size_t, ProfileRow>> links_;  // names that come to lead elsewhere, by touched
  std::vector<size_t> move_owners_;                   // parallel to commit_.moves: `to`, by touched
  std::vector<TimerWrite> timers_;                    // `owner` is by touched until BuildTimers
  absl::flat_hash_map<std::pair<size_t, std::string>, size_t> timer_index_;  // in timers_, by touched and timer_id
  CommitBatch commit_;
  std::vector<size_t> event_items_;  // parallel to commit_.events: whose body it carries
};

}  // namespace cadenza::lanes

#endif  // CADENZA_SERVER_LANES_BATCH_H_
