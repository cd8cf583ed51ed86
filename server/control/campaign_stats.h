// What a campaign did: its counters (storage/counter_store.h) added up by variant and time, and compared with the
// control. cadenza.v1.CampaignStats says what each number means.
#ifndef CADENZA_SERVER_CONTROL_CAMPAIGN_STATS_H_
#define CADENZA_SERVER_CONTROL_CAMPAIGN_STATS_H_

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/numeric/int128.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/control/intervals.h"
#include "storage/model/campaign_counter.h"
#include "storage/model/decision.h"
#include "storage/store.h"

namespace cadenza {

struct StatsRequest {
  enum class Granularity : uint8_t { kTotal, kHour, kDay };
  std::string workspace = {};
  std::string campaign_id = {};
  std::optional<absl::Time> start_time = {};  // full hours
  std::optional<absl::Time> end_time = {};
  Granularity granularity = Granularity::kTotal;
  std::string time_zone = {};  // kDay; "" = UTC
};

struct StatsCount {
  int64_t total = 0;
  int64_t users = 0;
  friend bool operator==(const StatsCount&, const StatsCount&) = default;
};

struct AttributedCounts {
  StatsCount converted;
  std::map<std::string, absl::int128> revenue;  // nanos, by currency; none is 0
  friend bool operator==(const AttributedCounts&, const AttributedCounts&) = default;
};

struct ConversionCounts {
  AttributedCounts any_touch;
  AttributedCounts last_touch;
  friend bool operator==(const ConversionCounts&, const ConversionCounts&) = default;
};

struct StatsCounts {
  StatsCount entered, controls, sent, delivered, opened, clicked, dismissed;
  int64_t waited = 0;
  int64_t cancelled = 0;
  // By Gate; users of those that CountsStoppedUsers.
  std::array<StatsCount, static_cast<size_t>(Gate::kRender) + 1> stopped{};
  std::map<std::string, ConversionCounts> conversions;  // by conversion_id

  void Add(const CounterSum& sum);
  friend bool operator==(const StatsCounts&, const StatsCounts&) = default;
};

struct StatsBucket {
  absl::Time start_time;
  absl::Time end_time;
  StatsCounts counts;
};

struct VariantStats {
  std::string variant_id;
  bool control = false;
  StatsCounts total;
  std::vector<StatsBucket> buckets;
};

struct Lift {
  std::string conversion_id;
  std::string variant_id;
  Proportion variant = {};  // converted users of users
  Proportion control = {};
  std::optional<Interval> difference = {};
  std::optional<Interval> relative = {};
};

struct CampaignStats {
  std::string campaign_id;
  std::vector<VariantStats> variants;
  StatsCounts total;
  std::vector<Lift> lifts;
};

// Thread-safe; blocks on the store.
class CampaignStatsReader {
 public:
  static constexpr int64_t kMaxBuckets = 10'000;

  // `store` must outlive it.
  explicit CampaignStatsReader(Store* store) : store_(store) {}

  // INVALID_ARGUMENT (a rejection, storage/model/rejection.h) names the field; NOT_FOUND; those of the store.
  absl::StatusOr<CampaignStats> Read(const StatsRequest& request) const;

 private:
  Store* const store_;
};

}  // namespace cadenza

#endif  // CADENZA_SERVER_CONTROL_CAMPAIGN_STATS_H_
