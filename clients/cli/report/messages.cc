#include "clients/cli/report/messages.h"

#include <algorithm>
#include <optional>

#include "absl/time/civil_time.h"
#include "clients/cli/report/plots/text.h"
#include "clients/cpp/builders.h"
#include "storage/base/text.h"

namespace cadenza::report {
namespace {

using plots::TimePlot;

constexpr int64_t kDaysMost = 366;

// Buckets numbered without a gap: hours since 1970 or days of the zone.
int64_t NumberOf(const v1::StatsBucket& bucket, bool hours, absl::TimeZone zone) {
  const absl::Time start = client::FromProto(bucket.start_time());
  if (hours) return absl::ToUnixSeconds(start) / 3600;
  // A day of the zone need not begin with an hour of UTC, where the bucket does: its middle is surely of that day.
  const absl::Time middle = start + (client::FromProto(bucket.end_time()) - start) / 2;
  return absl::ToCivilDay(middle, zone) - absl::CivilDay(1970, 1, 1);
}

absl::Time StartOf(int64_t number, bool hours, absl::TimeZone zone) {
  if (hours) return absl::FromUnixSeconds(number * 3600);
  return absl::FromCivil(absl::CivilDay(1970, 1, 1) + number, zone);
}

// The days from Monday as one.
TimePlot InWeeks(const TimePlot& days) {
  TimePlot weeks{TimePlot::Span::kWeek, days.zone, {}, {}};
  for (const plots::Series& series : days.series) weeks.series.push_back({series.name, {}});
  for (size_t i = 0; i < days.starts.size(); ++i) {
    const absl::CivilDay day = absl::ToCivilDay(days.starts[i], days.zone);
    const absl::CivilDay monday = absl::NextWeekday(day, absl::Weekday::monday) - 7;
    const absl::Time start = absl::FromCivil(monday, days.zone);
    if (weeks.starts.empty() || weeks.starts.back() != start) {
      weeks.starts.push_back(start);
      for (plots::Series& series : weeks.series) series.counts.push_back(0);
    }
    for (size_t s = 0; s < days.series.size(); ++s) weeks.series[s].counts.back() += days.series[s].counts[i];
  }
  return weeks;
}

}  // namespace

TimePlot MessagesOf(const Source& source) {
  TimePlot plot{source.hours ? TimePlot::Span::kHour : TimePlot::Span::kDay, source.zone, {}, {}};
  std::optional<int64_t> first;
  int64_t last = 0;
  const auto number = [&](const v1::StatsBucket& bucket) { return NumberOf(bucket, source.hours, source.zone); };
  for (const v1::VariantStats& variant : source.period.variants()) {
    for (const v1::StatsBucket& bucket : variant.buckets()) {
      if (bucket.counts().sent().total() == 0) continue;
      first = std::min(first.value_or(number(bucket)), number(bucket));
      last = std::max(last, number(bucket));
    }
  }
  if (!first.has_value()) return plot;
  for (int64_t i = *first; i <= last; ++i) plot.starts.push_back(StartOf(i, source.hours, source.zone));
  for (const v1::VariantStats& variant : source.period.variants()) {
    if (variant.control() || (variant.variant_id().empty() && variant.total().sent().total() == 0)) continue;
    plots::Series series{variant.variant_id().empty() ? "messages" : variant.variant_id(),
                         std::vector<int64_t>(plot.starts.size(), 0)};
    for (const v1::StatsBucket& bucket : variant.buckets()) {
      const int64_t at = number(bucket) - *first;
      if (bucket.counts().sent().total() != 0) series.counts[static_cast<size_t>(at)] += bucket.counts().sent().total();
    }
    plot.series.push_back(std::move(series));
  }
  return source.hours || last - *first < kDaysMost ? plot : InWeeks(plot);
}

Table MessagesTable(const TimePlot& plot) {
  Table table{"Messages sent over time", {}, {}};
  table.heads.push_back(plot.span == TimePlot::Span::kHour   ? "Hour from"
                        : plot.span == TimePlot::Span::kWeek ? "Week from"
                                                             : "Day");
  for (const plots::Series& series : plot.series) table.heads.push_back(series.name);
  for (size_t i = 0; i < plot.starts.size(); ++i) {
    std::vector<std::string> row = {plots::StartText(plot, i)};
    for (const plots::Series& series : plot.series) row.push_back(plots::Count(series.counts[i]));
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::string MessagesTitle(const TimePlot& plot) {
  const char* span = plot.span == TimePlot::Span::kHour ? "hour" : plot.span == TimePlot::Span::kWeek ? "week" : "day";
  return StrCat("Messages sent by ", span);
}

}  // namespace cadenza::report
