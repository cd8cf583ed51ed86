#include "server/rpc/campaign_stats_wire.h"

#include <map>
#include <string>

#include "storage/base/status_macros.h"
#include "storage/codec/wire.h"
#include "storage/codec/wire_error.h"

namespace cadenza {
namespace {

void ToProto(const StatsCount& count, v1::StatsCount* proto) {
  proto->set_total(count.total);
  proto->set_users(count.users);
}

void ToProto(const AttributedCounts& counts, v1::AttributedCounts* proto) {
  ToProto(counts.converted, proto->mutable_converted());
  for (const auto& [currency, nanos] : counts.revenue) {
    const Money money{currency, nanos};
    v1::Money* added = proto->add_revenue();
    added->set_currency_code(money.currency_code);
    added->set_units(money.units());
    added->set_nanos(money.nano_part());
  }
}

void ToProto(const StatsCounts& counts, v1::StatsCounts* proto) {
  ToProto(counts.entered, proto->mutable_entered());
  ToProto(counts.controls, proto->mutable_controls());
  for (size_t gate = 0; gate < counts.stopped.size(); ++gate) {
    if (counts.stopped[gate] == StatsCount()) continue;
    v1::GateStops* stops = proto->add_stopped();
    stops->set_gate(std::string(GateName(static_cast<Gate>(gate))));
    stops->set_total(counts.stopped[gate].total);
    if (CountsStoppedUsers(static_cast<Gate>(gate))) stops->set_users(counts.stopped[gate].users);
  }
  proto->set_waited(counts.waited);
  proto->set_cancelled(counts.cancelled);
  ToProto(counts.sent, proto->mutable_sent());
  ToProto(counts.delivered, proto->mutable_delivered());
  ToProto(counts.opened, proto->mutable_opened());
  ToProto(counts.clicked, proto->mutable_clicked());
  ToProto(counts.dismissed, proto->mutable_dismissed());
  for (const auto& [conversion_id, conversion] : counts.conversions) {
    v1::ConversionCounts* added = proto->add_conversions();
    added->set_conversion_id(conversion_id);
    ToProto(conversion.any_touch, added->mutable_any_touch());
    ToProto(conversion.last_touch, added->mutable_last_touch());
  }
}

void ToProto(const Interval& interval, v1::Interval* proto) {
  proto->set_estimate(interval.estimate);
  proto->set_low(interval.low);
  proto->set_high(interval.high);
}

void ToProto(const Lift& lift, v1::Lift* proto) {
  proto->set_conversion_id(lift.conversion_id);
  proto->set_variant_id(lift.variant_id);
  proto->set_users(lift.variant.all);
  proto->set_converted_users(lift.variant.of);
  proto->set_control_users(lift.control.all);
  proto->set_control_converted_users(lift.control.of);
  proto->set_rate(lift.variant.value());
  proto->set_control_rate(lift.control.value());
  if (lift.difference.has_value()) ToProto(*lift.difference, proto->mutable_difference());
  if (lift.relative.has_value()) ToProto(*lift.relative, proto->mutable_relative());
}

}  // namespace

absl::StatusOr<StatsRequest> FromProto(const v1::GetCampaignStatsRequest& proto) {
  StatsRequest request;
  request.workspace = proto.workspace();
  request.campaign_id = proto.campaign_id();
  if (proto.has_start_time()) {
    CADENZA_ASSIGN_UNDER("start_time", request.start_time, cadenza::FromProto(proto.start_time()));
  }
  if (proto.has_end_time()) {
    CADENZA_ASSIGN_UNDER("end_time", request.end_time, cadenza::FromProto(proto.end_time()));
  }
  switch (proto.granularity()) {
    case v1::GetCampaignStatsRequest::GRANULARITY_UNSPECIFIED:
    case v1::GetCampaignStatsRequest::GRANULARITY_TOTAL:
      break;
    case v1::GetCampaignStatsRequest::GRANULARITY_HOUR:
      request.granularity = StatsRequest::Granularity::kHour;
      break;
    case v1::GetCampaignStatsRequest::GRANULARITY_DAY:
      request.granularity = StatsRequest::Granularity::kDay;
      break;
    default:
      return BadField("granularity", "must be GRANULARITY_TOTAL, _HOUR or _DAY");
  }
  request.time_zone = proto.time_zone();
  return request;
}

void ToProto(const CampaignStats& stats, v1::CampaignStats* proto) {
  proto->set_campaign_id(stats.campaign_id);
  for (const VariantStats& variant : stats.variants) {
    v1::VariantStats* added = proto->add_variants();
    added->set_variant_id(variant.variant_id);
    added->set_control(variant.control);
    ToProto(variant.total, added->mutable_total());
    for (const StatsBucket& bucket : variant.buckets) {
      v1::StatsBucket* of_time = added->add_buckets();
      cadenza::ToProto(bucket.start_time, of_time->mutable_start_time());
      cadenza::ToProto(bucket.end_time, of_time->mutable_end_time());
      ToProto(bucket.counts, of_time->mutable_counts());
    }
  }
  ToProto(stats.total, proto->mutable_total());
  for (const Lift& lift : stats.lifts) ToProto(lift, proto->add_lifts());
}

}  // namespace cadenza
