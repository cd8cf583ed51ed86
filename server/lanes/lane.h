// One lane: a thread and its mailbox. Internal to server/lanes; the outside sees LaneSet.
#ifndef CADENZA_SERVER_LANES_LANE_H_
#define CADENZA_SERVER_LANES_LANE_H_

#include <deque>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "server/ingest/work_item.h"
#include "server/lanes/batch.h"
#include "server/lanes/lane_set.h"
#include "server/lanes/turns.h"

namespace cadenza::lanes {

class Lane {
 public:
  // `forward` is where items go whose target turns out to belong to another lane; `turns` is shared by all lanes. All
  // arguments outlive the lane.
  Lane(int index, const Options& options, const Context& context, Turns* turns, LaneSet* forward);
  ~Lane();

  // Any thread. Never blocks, and never drops: an item that is dropped gives its ticket back, which may call into
  // whoever pushes.
  void Push(std::vector<WorkItem> items);
  // Stop is RequestStop, then Join. Idempotent.
  void RequestStop();
  void Join();
  // Drops what is queued; false if nothing was. REQUIRES: stopped.
  bool DropQueued();

 private:
  void Run();
  // Waits until there is work besides `retries` inputs; then says how many inputs there are. Nothing when stopped.
  std::optional<size_t> AwaitWork(size_t retries);
  // Moves about a batch of what waits behind `items`.
  void Take(std::vector<WorkItem>* items);
  // Waits before a retry, or until stopped.
  void Pause(absl::Duration duration);

  const Options& options_;
  Turns* const turns_;
  LaneSet* const forward_;

  absl::Mutex mu_;
  std::deque<std::vector<WorkItem>> mailbox_ ABSL_GUARDED_BY(mu_);  // as they were pushed; none is empty
  size_t waiting_ ABSL_GUARDED_BY(mu_) = 0;                         // inputs in mailbox_
  bool stopped_ ABSL_GUARDED_BY(mu_) = false;

  // The lane's thread only.
  BatchRunner runner_;

  std::thread thread_;  // last: it uses all of the above
};

}  // namespace cadenza::lanes

#endif  // CADENZA_SERVER_LANES_LANE_H_
