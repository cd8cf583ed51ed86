// Draws a report as SVG files with gnuplot (5.4 or newer).
#ifndef CADENZA_CLIENTS_LOAD_PLOTS_H_
#define CADENZA_CLIENTS_LOAD_PLOTS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "clients/load/report.h"

namespace cadenza::load {

// A plot before it is drawn: a script for gnuplot, data included.
struct Plot {
  std::string name;    // of the files, without ending: "cost-per-event", or the curve's id
  std::string script;  // draws `name`.svg into the working directory
};

// Pure. Throughput against latency of each load curve (p50, p99, p99.9), the cost per event stacked by part of all
// measurements that have one, and the cost per event of each growth curve.
std::vector<Plot> PlotsOf(const Report& report);

// Writes NAME.gnuplot of each into `folder` (which exists) and runs gnuplot there; the paths of the SVG files.
// FAILED_PRECONDITION if gnuplot is not installed (the scripts are there all the same), INTERNAL with its words if it
// fails.
absl::StatusOr<std::vector<std::string>> Draw(const std::vector<Plot>& plots, const std::string& folder);

}  // namespace cadenza::load

#endif  // CADENZA_CLIENTS_LOAD_PLOTS_H_
