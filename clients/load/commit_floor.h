// The floor of latency: one small row, one durable commit, on one connection with nothing else to do.
#ifndef CADENZA_CLIENTS_LOAD_COMMIT_FLOOR_H_
#define CADENZA_CLIENTS_LOAD_COMMIT_FLOOR_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace cadenza::load {

struct CommitFloorOptions {
  std::string database;           // as libpq has it; gets the table commit_floor for as long as this runs
  int64_t commits = 2'000;        // measured; a tenth of that goes before, unmeasured
  double commits_per_second = 0;  // evenly spaced; 0 = back to back
};

struct CommitFloorResult {
  double commits_per_second = 0;
  // From the call to the answer of a prepared INSERT that is its own transaction, synchronous_commit on.
  absl::Duration p50;
  absl::Duration p99;
};

// Blocks. A call that is late because the one before it took long is made at once.
absl::StatusOr<CommitFloorResult> RunCommitFloor(const CommitFloorOptions& options);

}  // namespace cadenza::load

#endif  // CADENZA_CLIENTS_LOAD_COMMIT_FLOOR_H_
