// cadenza-bench: how fast Cadenza is on this machine, beside what the machine could do.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "absl/time/clock.h"
#include "clients/load/engine_bench.h"
#include "clients/load/grpc_ceiling.h"
#include "clients/load/machine.h"
#include "clients/load/plots.h"
#include "clients/load/report.h"
#include "clients/load/rules_bench.h"
#include "clients/load/scenarios.h"
#include "storage/base/status_macros.h"

namespace cadenza::load {
namespace {

struct RunFlags {
  std::string postgres;
  std::string redis;
  std::string out = ".";
  std::string revision;
  std::vector<std::string> only;
  int rounds = 3;
  double scale = 1;
};

absl::Status Open(const RunFlags& flags, Bench* bench, Report* report) {
  bench->postgres = flags.postgres;
  bench->redis = flags.redis;
  bench->out = flags.out;
  bench->rounds = flags.rounds;
  bench->scale = flags.scale;
  // Event ids of another run on the same Redis or database are not these.
  bench->runs = absl::ToUnixSeconds(absl::Now()) % 30'000 * 2'000;
  CADENZA_ASSIGN_OR_RETURN(bench->admin, PostgresAdmin::Connect(flags.postgres));
  CADENZA_RETURN_IF_ERROR(bench->admin->MakeLogFiles());
  CADENZA_ASSIGN_OR_RETURN(bench->postmaster, bench->admin->PostmasterPid());
  CADENZA_ASSIGN_OR_RETURN(const std::string data, bench->admin->DataDirectory());
  report->machine = DescribeMachine(data);
  CADENZA_ASSIGN_OR_RETURN(report->machine.postgres, bench->admin->Version());
  CADENZA_ASSIGN_OR_RETURN(report->machine.postgres_settings, bench->admin->Settings());
  if (!flags.redis.empty()) {
    CADENZA_ASSIGN_OR_RETURN(const RedisServer redis, DescribeRedis(flags.redis));
    bench->redis_pid = redis.pid;
    report->machine.redis = redis.version;
  }
  report->started = absl::Now();
  report->revision = flags.revision;
  report->rounds = flags.rounds;
  return absl::OkStatus();
}

std::vector<Scenario> Chosen(const std::vector<std::string>& only) {
  std::vector<Scenario> all = GoalScenarios();
  for (Scenario& scenario : GrowthScenarios()) all.push_back(std::move(scenario));
  std::stable_partition(all.begin(), all.end(), [](const Scenario& scenario) { return !scenario.slow; });
  if (only.empty()) return all;
  std::erase_if(all, [&](const Scenario& s) { return std::find(only.begin(), only.end(), s.id) == only.end(); });
  return all;
}

// What there is so far: a run that is ended early leaves what it has. The paths of the plots.
absl::StatusOr<std::vector<std::string>> Write(const Report& report, const std::string& folder) {
  std::ofstream(folder + "/bench.json") << ToJson(report).dump(2) << "\n";
  std::ofstream(folder + "/bench.md") << ToMarkdown(report);
  return Draw(PlotsOf(report), folder);
}

int Run(const RunFlags& flags) {
  Bench bench;
  Report report;
  if (absl::Status opened = Open(flags, &bench, &report); !opened.ok()) {
    std::cerr << "cadenza-bench: " << opened << "\n";
    return 1;
  }
  int failed = 0;
  absl::StatusOr<std::vector<std::string>> plots = std::vector<std::string>();
  for (const Scenario& scenario : Chosen(flags.only)) {
    std::cerr << scenario.id << ": " << scenario.title << " ...\n";
    const absl::Time start = absl::Now();
    if (absl::Status status = scenario.run(&bench, &report); !status.ok()) {
      std::cerr << "  failed: " << status << "\n";
      ++failed;
    }
    std::cerr << "  " << absl::ToInt64Seconds(absl::Now() - start) << " s\n";
    plots = Write(report, flags.out);
  }
  PrintTable(report, std::cout);
  if (plots.ok()) {
    for (const std::string& path : *plots) std::cout << path << "\n";
  } else {
    std::cerr << "no plots: " << plots.status() << "\n";
  }
  return failed > 0 ? 1 : 0;
}

int Main(int argc, char** argv) {
  CLI::App app("cadenza-bench: measures Cadenza on this machine, beside what the machine could do.", "cadenza-bench");
  app.require_subcommand(1);

  RunFlags flags;
  CLI::App* run = app.add_subcommand("run", "plays the scenarios against servers of its own");
  run->add_option("--postgres", flags.postgres, "a superuser's connection; databases bench and ceiling are made anew")
      ->required();
  run->add_option("--redis", flags.redis, "host:port or unix://PATH; is emptied");
  run->add_option("--out", flags.out, "folder for bench.json, bench.md, plots and logs")->check(CLI::ExistingDirectory);
  run->add_option("--only", flags.only, "scenarios to play; see list")->delimiter(',');
  run->add_option("--rounds", flags.rounds, "of each goal's scenario")->check(CLI::Range(1, 100));
  run->add_option("--scale", flags.scale, "length of rounds; 0.1 = a rough look")->check(CLI::Range(0.001, 10.0));
  run->add_option("--revision", flags.revision, "of the sources, for the report");

  CLI::App* list = app.add_subcommand("list", "names the scenarios");

  std::string listen = "127.0.0.1:0";
  CLI::App* ack_server = app.add_subcommand("ack-server", "the grpc-ceiling: parses, acks, does nothing");
  ack_server->add_option("--listen", listen, "host:port");

  CLI::App* engine = app.add_subcommand("engine", "the pure engine alone; needs no servers");

  bool json = false;
  CLI::App* rules = app.add_subcommand("rules", "compiled rules beside the same by hand; needs no servers");
  rules->add_flag("--json", json, "JSON instead of a table");

  CLI11_PARSE(app, argc, argv);
  if (*ack_server) return RunAckServer(listen);
  if (*engine) {
    std::cout << ToText(MeasureEngine(EngineOptions()));
    return 0;
  }
  if (*rules) {
    const std::vector<RuleFigures> figures = MeasureRules(RulesOptions());
    std::cout << (json ? ToJson(figures).dump(2) + "\n" : ToText(figures));
    return 0;
  }
  if (*list) {
    for (const Scenario& scenario : Chosen({})) std::cout << scenario.id << "  " << scenario.title << "\n";
    return 0;
  }
  return Run(flags);
}

}  // namespace
}  // namespace cadenza::load

int main(int argc, char** argv) { return cadenza::load::Main(argc, argv); }
