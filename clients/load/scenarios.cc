#include "clients/load/scenarios.h"

#include <algorithm>
#include <iostream>
#include <memory>
#include <thread>
#include <utility>

#include "absl/time/clock.h"
#include "clients/load/ceilings.h"
#include "clients/load/commit_floor.h"
#include "clients/load/engine_bench.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::load {
namespace {

constexpr int kListeners = 64;
constexpr char kIngest100[] = "ingest, 100 events a request";

double MedianRate(const std::vector<Round>& rounds) {
  std::vector<double> rates;
  for (const Round& round : rounds) rates.push_back(round.load.per_second());
  return SpreadOf(std::move(rates)).median;
}

double MeanBatch(const std::vector<Round>& rounds) {
  std::vector<double> means;
  for (const Round& round : rounds) means.push_back(round.MeanBatch());
  return SpreadOf(std::move(means)).median;
}

Goal AtLeast(std::string scenario, std::string measure, double limit, double measured, std::string unit = "") {
  return {std::move(scenario), std::move(measure), Goal::Bound::kAtLeast, limit, measured, std::move(unit)};
}
Goal AtMost(std::string scenario, std::string measure, double limit, double measured, std::string unit = "") {
  return {std::move(scenario), std::move(measure), Goal::Bound::kAtMost, limit, measured, std::move(unit)};
}

Spread One(double value) { return {value, value, value}; }

Ceiling Beside(std::string name, double ceiling, double rate) { return {std::move(name), ceiling, rate / ceiling}; }

// The ceiling of the ingest scenario, if it was played: of other users and campaigns, but the nearest there is.
void SetBeside(const Bench& bench, double rate, Measurement* measurement) {
  if (bench.pg_ceiling.has_value()) measurement->ceilings = {Beside("pg-ceiling", *bench.pg_ceiling, rate)};
}

// Open loop at parts of what the closed loop reached: latency over load.
absl::StatusOr<Curve> LoadCurve(Bench* bench, Stage* stage, std::string id, std::string title, RoundOptions options,
                                double top) {
  Curve curve{Curve::Kind::kLoad, std::move(id), std::move(title), "offered events/s", {}};
  options.settle = false;
  for (double part : {0.1, 0.25, 0.5, 0.7, 0.8, 0.9}) {
    options.rate = top * part;
    options.inputs = Scaled(*bench, static_cast<int64_t>(options.rate * 4));
    options.warm_up = Scaled(*bench, static_cast<int64_t>(options.rate));
    CADENZA_ASSIGN_OR_RETURN(Round round, stage->Run(options));
    curve.points.push_back({options.rate, Measure(StrCat(curve.id, "-", static_cast<int>(part * 100)),
                                                  StrCat("at ", static_cast<int>(part * 100), " % of the highest rate"),
                                                  {std::move(round)}, options)});
  }
  return curve;
}

absl::Status Ingest(Bench* bench, Report* report) {
  const StageOptions stage_options;
  CADENZA_ASSIGN_OR_RETURN(std::unique_ptr<Stage> stage, Stage::Make(bench, stage_options));

  RoundOptions options;
  options.inputs = Scaled(*bench, 400'000);
  options.warm_up = Scaled(*bench, 100'000);
  options.listeners = kListeners;
  CADENZA_ASSIGN_OR_RETURN(std::vector<Round> rounds, stage->RunRounds(options));
  const double rate = MedianRate(rounds);
  CADENZA_ASSIGN_OR_RETURN(Curve curve, LoadCurve(bench, stage.get(), "load-100", kIngest100, options, rate));
  Measurement measurement = Measure("ingest-100", kIngest100, rounds, options);

  RoundOptions single = options;
  single.batch = 1;
  single.streams = 64;
  single.connections = 4;
  single.inputs = Scaled(*bench, 200'000);
  single.warm_up = Scaled(*bench, 30'000);
  CADENZA_ASSIGN_OR_RETURN(std::vector<Round> singles, stage->RunRounds(single));
  const double single_rate = MedianRate(singles);
  CADENZA_ASSIGN_OR_RETURN(Curve single_curve,
                           LoadCurve(bench, stage.get(), "load-1", "ingest, 1 event a request", single, single_rate));
  Measurement single_measurement = Measure("ingest-1", "ingest, 1 event a request", singles, single);
  stage.reset();

  CADENZA_ASSIGN_OR_RETURN(const double pg, PgCeiling(bench, stage_options.workload, options, MeanBatch(rounds)));
  CADENZA_ASSIGN_OR_RETURN(const double grpc, GrpcCeiling(bench, options));
  CADENZA_ASSIGN_OR_RETURN(const double grpc_single, GrpcCeiling(bench, single));
  bench->pg_ceiling = pg;
  measurement.ceilings = {Beside("pg-ceiling", pg, rate), Beside("grpc-ceiling", grpc, rate)};
  single_measurement.ceilings = {Beside("grpc-ceiling", grpc_single, single_rate)};
  report->measurements.push_back(std::move(measurement));
  report->measurements.push_back(std::move(single_measurement));
  report->curves.push_back(std::move(curve));
  report->curves.push_back(std::move(single_curve));
  report->goals.push_back(AtLeast(kIngest100, "part of pg-ceiling", 0.6, rate / pg));
  report->goals.push_back(AtLeast("ingest, 1 event a request, 64 streams", "events/s",
                                  std::min(0.8 * grpc_single, 30'000.0), single_rate, "events/s"));
  return absl::OkStatus();
}

// As fast as it goes, so that later rounds find profiles in memory and pages touched.
absl::Status WarmUp(Bench* bench, Stage* stage) {
  RoundOptions options;
  options.inputs = Scaled(*bench, 400'000);
  return stage->Run(options).status();
}

absl::Status Messages(Bench* bench, Report* report) {
  CADENZA_ASSIGN_OR_RETURN(const CommitFloorResult floor, CommitFloor(bench, 1000));
  report->measurements.push_back(Floor("commit-floor", "one row, one commit, 1,000 a second",
                                       {absl::ToDoubleMilliseconds(floor.p50)},
                                       {absl::ToDoubleMilliseconds(floor.p99)}));
  CADENZA_RETURN_IF_ERROR(MessageFloors(bench, report));

  CADENZA_ASSIGN_OR_RETURN(std::unique_ptr<Stage> stage, Stage::Make(bench, StageOptions()));
  CADENZA_RETURN_IF_ERROR(WarmUp(bench, stage.get()));
  const auto play = [&](double rate, int batch) -> absl::StatusOr<Measurement> {
    RoundOptions options;
    options.settle = false;
    options.batch = batch;
    options.rate = rate;
    options.inputs = Scaled(*bench, static_cast<int64_t>(rate * 10));
    options.warm_up = Scaled(*bench, static_cast<int64_t>(rate * 3));
    options.listeners = kListeners;
    CADENZA_ASSIGN_OR_RETURN(std::vector<Round> rounds, stage->RunRounds(options));
    const std::string thousands = StrCat(static_cast<int64_t>(rate / 1000));
    return Measure(StrCat("message-", thousands, "k-", batch),
                   StrCat("event to message at ", thousands, ",000 events/s, ", batch, " a request"), rounds, options,
                   /*of_messages=*/true);
  };
  CADENZA_ASSIGN_OR_RETURN(Measurement slow, play(1'000, 1));
  CADENZA_ASSIGN_OR_RETURN(Measurement fast, play(20'000, 1));
  CADENZA_ASSIGN_OR_RETURN(Measurement batched, play(20'000, 10));
  const double floor_ms = absl::ToDoubleMilliseconds(floor.p50);
  report->goals.push_back(
      AtMost("event to message at 1,000 events/s", "p50 over commit-floor", 2, slow.latency->p50_ms.median / floor_ms));
  report->goals.push_back(
      AtMost("event to message at 1,000 events/s", "p99 over commit-floor", 6, slow.latency->p99_ms.median / floor_ms));
  report->goals.push_back(
      AtMost("event to message at 20,000 events/s, 1 a request", "p99", 15, fast.latency->p99_ms.median, "ms"));
  report->goals.push_back(
      AtMost("event to message at 20,000 events/s, 10 a request", "p99", 15, batched.latency->p99_ms.median, "ms"));
  for (Measurement* m : {&slow, &fast, &batched}) {
    m->figures.push_back({"p50 over commit-floor", One(m->latency->p50_ms.median / floor_ms), ""});
    m->figures.push_back({"p99 over commit-floor", One(m->latency->p99_ms.median / floor_ms), ""});
    report->measurements.push_back(std::move(*m));
  }
  return absl::OkStatus();
}

absl::Status ManyCampaigns(Bench* bench, Report* report) {
  std::vector<double> costs;
  for (int idle : {0, 9'990}) {
    StageOptions stage_options;
    stage_options.workload.campaigns = 10;
    stage_options.workload.idle_campaigns = idle;
    CADENZA_ASSIGN_OR_RETURN(std::unique_ptr<Stage> stage, Stage::Make(bench, stage_options));
    RoundOptions options;
    options.inputs = Scaled(*bench, 300'000);
    options.warm_up = Scaled(*bench, 100'000);
    CADENZA_ASSIGN_OR_RETURN(std::vector<Round> rounds, stage->RunRounds(options));
    costs.push_back(CostPerEvent(rounds));
    report->measurements.push_back(
        Measure(StrCat("campaigns-", 10 + idle), StrCat(10 + idle, " active campaigns"), rounds, options));
    SetBeside(*bench, MedianRate(rounds), &report->measurements.back());
  }
  report->goals.push_back(AtMost("10,000 active campaigns", "cost over that with 10", 1.1, costs[1] / costs[0]));
  return absl::OkStatus();
}

// Every user once, in an order that scatters them, so that caches hold what they can hold.
absl::Status TouchEveryUser(Bench* bench, Stage* stage) {
  const int64_t users = stage->options().workload.users;
  RoundOptions options;
  options.warm_up = 0;
  options.inputs = bench->scale < 1 ? Scaled(*bench, users) : users;
  options.user_of = [users](int64_t index) { return index * 7'919 % users; };
  return stage->Run(options).status();
}

absl::Status MillionProfiles(Bench* bench, Report* report) {
  RoundOptions options;
  options.inputs = Scaled(*bench, 200'000);
  options.warm_up = Scaled(*bench, 50'000);
  const auto play = [&](int64_t users, double zipf, bool redis, std::string id,
                        std::string title) -> absl::StatusOr<double> {
    StageOptions stage_options;
    stage_options.workload.users = users;
    stage_options.workload.zipf = zipf;
    stage_options.redis = redis;
    stage_options.server_flags = {"--hot-profiles", "50000"};
    CADENZA_ASSIGN_OR_RETURN(std::unique_ptr<Stage> stage, Stage::Make(bench, stage_options));
    if (zipf == 0) CADENZA_RETURN_IF_ERROR(TouchEveryUser(bench, stage.get()));
    CADENZA_ASSIGN_OR_RETURN(std::vector<Round> rounds, stage->RunRounds(options));
    report->measurements.push_back(Measure(std::move(id), std::move(title), rounds, options));
    SetBeside(*bench, MedianRate(rounds), &report->measurements.back());
    if (zipf == 0 && redis) {
      std::vector<double> starts;
      for (int i = 0; i < bench->rounds; ++i) {
        CADENZA_RETURN_IF_ERROR(stage->RestartServer());
        starts.push_back(absl::ToDoubleSeconds(stage->server().start_time()));
      }
      report->goals.push_back(
          AtMost("start to serving, 1,000,000 profiles", "time", 1, SpreadOf(std::move(starts)).median, "s"));
    }
    return MedianRate(rounds);
  };
  CADENZA_ASSIGN_OR_RETURN(const double zipf, play(100'000, 1.0, true, "zipf-100k", "100,000 users, Zipf 1.0, Redis"));
  CADENZA_ASSIGN_OR_RETURN(const double with,
                           play(1'000'000, 0, true, "uniform-1m-redis", "1,000,000 users, uniform, Redis"));
  CADENZA_ASSIGN_OR_RETURN(const double without,
                           play(1'000'000, 0, false, "uniform-1m", "1,000,000 users, uniform, no Redis"));
  report->goals.push_back(AtLeast("1,000,000 profiles, uniform", "part of the Zipf rate", 0.5, with / zipf));
  report->goals.push_back(AtLeast("1,000,000 profiles, uniform", "Redis on over off", 1.3, with / without));
  return absl::OkStatus();
}

// Others at 5,000 events/s, open loop, while nobody or one user gets 5,000 events/s more.
absl::Status HotUser(Bench* bench, Report* report) {
  CADENZA_ASSIGN_OR_RETURN(std::unique_ptr<Stage> stage, Stage::Make(bench, StageOptions()));
  CADENZA_RETURN_IF_ERROR(WarmUp(bench, stage.get()));
  RoundOptions others;
  others.settle = false;
  others.batch = 10;
  others.rate = 5'000;
  others.inputs = Scaled(*bench, 50'000);
  others.warm_up = Scaled(*bench, 10'000);
  others.user_of = [](int64_t index) { return 1 + index * 7'919 % 99'999; };
  CADENZA_ASSIGN_OR_RETURN(std::vector<Round> alone, stage->RunRounds(others));

  std::vector<Round> beside;
  for (int i = 0; i < bench->rounds; ++i) {
    const Workload workload = stage->NewWorkload();
    const absl::Time made = absl::Now();
    Generator hot({.target = stage->server().target(),
                   .workspace = "bench",
                   .streams = 1,
                   .connections = 1,
                   .batch = 10,
                   .rate = 5'000,
                   .inputs = others.inputs + 2 * others.warm_up,  // it goes on until the others are done
                   .warm_up = 0,
                   .fill = [&](int64_t index, v1::Input* input) { workload.FillEventOf(0, index, made, input); }});
    absl::Status hot_status;
    std::thread thread([&] { hot_status = hot.Run(nullptr, nullptr).status(); });
    absl::StatusOr<Round> round = stage->Run(others);
    thread.join();
    CADENZA_RETURN_IF_ERROR(hot_status);
    CADENZA_RETURN_IF_ERROR(round.status());
    beside.push_back(*std::move(round));
  }
  Measurement quiet = Measure("others-alone", "5,000 events/s of all users", alone, others);
  Measurement loud = Measure("others-beside-hot", "the same beside one user of 5,000 events/s", beside, others);
  report->goals.push_back(AtMost("one user receiving 5,000 events/s", "others' p99 over that without", 2,
                                 loud.latency->p99_ms.median / quiet.latency->p99_ms.median));
  report->measurements.push_back(std::move(quiet));
  report->measurements.push_back(std::move(loud));
  return absl::OkStatus();
}

absl::Status PureEngine(Bench* bench, Report* report) {
  EngineOptions options;
  options.warm_up = Scaled(*bench, 1'000'000) / 500 * 500;
  const EngineResult result = MeasureEngine(options);
  Measurement m;
  m.id = "engine";
  m.title = "pure engine, one core";
  m.rounds = options.rounds;
  m.events_per_s = {result.events_per_s, result.events_per_s_low, result.events_per_s_high};
  for (int part = 0; part < kEngineParts; ++part) {
    m.figures.push_back({std::string(PartName(static_cast<EnginePart>(part))), One(result.us[part]), "us an event"});
  }
  m.figures.push_back({"a cold profile's decoding", One(result.us_decode_profile), "us"});
  report->measurements.push_back(std::move(m));
  report->goals.push_back(
      AtLeast("pure engine, one core, 20 campaigns", "events/s", 400'000, result.events_per_s, "events/s"));
  return absl::OkStatus();
}

// Resident memory over a long run at a steady rate, 50,000 profiles hot.
absl::Status Memory(Bench* bench, Report* report) {
  StageOptions stage_options;
  stage_options.workload.zipf = 0;
  stage_options.server_flags = {"--hot-profiles", "50000"};
  CADENZA_ASSIGN_OR_RETURN(std::unique_ptr<Stage> stage, Stage::Make(bench, stage_options));
  CADENZA_RETURN_IF_ERROR(TouchEveryUser(bench, stage.get()));
  constexpr int kPieces = 10;
  std::vector<double> megabytes;
  for (int piece = 0; piece < kPieces; ++piece) {
    RoundOptions options;
    options.rate = 3'000;
    options.inputs = Scaled(*bench, static_cast<int64_t>(options.rate * 60));
    CADENZA_RETURN_IF_ERROR(stage->Run(options).status());
    CADENZA_ASSIGN_OR_RETURN(const int64_t bytes, ResidentBytes(stage->server().pid()));
    megabytes.push_back(static_cast<double>(bytes) / 1e6);
    std::cerr << "  " << FormatNumber(megabytes.back()) << " MB\n";
  }
  Measurement m;
  m.id = "memory";
  m.title = "resident memory, 50,000 hot profiles, ten pieces of a minute at 3,000 events/s";
  m.rounds = kPieces;
  m.figures = {{"resident", SpreadOf(megabytes), "MB"},
               {"last less first", One(megabytes.back() - megabytes.front()), "MB"}};
  report->measurements.push_back(std::move(m));
  report->goals.push_back(AtMost("memory, 50,000 hot profiles", "resident", 300, SpreadOf(megabytes).max, "MB"));
  report->goals.push_back(
      AtMost("memory, ten minutes", "last over first minute", 1.05, megabytes.back() / megabytes.front()));
  return absl::OkStatus();
}

}  // namespace

int64_t Scaled(const Bench& bench, int64_t inputs) {
  return std::max<int64_t>(1'000, static_cast<int64_t>(static_cast<double>(inputs) * bench.scale));
}

std::vector<Scenario> GoalScenarios() {
  return {{"engine", "the pure engine", PureEngine},
          {"ingest", "ingest at 100 and at 1 event a request", Ingest},
          {"messages", "from event to message", Messages},
          {"campaigns", "10 and 10,000 campaigns", ManyCampaigns},
          {"profiles", "1,000,000 profiles, with and without Redis", MillionProfiles},
          {"hot-user", "one user of 5,000 events/s", HotUser},
          {"memory", "ten minutes of memory", Memory, /*slow=*/true}};
}

}  // namespace cadenza::load
