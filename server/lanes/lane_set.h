// The lanes of this process. A lane is one thread with one mailbox; it serves a group of shards, so every user has one
// lane, and what the lane does to a user it does in order. Lanes give order and batching; correctness against other
// processes comes from the store's fence.
#ifndef CADENZA_SERVER_LANES_LANE_SET_H_
#define CADENZA_SERVER_LANES_LANE_SET_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/ingest/work_item.h"
#include "server/lanes/catalog_cache.h"
#include "server/lanes/hot_cache.h"
#include "server/lanes/sinks.h"
#include "server/lanes/turns.h"
#include "server/rules/options.h"
#include "server/rules/rule_set.h"
#include "storage/base/clock.h"
#include "storage/base/metrics.h"
#include "storage/base/text.h"
#include "storage/store.h"

namespace cadenza::lanes {

struct Options {
  int lanes = 2;               // 1 to kShards; beyond two or three the batches only shrink
  int batch_inputs_max = 500;  // in one commit: beyond it one batch's latency grows and the rate does not
  size_t batch_bytes_max = 4 << 20;
  // A lane with fewer than hurry_inputs waiting lets the batch of another lane end first, for at most turn_max; see
  // turns.h. Not if both its last batch and this one are below turn_inputs: so little comes that waiting gathers
  // nothing.
  size_t turn_inputs = 4;
  size_t hurry_inputs = 64;
  absl::Duration turn_max = absl::Milliseconds(2);
  HotCache::Options hot;                   // of one lane
  absl::Duration session_gap;              // of workspaces that are not in session_gaps
  StringMap<absl::Duration> session_gaps;  // by workspace
  // A timer that an import sets, and whose time has passed, is fired by the user's next input after that time; by
  // itself when none has come for so long.
  absl::Duration import_timer_wait = absl::Minutes(1);
  absl::Duration retry_min = absl::Milliseconds(50);  // after trouble with the store, doubling
  absl::Duration retry_max = absl::Seconds(1);

  absl::Duration GapOf(std::string_view workspace) const {
    auto it = session_gaps.find(workspace);
    return it == session_gaps.end() ? session_gap : it->second;
  }
};

// What a lane works with. All of it outlives the lanes and is thread-safe.
struct Context {
  Store* store = nullptr;
  Clock* clock = nullptr;
  Metrics* metrics = nullptr;
  MessageSink* messages = nullptr;
  // The rule set in force; called once a batch.
  std::function<std::shared_ptr<const rules::RuleSet>()> rule_set;
  // If given: told after a commit that set timers when the first of them is due. On the lane's thread; must not block.
  std::function<void(absl::Time due)> timer_set = nullptr;
  // Null: every batch loads the catalog items that it needs.
  CatalogCache* catalogs = nullptr;
  rules::Pacer* pacer = nullptr;  // null: no delivery rate holds
};

class Lane;

// Thread-safe.
class LaneSet {
 public:
  // Starts the threads.
  LaneSet(const Options& options, const Context& context);
  // Stops without waiting for what is queued; see Stop.
  ~LaneSet();

  // Hands items to the lanes of their targets, keeping their order. Never blocks: tickets bound what can be queued.
  // After Stop they lie there until the end.
  void Push(std::vector<WorkItem> items);

  // Stops every lane after the batch that it is in. Items that are still queued are dropped without a verdict, so
  // nothing is answered falsely. Idempotent.
  void Stop();

 private:
  size_t IndexOf(const UserKey& target) const;

  const Options options_;
  Turns turns_;
  std::vector<std::unique_ptr<Lane>> lanes_;  // constant after construction
};

}  // namespace cadenza::lanes

#endif  // CADENZA_SERVER_LANES_LANE_SET_H_
