// The straight line of one batch: load, fold, decide, commit, settle.
#ifndef CADENZA_SERVER_LANES_BATCH_H_
#define CADENZA_SERVER_LANES_BATCH_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "server/ingest/work_item.h"
#include "server/lanes/hot_cache.h"
#include "server/lanes/lane_set.h"
#include "storage/model/message.h"
#include "storage/model/profile.h"
#include "storage/store.h"

namespace cadenza::lanes {

// Runs batches for one lane, on its thread; owns the lane's hot profiles and its journal.
//
// A user's profile is folded in place in the hot cache and is thrown out of it whenever the commit did not go through
// for him, so the cache only holds what was committed. How each kind of failure ends:
//   fence failed for a user     his items are retried, past the caches; the others are settled
//   ABORTED                     nothing was committed: all items are retried at once, in a new journal
//   UNAVAILABLE …               nothing was committed: all items are retried after a pause, in smaller batches (this
//   one may have been too much for the deadline) UNKNOWN                     the same, in a new journal; what was in
//   the commit is marked maybe_committed, and the dedupe tells whether it is stored INVALID_ARGUMENT, DATA_LOSS some
//   item can never be stored: the batch is halved until it is alone; if it fails past every cache too, it is rejected
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
  // A user touched by the batch.
  struct Touched {
    UserKey key;
    int64_t expected_version = 0;
    bool fresh = false;    // what is known of him was loaded past every cache for this batch
    bool changed = false;  // a write is due, so the fence will be checked
    bool blocked = false;  // an input of his is retried, so all later ones are
    size_t write = 0;      // if changed: index in commit_.profiles
  };
  // What became of an item before the commit.
  struct Plan {
    enum class Kind : uint8_t {
      kVerdict,   // settled, whatever the commit says
      kWithUser,  // settled if the user's write goes through
      kRetry,     // in the next batch, loaded fresh
      kForward,   // its target has changed
    };
    Kind kind = Kind::kVerdict;
    size_t touched = 0;  // kWithUser
    Verdict verdict;
    bool hint = false;          // it was committed by an attempt of unknown outcome: its messages were never offered
    std::string leads_to = {};  // kForward: the key of the user whom the target was found to lead to
  };
  using EventKey = std::pair<UserKey, std::string>;
  struct InBatch {
    size_t touched = 0;
    int64_t user_seq = 0;
    Digest digest{};
  };

  size_t PrefixLength(const std::vector<WorkItem>& items) const;
  void Clear();

  absl::Status Load(std::vector<WorkItem>& items);
  absl::Status KeepRow(const UserKey& key, const std::optional<ProfileRow>& row);
  size_t Touch(const UserKey& key);

  Plan PlanItem(const WorkItem& item, const std::optional<SeenEvent>& seen);
  Plan PlanSeen(const WorkItem& item, const SeenEvent& seen) const;
  Plan PlanRejection(const WorkItem& item, size_t touched, absl::Status rejection);
  Plan PlanApply(const WorkItem& item, size_t touched);
  absl::Status LinkName(const UserKey& name, size_t user);

  void BuildCommit(std::vector<WorkItem>& items, const std::vector<Plan>& plans);
  absl::StatusOr<CommitResult> Commit();
  Outcome Settle(std::vector<WorkItem> items, std::vector<Plan> plans, const CommitResult& result);
  Outcome Fail(std::vector<WorkItem> items, const absl::Status& status);
  // What the store refuses: rejects an item that is alone, or halves the batch.
  void Refuse(std::vector<WorkItem>& items, const absl::Status& status);
  // The profiles of the batch's users are not what is committed: out with them.
  void ForgetTouched();

  const Options& options_;
  const Context context_;
  HotCache hot_;
  int64_t journal_ = 0;  // 0 = to be opened
  int64_t journal_seq_ = 0;
  size_t batch_limit_;  // halved by a failure, doubled by a success

  // Of the batch under way; cleared at its start.
  std::shared_ptr<const rules::RuleSet> rule_set_;
  bool fresh_load_ = false;
  std::vector<std::optional<SeenEvent>> seen_;
  std::vector<Touched> touched_;
  absl::flat_hash_map<UserKey, size_t> touched_index_;
  absl::flat_hash_set<UserKey> loaded_;  // keys whose rows this batch has loaded
  absl::flat_hash_map<EventKey, InBatch> in_batch_;
  std::vector<std::pair<size_t, Message>> messages_;  // by touched
  std::vector<std::pair<size_t, ProfileRow>> links_;  // names that come to lead elsewhere, by touched
  CommitBatch commit_;
  std::vector<size_t> event_items_;  // parallel to commit_.events: whose body it carries
};

}  // namespace cadenza::lanes

#endif  // CADENZA_SERVER_LANES_BATCH_H_
