#include "server/control/campaign_stats.h"

#include <algorithm>
#include <utility>

#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/base/time_zones.h"
#include "storage/codec/campaign_codec.h"
#include "storage/model/rejection.h"

namespace cadenza {
namespace {

absl::Status Bad(std::string_view field, std::string_view message) {
  return Rejected(absl::StatusCode::kInvalidArgument, reasons::kInvalidField, field, message);
}

absl::Status CheckHour(std::string_view field, const std::optional<absl::Time>& time) {
  if (!time.has_value() || TimeOfHour(HourOf(*time)) == *time) return absl::OkStatus();
  return Bad(field, "must be a full hour of UTC: numbers are kept by the hour");
}

int64_t CeilHour(absl::Time time) {
  const int64_t hour = HourOf(time);
  return TimeOfHour(hour) == time ? hour : hour + 1;
}

// The stretches of hours that are asked for. The first is what came before them all; lifts need it too.
struct Stretches {
  std::vector<int64_t> starts;
  int64_t end = 0;

  absl::Time StartOf(size_t stretch) const { return TimeOfHour(starts[stretch]); }
  absl::Time EndOf(size_t stretch) const { return TimeOfHour(stretch + 1 < starts.size() ? starts[stretch + 1] : end); }
};

absl::StatusOr<Stretches> StretchesOf(const StatsRequest& request, const CounterExtent& extent, absl::TimeZone zone) {
  using Granularity = StatsRequest::Granularity;
  const int64_t from = request.start_time.has_value() ? HourOf(*request.start_time) : extent.first_hour;
  const int64_t to = request.end_time.has_value() ? HourOf(*request.end_time) : extent.last_hour + 1;
  Stretches stretches{{std::min(extent.first_hour, from)}, to};
  // Where nothing was counted there are no buckets.
  int64_t start = std::max(from, extent.first_hour);
  const int64_t end = std::min(to, extent.last_hour + 1);
  if (request.granularity == Granularity::kTotal || start >= end) {
    stretches.starts.push_back(from);
    return stretches;
  }
  absl::CivilDay day = absl::ToCivilDay(TimeOfHour(start), zone);
  if (request.granularity == Granularity::kDay) {
    int64_t day_start = CeilHour(absl::FromCivil(day, zone));
    if (day_start > start) day_start = CeilHour(absl::FromCivil(--day, zone));
    start = std::max(day_start, request.start_time.has_value() ? from : day_start);
    stretches.starts.front() = std::min(stretches.starts.front(), start);
  }
  while (start < end) {
    stretches.starts.push_back(start);
    if (static_cast<int64_t>(stretches.starts.size()) > CampaignStatsReader::kMaxBuckets) {
      return Bad("start_time", StrCat("up to end_time there are more than ", CampaignStatsReader::kMaxBuckets,
                                      " buckets; ask for less time, or days"));
    }
    start = request.granularity == Granularity::kHour ? start + 1 : CeilHour(absl::FromCivil(++day, zone));
  }
  stretches.end = request.end_time.has_value() ? std::min(to, start) : start;
  return stretches;
}

bool IsControl(const Campaign& campaign, std::string_view variant_id) {
  return std::any_of(campaign.variants.begin(), campaign.variants.end(), [variant_id](const Variant& variant) {
    return variant.control && variant.variant_id == variant_id;
  });
}

// The order of variants in the answer.
std::vector<std::string> OrderOf(const Campaign& campaign, const std::vector<CounterSum>& sums) {
  std::vector<std::string> order;
  const auto add = [&order](const std::string& variant_id) {
    if (std::find(order.begin(), order.end(), variant_id) == order.end()) order.push_back(variant_id);
  };
  std::vector<std::string> counted;
  for (const CounterSum& sum : sums) counted.push_back(sum.variant_id);
  std::sort(counted.begin(), counted.end());
  counted.erase(std::unique(counted.begin(), counted.end()), counted.end());
  if (campaign.variants.empty() || (!counted.empty() && counted.front().empty())) add("");
  for (const Variant& variant : campaign.variants) add(variant.variant_id);
  for (const std::string& variant_id : counted) add(variant_id);
  return order;
}

Proportion UsersOf(const StatsCounts& counts, const std::string& conversion_id) {
  const auto found = counts.conversions.find(conversion_id);
  return {found == counts.conversions.end() ? 0 : found->second.any_touch.converted.users, counts.entered.users};
}

std::vector<Lift> LiftsOf(const Campaign& campaign, const std::map<std::string, StatsCounts>& ever) {
  const auto of = [&ever](const std::string& variant_id) {
    const auto found = ever.find(variant_id);
    return found == ever.end() ? StatsCounts() : found->second;
  };
  std::vector<Lift> lifts;
  const auto control = std::find_if(campaign.variants.begin(), campaign.variants.end(),
                                    [](const Variant& variant) { return variant.control; });
  if (control == campaign.variants.end()) return lifts;
  const StatsCounts of_control = of(control->variant_id);
  for (const Conversion& conversion : campaign.conversions) {
    for (const Variant& variant : campaign.variants) {
      if (variant.control) continue;
      Lift lift{.conversion_id = conversion.conversion_id, .variant_id = variant.variant_id};
      lift.variant = UsersOf(of(variant.variant_id), conversion.conversion_id);
      lift.control = UsersOf(of_control, conversion.conversion_id);
      lift.difference = DifferenceInterval(lift.variant, lift.control);
      lift.relative = RelativeInterval(lift.variant, lift.control);
      lifts.push_back(std::move(lift));
    }
  }
  return lifts;
}

CampaignStats StatsOf(const Campaign& campaign, const StatsRequest& request, const Stretches& stretches,
                      const std::vector<CounterSum>& sums) {
  CampaignStats stats;
  stats.campaign_id = campaign.campaign_id;
  std::map<std::string, StatsCounts> ever;
  std::map<std::string, std::map<size_t, StatsCounts>> buckets;
  std::map<std::string, StatsCounts> totals;
  for (const CounterSum& sum : sums) {
    ever[sum.variant_id].Add(sum);
    if (sum.stretch == 0) continue;
    totals[sum.variant_id].Add(sum);
    stats.total.Add(sum);
    if (request.granularity != StatsRequest::Granularity::kTotal) buckets[sum.variant_id][sum.stretch].Add(sum);
  }
  for (const std::string& variant_id : OrderOf(campaign, sums)) {
    VariantStats variant{variant_id, IsControl(campaign, variant_id), totals[variant_id], {}};
    for (auto& [stretch, counts] : buckets[variant_id]) {
      variant.buckets.push_back({stretches.StartOf(stretch), stretches.EndOf(stretch), std::move(counts)});
    }
    stats.variants.push_back(std::move(variant));
  }
  stats.lifts = LiftsOf(campaign, ever);
  return stats;
}

}  // namespace

void StatsCounts::Add(const CounterSum& sum) {
  const auto add = [&sum](int64_t* to) { *to += static_cast<int64_t>(sum.value); };
  if (!sum.conversion_id.empty()) {
    ConversionCounts& conversion = conversions[sum.conversion_id];
    switch (static_cast<ConversionMetric>(sum.place)) {
      case ConversionMetric::kAnyTouch:
        return add(&conversion.any_touch.converted.total);
      case ConversionMetric::kAnyTouchUsers:
        return add(&conversion.any_touch.converted.users);
      case ConversionMetric::kLastTouch:
        return add(&conversion.last_touch.converted.total);
      case ConversionMetric::kLastTouchUsers:
        return add(&conversion.last_touch.converted.users);
      case ConversionMetric::kAnyTouchNanos:
        conversion.any_touch.revenue[sum.currency] += sum.value;
        return;
      case ConversionMetric::kLastTouchNanos:
        conversion.last_touch.revenue[sum.currency] += sum.value;
        return;
    }
    return;
  }
  StatsCount* const counts[] = {&entered, &controls, &sent, &delivered, &opened, &clicked, &dismissed};
  const int place = sum.place - 1;
  if (place < 2 * static_cast<int>(std::size(counts))) {
    return add(place % 2 == 0 ? &counts[place / 2]->total : &counts[place / 2]->users);
  }
  if (sum.place == static_cast<int>(CampaignMetric::kWaited)) return add(&waited);
  if (sum.place == static_cast<int>(CampaignMetric::kCancelled)) return add(&cancelled);
  if (sum.place <= static_cast<int>(StopsBy(Gate::kRender))) {
    return add(&stopped[sum.place - static_cast<int>(CampaignMetric::kStopped)].total);
  }
  const size_t gate = sum.place - static_cast<int>(CampaignMetric::kStoppedUsers);
  if (gate < stopped.size()) add(&stopped[gate].users);
}

absl::StatusOr<CampaignStats> CampaignStatsReader::Read(const StatsRequest& request) const {
  CADENZA_RETURN_IF_ERROR(CheckHour("start_time", request.start_time));
  CADENZA_RETURN_IF_ERROR(CheckHour("end_time", request.end_time));
  if (request.start_time.has_value() && request.end_time.has_value() && *request.start_time >= *request.end_time) {
    return Bad("end_time", "must be later than start_time");
  }
  const std::optional<absl::TimeZone> zone =
      request.time_zone.empty() ? absl::UTCTimeZone() : FindTimeZone(request.time_zone);
  if (!zone.has_value()) return Bad("time_zone", StrCat("there is no time zone \"", request.time_zone, "\""));
  CADENZA_ASSIGN_OR_RETURN(const CampaignRow row,
                           store_->campaigns().GetCampaign(request.workspace, request.campaign_id));
  CADENZA_ASSIGN_OR_RETURN(const Campaign campaign, DecodeCampaign(row));
  CADENZA_ASSIGN_OR_RETURN(const std::optional<CounterExtent> extent,
                           store_->counters().ReadExtent(request.workspace, request.campaign_id));
  if (!extent.has_value()) return StatsOf(campaign, request, {}, {});
  CADENZA_ASSIGN_OR_RETURN(const Stretches stretches, StretchesOf(request, *extent, *zone));
  CADENZA_ASSIGN_OR_RETURN(
      const std::vector<CounterSum> sums,
      store_->counters().ReadSums(request.workspace, request.campaign_id, stretches.starts, stretches.end));
  return StatsOf(campaign, request, stretches, sums);
}

}  // namespace cadenza
