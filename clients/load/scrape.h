// Reads the metrics of a server, in the text format of Prometheus
// (github.com/prometheus/docs, instrumenting/exposition_formats).
#ifndef CADENZA_CLIENTS_LOAD_SCRAPE_H_
#define CADENZA_CLIENTS_LOAD_SCRAPE_H_

#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace cadenza::load {

// By name with labels as printed: "cadenza_commits_total", "cadenza_inputs_total{result=\"applied\"}".
using Metrics = std::map<std::string, double, std::less<>>;

// INVALID_ARGUMENT names the line that is none of a metric.
absl::StatusOr<Metrics> ParseMetrics(std::string_view text);
// GET /metrics of "host:port" (numeric). UNAVAILABLE if nobody answers within 10 s.
absl::StatusOr<Metrics> ScrapeMetrics(const std::string& target);

// The sum of a metric over all its labels; 0 if it is not there.
double SumOf(const Metrics& metrics, std::string_view name);

}  // namespace cadenza::load

#endif  // CADENZA_CLIENTS_LOAD_SCRAPE_H_
