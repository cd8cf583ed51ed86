// What a campaign is meant to bring about (cadenza.v1.Conversion), and what a profile remembers so that it can be
// counted: docs/statistics.md.
#ifndef CADENZA_STORAGE_MODEL_CONVERSION_H_
#define CADENZA_STORAGE_MODEL_CONVERSION_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "storage/model/flat_map.h"

namespace cadenza {

struct Conversion {
  enum class Goal : uint8_t { kNone = 0, kEventName = 1, kPurchaseMade = 2, kSessionStarted = 3 };

  std::string conversion_id;
  Goal goal = Goal::kNone;
  std::string event_name = {};  // kEventName
  std::string product_id = {};  // kPurchaseMade; "" = any
  std::string condition = {};
  absl::Duration window = {};
  std::string revenue_property = {};  // kEventName; "" = no revenue
  std::string currency_property = {};
  std::string currency_code = {};  // of events that do not say one
  friend bool operator==(const Conversion&, const Conversion&) = default;
};

// The user was allocated to a campaign that has conversions.
struct Touch {
  std::string campaign_id;
  std::string variant_id;  // "" = the campaign has none
  absl::Time time;
  std::vector<std::string> converted = {};  // the conversions that it has led to
  friend bool operator==(const Touch&, const Touch&) = default;
};

// As what a user is in the numbers of a campaign: each of these counts him once.
struct Participation {
  // Bits of `counted`. Stored: never renumber.
  enum Once : uint32_t {
    kEntered = 1 << 0,
    kControl = 1 << 1,
    kSent = 1 << 2,
    kDelivered = 1 << 3,
    kOpened = 1 << 4,
    kClicked = 1 << 5,
    kDismissed = 1 << 6,
    // A gate that only who has entered comes to stopped a message of his.
    kStoppedByVariant = 1 << 7,
    kStoppedByDelay = 1 << 8,
    kStoppedByQuietHours = 1 << 9,
    kStoppedByFrequencyCap = 1 << 10,
    kStoppedByDeliveryRate = 1 << 11,
    kStoppedByRender = 1 << 12,
  };
  // Bits of `conversions`.
  static constexpr int64_t kAnyTouch = 1;
  static constexpr int64_t kLastTouch = 2;

  std::string variant_id;  // under which he is counted
  uint32_t counted = 0;
  FlatMap<int64_t> conversions = {};  // by conversion_id
  friend bool operator==(const Participation&, const Participation&) = default;
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_MODEL_CONVERSION_H_
