// The ceilings and floors that scenarios stand beside, measured in the same run: medians over the bench's rounds.
#ifndef CADENZA_CLIENTS_LOAD_CEILINGS_H_
#define CADENZA_CLIENTS_LOAD_CEILINGS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clients/load/commit_floor.h"
#include "clients/load/report.h"
#include "clients/load/stage.h"

namespace cadenza::load {

// grpc-ceiling: events a second that a server acks which parses them and does nothing else; the same requests.
absl::StatusOr<double> GrpcCeiling(Bench* bench, const RoundOptions& options);

// pg-ceiling: events a second of the server's own commits from a bare loop, in batches of `mean_batch`, as many events
// as the round has, after as much warm-up.
absl::StatusOr<double> PgCeiling(Bench* bench, const WorkloadOptions& workload, const RoundOptions& round,
                                 double mean_batch);

// commit-floor: one row, one commit, so many a second.
absl::StatusOr<CommitFloorResult> CommitFloor(Bench* bench, double per_second);

// One line of the report for a floor: its p50 and p99 over the rounds.
Measurement Floor(std::string id, std::string title, const std::vector<double>& p50_ms,
                  const std::vector<double>& p99_ms);

// What an event to a message is made of at least: the way there and back ("wire-floor"), and the commit of one event
// ("commit-of-one").
absl::Status MessageFloors(Bench* bench, Report* report);

}  // namespace cadenza::load

#endif  // CADENZA_CLIENTS_LOAD_CEILINGS_H_
