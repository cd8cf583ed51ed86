// What a report of a campaign is made from.
#ifndef CADENZA_CLIENTS_CLI_REPORT_SOURCE_H_
#define CADENZA_CLIENTS_CLI_REPORT_SOURCE_H_

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "cadenza/v1/campaign.pb.h"
#include "cadenza/v1/campaign_stats.pb.h"

namespace cadenza::report {

struct Source {
  std::string workspace;
  v1::Campaign campaign;
  std::string state;    // "active"
  std::string trigger;  // "order_placed"
  // Of the period, with buckets of an hour or of days of `zone`.
  v1::CampaignStats period;
  bool hours = false;  // the buckets are hours
  // The totals from the campaign's beginning to the end of the period: what conversions and lifts are taken from, so
  // that who converted has also entered. The same as `period` if that has no start.
  v1::CampaignStats whole;
  std::optional<absl::Time> start;  // of the period
  std::optional<absl::Time> end;
  absl::TimeZone zone;
  absl::Time made;  // when the numbers were read
};

}  // namespace cadenza::report

#endif  // CADENZA_CLIENTS_CLI_REPORT_SOURCE_H_
