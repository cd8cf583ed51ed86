// What the lanes would commit: runs the server's own batches over a workload, against memory, and keeps what they ask
// of the store.
#ifndef CADENZA_CLIENTS_LOAD_COMMIT_RECORDER_H_
#define CADENZA_CLIENTS_LOAD_COMMIT_RECORDER_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "clients/load/workload.h"
#include "storage/store.h"

namespace cadenza::load {

// What one batch of a lane asks of the store, in that order. `commit.journal` is the recorder's own: replace it.
struct RecordedBatch {
  LoadRequest load;
  CommitBatch commit;
};

struct CommitRecorderOptions {
  WorkloadOptions workload;
  int lanes = 2;           // users are divided among them as server/lanes/lane_set.h does
  int batch_inputs = 500;  // in every batch but a lane's last
};

// For one thread. The users' states stay in memory from one call to the next, so batches must be replayed in the order
// in which they were recorded. INTERNAL if an input was not applied: then the workload and the engine do not fit.
class CommitRecorder {
 public:
  using ByLane = std::vector<std::vector<RecordedBatch>>;

  explicit CommitRecorder(const CommitRecorderOptions& options);
  ~CommitRecorder();

  // The first input of every user, in batches of 500 whatever the options say.
  absl::StatusOr<ByLane> RecordUsers();
  // Events [first, first + count) of the workload.
  absl::StatusOr<ByLane> RecordEvents(int64_t first, int64_t count);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cadenza::load

#endif  // CADENZA_CLIENTS_LOAD_COMMIT_RECORDER_H_
