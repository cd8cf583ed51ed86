// What a scenario plays on: a fresh database with users and campaigns, a server over it, and rounds of load.
#ifndef CADENZA_CLIENTS_LOAD_STAGE_H_
#define CADENZA_CLIENTS_LOAD_STAGE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clients/load/cpu_meter.h"
#include "clients/load/database.h"
#include "clients/load/generator.h"
#include "clients/load/histogram.h"
#include "clients/load/processes.h"
#include "clients/load/report.h"
#include "clients/load/scrape.h"
#include "clients/load/workload.h"

namespace cadenza::load {

// The servers and settings of a whole benchmark run. One thread.
struct Bench {
  std::string postgres;  // connection string of a superuser
  std::string redis;     // as cadenza-server's --redis; empty = none
  std::string out;       // folder for logs and results; exists
  int rounds = 3;
  // Scales the length of every round: 1 = as published, less = quicker and rougher.
  double scale = 1;
  std::unique_ptr<PostgresAdmin> admin;
  pid_t postmaster = 0;
  pid_t redis_pid = 0;
  int64_t runs = 0;  // so far: each has event ids of its own
  // Once it was measured: that of 100,000 users, 20 campaigns, full batches.
  std::optional<double> pg_ceiling;
};

struct StageOptions {
  WorkloadOptions workload;  // its `run` is chosen by the stage
  bool redis = true;         // if the bench has one
  std::vector<std::string> server_flags;
};

struct RoundOptions {
  int streams = 8;
  int connections = 1;
  int batch = 100;
  double rate = 0;      // 0 = closed loop
  int64_t inputs = 0;   // measured
  int64_t warm_up = 0;  // before, not measured
  int listeners = 0;    // message streams, of the busiest users; their messages are measured in the open loop
  // Vacuum and checkpoint before. Afterwards the first change of a page writes the whole page to the log, so a round at
  // a low rate would measure little else: it goes without, after others that have touched the pages.
  bool settle = true;
  // Overrides whom event `index` concerns; null: the workload decides.
  std::function<int64_t(int64_t index)> user_of;
};

// What one round gave. CPU and metrics are of its measured part.
struct Round {
  LoadResult load;
  Histogram message_latency;
  CpuTimes cpu;
  Metrics before;
  Metrics after;
  int64_t wal_bytes = 0;
  // How much a counter of the server grew.
  double Grew(std::string_view metric) const { return SumOf(after, metric) - SumOf(before, metric); }
  // Inputs in one commit, on average.
  double MeanBatch() const;
};

class Stage {
 public:
  // Makes the database `bench`, the users' profiles and the campaigns, and starts the server.
  static absl::StatusOr<std::unique_ptr<Stage>> Make(Bench* bench, const StageOptions& options);
  ~Stage();

  // FAILED_PRECONDITION if an input was rejected, taken for a
  // duplicate, or a message did not come: such a round measures nothing.
  absl::StatusOr<Round> Run(const RoundOptions& options);
  // bench->rounds times.
  absl::StatusOr<std::vector<Round>> RunRounds(const RoundOptions& options);

  // Stops the server and starts it again over the same database.
  absl::Status RestartServer();

  const Process& server() const { return *server_; }
  const StageOptions& options() const { return options_; }
  const std::string& database() const { return database_; }
  // A workload with event ids of its own.
  Workload NewWorkload();
  CpuMeter Meter() const;

 private:
  Stage(Bench* bench, const StageOptions& options) : bench_(bench), options_(options) {}
  absl::Status Prepare();
  absl::Status StartServer();

  Bench* const bench_;
  const StageOptions options_;
  std::string database_;
  std::unique_ptr<Process> server_;
};

// One line of results of these rounds. Its latency is, in the closed loop, from an event's sending to its ack, which is
// the streams' window over the rate; in the open loop from the moment it was due to its ack or, if `of_messages`, to
// the arrival of its message.
Measurement Measure(std::string id, std::string title, const std::vector<Round>& rounds, const RoundOptions& options,
                    bool of_messages = false);

// CPU microseconds per event of server, PostgreSQL and Redis together, the median of the rounds.
double CostPerEvent(const std::vector<Round>& rounds);

}  // namespace cadenza::load

#endif  // CADENZA_CLIENTS_LOAD_STAGE_H_
