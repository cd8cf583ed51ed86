// One lane: a thread and its mailbox. Internal to server/lanes; the outside sees LaneSet.
#ifndef CADENZA_SERVER_LANES_LANE_H_
#define CADENZA_SERVER_LANES_LANE_H_

#include <deque>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "server/ingest/work_item.h"
#include "server/lanes/batch.h"
#include "server/lanes/lane_set.h"

namespace cadenza::lanes {

class Lane {
 public:
  // `forward` is where items go whose target turns out to belong to another lane. All arguments outlive the lane.
  Lane(int index, const Options& options, const Context& context, LaneSet* forward);
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
  // Waits for work; moves about a batch of it behind `items`. False when stopped.
  bool Take(std::vector<WorkItem>* items);
  // Waits before a retry, or until stopped.
  void Pause(absl::Duration duration);

  const Options& options_;
  LaneSet* const forward_;

  absl::Mutex mu_;
  std::deque<std::vector<WorkItem>> mailbox_ ABSL_GUARDED_BY(mu_);  // as they were pushed; none is empty
  bool stopped_ ABSL_GUARDED_BY(mu_) = false;

  // The lane's thread only.
  BatchRunner runner_;

  std::thread thread_;  // last: it uses all of the above
};

}  // namespace cadenza::lanes

#endif  // CADENZA_SERVER_LANES_LANE_H_
