// The ceiling of the database: the server's own commits, with the same rows and batch sizes, from a bare loop. No gRPC,
// no rules; what is committed is made before the clock starts.
#ifndef CADENZA_CLIENTS_LOAD_PG_CEILING_H_
#define CADENZA_CLIENTS_LOAD_PG_CEILING_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clients/load/workload.h"

namespace cadenza::load {

struct PgCeilingOptions {
  std::string database;  // as libpq has it; an empty database, which is migrated here
  WorkloadOptions workload;
  int64_t warm_up = 0;       // events that are replayed before the measured part, after the checkpoint
  int64_t events = 200'000;  // in the measured part; each takes about 2 KB of memory
  int batch_inputs = 500;    // the mean batch that the server reported
  int lanes = 2;             // threads, each with its users, as in the server
  bool with_loads = false;   // also what each batch asks before it commits; else commits alone
  // Called right before and right after the measured part, for whoever counts CPU time; may be empty.
  std::function<void()> begin;
  std::function<void()> end;
};

struct PgCeilingResult {
  double events_per_second = 0;
  absl::Duration took;
  int64_t batches = 0;
  double profiles_per_batch = 0;
  double messages_per_batch = 0;
  // Of a batch's round trips: the commit, and the loads if they are replayed.
  absl::Duration batch_p50;
  absl::Duration batch_p99;
};

// Migrates, writes all users and makes a checkpoint (not measured), then warms up and replays. Blocks; starts `lanes`
// threads.
absl::StatusOr<PgCeilingResult> RunPgCeiling(const PgCeilingOptions& options);

}  // namespace cadenza::load

#endif  // CADENZA_CLIENTS_LOAD_PG_CEILING_H_
