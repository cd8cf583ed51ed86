// The scenarios whose goals Cadenza is held to, each with its ceiling measured in the same run.
#ifndef CADENZA_CLIENTS_LOAD_SCENARIOS_H_
#define CADENZA_CLIENTS_LOAD_SCENARIOS_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "clients/load/report.h"
#include "clients/load/stage.h"

namespace cadenza::load {

// A piece of the run: adds its measurements, curves and goals to the report. Independent of the others.
struct Scenario {
  std::string id;  // what --only names: "ingest"
  std::string title;
  std::function<absl::Status(Bench* bench, Report* report)> run;
  bool slow = false;  // takes many minutes: comes after all others
};

// In the order in which they run.
std::vector<Scenario> GoalScenarios();
std::vector<Scenario> GrowthScenarios();  // growth.cc: how cost grows

// The inputs of a round as it is published, by the bench's scale; at least 1,000.
int64_t Scaled(const Bench& bench, int64_t inputs);

}  // namespace cadenza::load

#endif  // CADENZA_CLIENTS_LOAD_SCENARIOS_H_
