// Looks at the users who were there when a segment was activated, changed or archived: a background thread that walks
// over them, a stretch at a time, and sends each an Evaluate through his lane, so that order and the fence hold.
//
// Where it is stands in the store, so that any process goes on where one was killed; one process works at an evaluation
// at a time (a lease). It waits for each stretch to be committed before it remembers it and takes the next, and pauses
// as long as the stretch took: at most one stretch is in the lanes, half of the time, and less the busier they are.
//
// It begins `grace` after the change, when every process has the segment in its rule set: what is applied under an
// older one, after the user was looked at, would be missed. A process that takes longer than that to follow the store,
// or a commit that takes longer, breaks this.
#ifndef CADENZA_SERVER_CONTROL_SEGMENT_EVALUATOR_H_
#define CADENZA_SERVER_CONTROL_SEGMENT_EVALUATOR_H_

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/ingest/work_item.h"
#include "storage/base/clock.h"
#include "storage/segment_store.h"

namespace cadenza {

// Owns its thread. Start and Stop by one thread.
class SegmentEvaluator {
 public:
  struct Options {
    std::string process_name;  // unique among the processes that share the store
    int stretch_users = 200;
    int rows_max = 10'000;  // looked at in one step, most of them of other workspaces
    absl::Duration poll_interval = absl::Milliseconds(250);
    absl::Duration grace = absl::Seconds(2);
    // Longer than a stretch takes in a bad hour: whoever loses it to another does not harm, but does double work.
    absl::Duration lease = absl::Seconds(5);
    absl::Duration pause_min = absl::Milliseconds(5);
    absl::Duration pause_max = absl::Seconds(2);
  };
  // Hands items to the lanes (LaneSet::Push).
  using Push = std::function<void(std::vector<WorkItem> items)>;

  // `store` and `clock` must outlive it. `changed` is called when an evaluation is done.
  SegmentEvaluator(Options options, SegmentStore* store, Clock* clock, Push push,
                   std::function<void()> changed = nullptr)
      : options_(std::move(options)),
        store_(store),
        clock_(clock),
        push_(std::move(push)),
        changed_(std::move(changed)) {}
  ~SegmentEvaluator() { Stop(); }

  // Begins to look for work. Call once.
  void Start();
  // Ends within the store's deadline, before the lanes end. Idempotent; also done by the destructor.
  void Stop();

  // Takes the evaluation that is due, if any, and goes on with it until it is done, lost to another process, or
  // stopped. False if there was none. For Start's thread, and for tests without it.
  absl::StatusOr<bool> RunOne();

 private:
  void Run();
  absl::Status Count(HeldEvaluation* evaluation);
  // Sends the users through the lanes and waits until all have been settled. CANCELLED if stopped before.
  absl::Status Evaluate(const HeldEvaluation& evaluation, const std::vector<std::string>& keys);
  bool Pause(absl::Duration duration);  // false if stopped
  bool stopped();

  const Options options_;
  SegmentStore* const store_;
  Clock* const clock_;
  const Push push_;
  const std::function<void()> changed_;
  absl::Mutex mu_;
  bool stopped_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;
};

}  // namespace cadenza

#endif  // CADENZA_SERVER_CONTROL_SEGMENT_EVALUATOR_H_
