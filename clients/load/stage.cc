#include "clients/load/stage.h"

#include <algorithm>
#include <iostream>
#include <utility>

#include "absl/time/clock.h"
#include "clients/load/listeners.h"
#include "clients/load/seed.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/codec/campaign_codec.h"
#include "storage/postgres/postgres_store.h"
#include "storage/store.h"

namespace cadenza::load {
namespace {

constexpr char kDatabase[] = "bench";
constexpr absl::Duration kMessageLimit = absl::Seconds(30);

absl::Status PutCampaigns(const std::string& database, const Workload& workload) {
  const std::unique_ptr<Store> store = postgres::MakePostgresStore({.connection_string = database,
                                                                    .pool_size = 2,
                                                                    .deadline = absl::Seconds(30),
                                                                    .event_retention_days = 0,
                                                                    .allow_unsafe_durability = false,
                                                                    .process_name = "cadenza-bench"});
  for (const Campaign& campaign : workload.Campaigns()) {
    CADENZA_RETURN_IF_ERROR(store->campaigns().PutCampaign(EncodeCampaign(campaign)));
  }
  return absl::OkStatus();
}

double Micros(absl::Duration time, const Round& round) {
  return absl::ToDoubleMicroseconds(time) / static_cast<double>(round.load.inputs);
}

template <typename F>
Spread Over(const std::vector<Round>& rounds, F figure) {
  std::vector<double> values;
  values.reserve(rounds.size());
  for (const Round& round : rounds) values.push_back(figure(round));
  return SpreadOf(std::move(values));
}

}  // namespace

double Round::MeanBatch() const {
  const double batches = Grew("cadenza_batch_inputs_count");
  return batches > 0 ? Grew("cadenza_batch_inputs_sum") / batches : 0;
}

absl::StatusOr<std::unique_ptr<Stage>> Stage::Make(Bench* bench, const StageOptions& options) {
  std::unique_ptr<Stage> stage(new Stage(bench, options));
  CADENZA_RETURN_IF_ERROR(stage->Prepare());
  CADENZA_RETURN_IF_ERROR(stage->StartServer());
  return stage;
}

Stage::~Stage() {
  if (server_ == nullptr) return;
  if (absl::Status stopped = server_->Stop(); !stopped.ok()) std::cerr << "the server: " << stopped << "\n";
}

absl::Status Stage::Prepare() {
  CADENZA_ASSIGN_OR_RETURN(database_, bench_->admin->MakeFresh(kDatabase));
  if (!bench_->redis.empty()) CADENZA_RETURN_IF_ERROR(FlushRedis(bench_->redis));
  const Workload workload = NewWorkload();
  CADENZA_RETURN_IF_ERROR(SeedProfiles(database_, workload, absl::Now()));
  CADENZA_RETURN_IF_ERROR(PutCampaigns(database_, workload));
  return bench_->admin->Settle(kDatabase);
}

absl::Status Stage::StartServer() {
  std::vector<std::string> flags = {"--database", database_, "--log-level", "warn"};
  if (options_.redis && !bench_->redis.empty()) flags.insert(flags.end(), {"--redis", bench_->redis});
  flags.insert(flags.end(), options_.server_flags.begin(), options_.server_flags.end());
  CADENZA_ASSIGN_OR_RETURN(server_, Process::StartServer(flags, bench_->out + "/server.log"));
  return absl::OkStatus();
}

absl::Status Stage::RestartServer() {
  CADENZA_RETURN_IF_ERROR(server_->Stop());
  return StartServer();
}

Workload Stage::NewWorkload() {
  WorkloadOptions options = options_.workload;
  options.run = ++bench_->runs;
  return Workload(options);
}

CpuMeter Stage::Meter() const {
  return CpuMeter(
      {.server = server_->pid(), .postmaster = bench_->postmaster, .redis = options_.redis ? bench_->redis_pid : 0});
}

absl::StatusOr<Round> Stage::Run(const RoundOptions& options) {
  const Workload workload = NewWorkload();
  const absl::Time made = absl::Now();
  const int64_t total = options.inputs + options.warm_up;
  const auto user_of = [&](int64_t index) { return options.user_of ? options.user_of(index) : workload.UserOf(index); };
  Generator generator(
      {.target = server_->target(),
       .workspace = options_.workload.workspace,
       .streams = options.streams,
       .connections = options.connections,
       .batch = options.batch,
       .rate = options.rate,
       .inputs = total,
       .warm_up = options.warm_up,
       .fill = [&](int64_t index, v1::Input* input) { workload.FillEventOf(user_of(index), index, made, input); }});
  std::unique_ptr<Listeners> listeners;
  int64_t messages = 0;
  if (options.listeners > 0) {
    ListenerOptions listening;
    listening.target = server_->target();
    listening.workspace = options_.workload.workspace;
    for (int user = 0; user < options.listeners; ++user) listening.user_ids.push_back(Workload::UserId(user));
    listening.due = [&](std::string_view event_id) -> std::optional<absl::Time> {
      const std::optional<int64_t> index = workload.IndexOf(event_id);
      if (!index.has_value()) return std::nullopt;
      return *index < options.warm_up ? absl::InfiniteFuture() : generator.DueTime(*index);
    };
    for (int64_t i = 0; i < total; ++i) {
      messages += Workload::YieldsMessage(i) && user_of(i) < options.listeners ? 1 : 0;
    }
    CADENZA_ASSIGN_OR_RETURN(listeners, Listeners::Open(std::move(listening)));
  }
  if (options.settle) CADENZA_RETURN_IF_ERROR(bench_->admin->Settle(kDatabase));

  Round round;
  absl::Status trouble;
  CpuTimes cpu_before;
  int64_t wal_before = 0;
  const auto read = [&](CpuTimes* cpu, Metrics* metrics, int64_t* wal) -> absl::Status {
    CADENZA_ASSIGN_OR_RETURN(*metrics, ScrapeMetrics(server_->metrics_target()));
    CADENZA_ASSIGN_OR_RETURN(*wal, bench_->admin->WalBytes());
    CADENZA_ASSIGN_OR_RETURN(*cpu, Meter().Sample());
    return absl::OkStatus();
  };
  CpuTimes cpu_after;
  int64_t wal_after = 0;
  CADENZA_ASSIGN_OR_RETURN(round.load,
                           generator.Run([&] { trouble.Update(read(&cpu_before, &round.before, &wal_before)); },
                                         [&] { trouble.Update(read(&cpu_after, &round.after, &wal_after)); }));
  CADENZA_RETURN_IF_ERROR(trouble);
  round.cpu = cpu_after - cpu_before;
  round.wal_bytes = wal_after - wal_before;
  if (round.load.duplicates + round.load.rejected > 0) {
    return absl::FailedPreconditionError(StrCat(round.load.duplicates, " inputs were duplicates and ",
                                                round.load.rejected, " were rejected; all should have been applied"));
  }
  if (listeners != nullptr) {
    CADENZA_RETURN_IF_ERROR(listeners->Await(messages, kMessageLimit));
    round.message_latency = listeners->latency();
  }
  return round;
}

absl::StatusOr<std::vector<Round>> Stage::RunRounds(const RoundOptions& options) {
  std::vector<Round> rounds;
  for (int i = 0; i < bench_->rounds; ++i) {
    CADENZA_ASSIGN_OR_RETURN(Round round, Run(options));
    rounds.push_back(std::move(round));
  }
  return rounds;
}

Measurement Measure(std::string id, std::string title, const std::vector<Round>& rounds, const RoundOptions& options,
                    bool of_messages) {
  Measurement m;
  m.id = std::move(id);
  m.title = std::move(title);
  m.parameters = {{"streams", StrCat(options.streams)}, {"batch", StrCat(options.batch)}};
  m.rounds = static_cast<int>(rounds.size());
  m.events_per_s = Over(rounds, [](const Round& r) { return r.load.per_second(); });
  if (options.rate > 0) m.offered_per_s = options.rate;
  const auto quantile = [&](double q) {
    return Over(rounds, [&](const Round& r) {
      return absl::ToDoubleMilliseconds((of_messages ? r.message_latency : r.load.ack_latency).Quantile(q));
    });
  };
  const std::string of = of_messages ? "message" : options.rate > 0 ? "ack" : "window";
  m.latency = {of, quantile(0.5), quantile(0.99), quantile(0.999)};
  m.cpu_us = {Over(rounds, [](const Round& r) { return Micros(r.cpu.server, r); }),
              Over(rounds, [](const Round& r) { return Micros(r.cpu.postgres, r); }),
              Over(rounds, [](const Round& r) { return Micros(r.cpu.redis, r); }),
              Over(rounds, [](const Round& r) { return Micros(r.cpu.generator, r); })};
  m.figures = {{"inputs in a commit", Over(rounds, [](const Round& r) { return r.MeanBatch(); }), ""},
               {"write-ahead log an event",
                Over(rounds, [](const Round& r) { return static_cast<double>(r.wal_bytes) / r.load.inputs; }), "bytes"},
               {"busy processors",
                Over(rounds, [](const Round& r) { return absl::FDivDuration(r.cpu.machine, r.load.time); }), ""}};
  return m;
}

double CostPerEvent(const std::vector<Round>& rounds) {
  return Over(rounds, [](const Round& r) { return Micros(r.cpu.server + r.cpu.postgres + r.cpu.redis, r); }).median;
}

}  // namespace cadenza::load
