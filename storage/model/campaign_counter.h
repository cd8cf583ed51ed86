// The counters of campaigns: what GetCampaignStats adds up. A counter is a place in the row of a key; what the places
// mean depends on whether the key is that of a conversion.
#ifndef CADENZA_STORAGE_MODEL_CAMPAIGN_COUNTER_H_
#define CADENZA_STORAGE_MODEL_CAMPAIGN_COUNTER_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/numeric/int128.h"
#include "absl/time/time.h"
#include "storage/model/decision.h"

namespace cadenza {

// Places in a row without a conversion, from 1. Where a number counts users, its place follows that of the total, but
// of gates. Stored: never renumber.
enum class CampaignMetric : uint8_t {
  kEntered = 1,
  kEnteredUsers = 2,
  kControls = 3,
  kControlUsers = 4,
  kSent = 5,
  kSentUsers = 6,
  kDelivered = 7,
  kDeliveredUsers = 8,
  kOpened = 9,
  kOpenedUsers = 10,
  kClicked = 11,
  kClickedUsers = 12,
  kDismissed = 13,
  kDismissedUsers = 14,
  kWaited = 15,
  kCancelled = 16,
  // Stopped by a gate: this plus the number of the Gate.
  kStopped = 16,
  // Users, of the gates from kVariant on, likewise.
  kStoppedUsers = 22,
};
// Whose stops count users: those who pass the gates before have entered.
constexpr bool CountsStoppedUsers(Gate gate) { return gate >= Gate::kVariant; }
constexpr CampaignMetric StopsBy(Gate gate) {
  return static_cast<CampaignMetric>(static_cast<int>(CampaignMetric::kStopped) + static_cast<int>(gate));
}
// REQUIRES: CountsStoppedUsers(gate).
constexpr CampaignMetric StoppedUsersBy(Gate gate) {
  return static_cast<CampaignMetric>(static_cast<int>(CampaignMetric::kStoppedUsers) + static_cast<int>(gate));
}
inline constexpr int kCampaignMetrics = static_cast<int>(StoppedUsersBy(Gate::kRender));

// Places in the row of a conversion. Revenue has rows of its own, by currency. Stored: never renumber.
enum class ConversionMetric : uint8_t {
  kAnyTouch = 1,
  kAnyTouchUsers = 2,
  kLastTouch = 3,
  kLastTouchUsers = 4,
  kAnyTouchNanos = 5,
  kLastTouchNanos = 6,
};
inline constexpr int kConversionMetrics = 6;

// Whose numbers they are, in one hour.
struct CounterKey {
  std::string workspace;
  std::string campaign_id;
  std::string variant_id = {};     // "" = none
  std::string conversion_id = {};  // "" = of the campaign itself
  std::string currency = {};       // of revenue; else ""
  int64_t hour = 0;                // since the epoch

  int places() const { return conversion_id.empty() ? kCampaignMetrics : kConversionMetrics; }
  friend bool operator==(const CounterKey&, const CounterKey&) = default;
  friend auto operator<=>(const CounterKey&, const CounterKey&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const CounterKey& key) {
    return H::combine(std::move(h), key.workspace, key.campaign_id, key.variant_id, key.conversion_id, key.currency,
                      key.hour);
  }
};

inline int64_t HourOf(absl::Time time) {
  return absl::ToInt64Hours(absl::Floor(time - absl::UnixEpoch(), absl::Hours(1)));
}
inline absl::Time TimeOfHour(int64_t hour) { return absl::UnixEpoch() + absl::Hours(hour); }

}  // namespace cadenza

#endif  // CADENZA_STORAGE_MODEL_CAMPAIGN_COUNTER_H_
