// The plots of a report.
#ifndef CADENZA_CLIENTS_LOAD_PLOTS_H_
#define CADENZA_CLIENTS_LOAD_PLOTS_H_

#include <vector>

#include "clients/gnuplot/gnuplot.h"
#include "clients/load/report.h"

namespace cadenza::load {

using gnuplot::Draw;
using gnuplot::Plot;

// Pure. Throughput against latency of each load curve (p50, p99, p99.9; its name is the curve's id), the cost per event
// stacked by part of all measurements that have one ("cost-per-event"), and the cost per event of each growth curve.
std::vector<Plot> PlotsOf(const Report& report);

}  // namespace cadenza::load

#endif  // CADENZA_CLIENTS_LOAD_PLOTS_H_
