#include "clients/cli/report/plots/plot.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "clients/cli/report/plots/text.h"

namespace cadenza::plots {

TimePlot WithFewSeries(TimePlot plot) {
  if (plot.series.size() <= kSeriesMax) return plot;
  const auto sum = [](const Series& series) {
    return std::accumulate(series.counts.begin(), series.counts.end(), int64_t{0});
  };
  std::vector<size_t> order(plot.series.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return sum(plot.series[a]) > sum(plot.series[b]); });
  std::sort(order.begin(), order.begin() + (kSeriesMax - 1));
  std::vector<Series> few;
  const auto rest = static_cast<int64_t>(order.size() - (kSeriesMax - 1));
  Series others{Count(rest) + " others, mean", std::vector<int64_t>(plot.starts.size(), 0)};
  for (size_t i = 0; i < order.size(); ++i) {
    Series& series = plot.series[order[i]];
    if (i + 1 < kSeriesMax) {
      few.push_back(std::move(series));
      continue;
    }
    for (size_t k = 0; k < others.counts.size(); ++k) others.counts[k] += series.counts[k];
  }
  for (int64_t& count : others.counts) count = (count + rest / 2) / rest;
  few.push_back(std::move(others));
  plot.series = std::move(few);
  return plot;
}

std::string StartText(const TimePlot& plot, size_t index) {
  const char* format = plot.span == TimePlot::Span::kHour ? "%-d %b %Y %H:%M" : "%-d %b %Y";
  return absl::FormatTime(format, plot.starts[index], plot.zone);
}

std::vector<double> Ticks(double low, double high, size_t most) {
  double step = std::pow(10, std::floor(std::log10((high - low) / static_cast<double>(most))));
  for (size_t i = 0;; ++i) {
    const auto first = static_cast<int64_t>(std::floor(low / step + 1e-9));
    const auto last = static_cast<int64_t>(std::ceil(high / step - 1e-9));
    if (last - first < static_cast<int64_t>(most)) {
      std::vector<double> ticks;
      for (int64_t k = first; k <= last; ++k) ticks.push_back(static_cast<double>(k) * step);
      return ticks;
    }
    step *= i % 3 == 1 ? 2.5 : 2;
  }
}

}  // namespace cadenza::plots
