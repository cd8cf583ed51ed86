#include "clients/load/ceilings.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/time/clock.h"
#include "clients/load/pg_ceiling.h"
#include "clients/load/scenarios.h"
#include "storage/base/status_macros.h"

namespace cadenza::load {
namespace {

// The acks of a server that does nothing else, with the same requests; rounds as the bench has them.
absl::StatusOr<std::vector<LoadResult>> AckServerRounds(Bench* bench, const RoundOptions& options) {
  CADENZA_ASSIGN_OR_RETURN(std::unique_ptr<Process> server,
                           Process::Start("cadenza-bench", {"ack-server", "--listen", "127.0.0.1:0"}));
  const Workload workload(WorkloadOptions{});
  const absl::Time made = absl::Now();
  std::vector<LoadResult> results;
  for (int i = 0; i < bench->rounds; ++i) {
    Generator generator({.target = server->target(),
                         .workspace = "bench",
                         .streams = options.streams,
                         .connections = options.connections,
                         .batch = options.batch,
                         .rate = options.rate,
                         .inputs = options.inputs + options.warm_up,
                         .warm_up = options.warm_up,
                         .fill = [&](int64_t index, v1::Input* input) { workload.FillEvent(index, made, input); }});
    CADENZA_ASSIGN_OR_RETURN(LoadResult result, generator.Run(nullptr, nullptr));
    results.push_back(std::move(result));
  }
  CADENZA_RETURN_IF_ERROR(server->Stop());
  return results;
}

}  // namespace

absl::StatusOr<double> GrpcCeiling(Bench* bench, const RoundOptions& options) {
  CADENZA_ASSIGN_OR_RETURN(const std::vector<LoadResult> results, AckServerRounds(bench, options));
  std::vector<double> rates;
  for (const LoadResult& result : results) rates.push_back(result.per_second());
  return SpreadOf(std::move(rates)).median;
}

absl::StatusOr<double> PgCeiling(Bench* bench, const WorkloadOptions& workload, const RoundOptions& round,
                                 double mean_batch) {
  std::vector<double> rates;
  for (int i = 0; i < bench->rounds; ++i) {
    PgCeilingOptions options;
    CADENZA_ASSIGN_OR_RETURN(options.database, bench->admin->MakeFresh("ceiling"));
    options.workload = workload;
    options.warm_up = round.warm_up;
    options.events = round.inputs;
    options.batch_inputs = std::max(1, static_cast<int>(mean_batch + 0.5));
    CADENZA_ASSIGN_OR_RETURN(PgCeilingResult result, RunPgCeiling(options));
    rates.push_back(result.events_per_second);
  }
  CADENZA_RETURN_IF_ERROR(bench->admin->Drop("ceiling"));
  return SpreadOf(std::move(rates)).median;
}

absl::StatusOr<CommitFloorResult> CommitFloor(Bench* bench, double per_second) {
  CommitFloorOptions options;
  CADENZA_ASSIGN_OR_RETURN(options.database, bench->admin->MakeFresh("ceiling"));
  options.commits = Scaled(*bench, 5'000);
  options.commits_per_second = per_second;
  CADENZA_ASSIGN_OR_RETURN(CommitFloorResult result, RunCommitFloor(options));
  CADENZA_RETURN_IF_ERROR(bench->admin->Drop("ceiling"));
  return result;
}

Measurement Floor(std::string id, std::string title, const std::vector<double>& p50_ms,
                  const std::vector<double>& p99_ms) {
  Measurement floor;
  floor.id = std::move(id);
  floor.title = std::move(title);
  floor.rounds = static_cast<int>(p50_ms.size());
  floor.figures = {{"p50", SpreadOf(p50_ms), "ms"}, {"p99", SpreadOf(p99_ms), "ms"}};
  return floor;
}

absl::Status MessageFloors(Bench* bench, Report* report) {
  RoundOptions wire;
  wire.batch = 1;
  wire.rate = 1'000;
  wire.inputs = Scaled(*bench, 5'000);
  wire.warm_up = Scaled(*bench, 1'000);
  CADENZA_ASSIGN_OR_RETURN(const std::vector<LoadResult> results, AckServerRounds(bench, wire));
  std::vector<double> p50, p99;
  for (const LoadResult& result : results) {
    p50.push_back(absl::ToDoubleMilliseconds(result.ack_latency.Quantile(0.5)));
    p99.push_back(absl::ToDoubleMilliseconds(result.ack_latency.Quantile(0.99)));
  }
  report->measurements.push_back(
      Floor("wire-floor", "there and back to a server that only acks, 1,000 a second", p50, p99));

  PgCeilingOptions options;
  CADENZA_ASSIGN_OR_RETURN(options.database, bench->admin->MakeFresh("ceiling"));
  options.workload.users = 10'000;
  options.events = Scaled(*bench, 5'000);
  options.batch_inputs = 1;
  options.lanes = 1;
  CADENZA_ASSIGN_OR_RETURN(const PgCeilingResult one, RunPgCeiling(options));
  CADENZA_RETURN_IF_ERROR(bench->admin->Drop("ceiling"));
  report->measurements.push_back(Floor("commit-of-one", "the server's own commit, of one event, back to back",
                                       {absl::ToDoubleMilliseconds(one.batch_p50)},
                                       {absl::ToDoubleMilliseconds(one.batch_p99)}));
  return absl::OkStatus();
}

}  // namespace cadenza::load
