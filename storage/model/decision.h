// What a campaign made of an input, gate by gate (cadenza.v1.Decision). Every input keeps the decisions that it led to,
// in its own row of the store, so a decision is explained for as long as its input is kept.
#ifndef CADENZA_STORAGE_MODEL_DECISION_H_
#define CADENZA_STORAGE_MODEL_DECISION_H_

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

namespace cadenza {

// In the order in which they are passed. Stored: never renumber.
enum class Gate : uint8_t {
  kTrigger = 1,
  kActiveWindow = 2,
  kCondition = 3,
  kAudience = 4,
  kSubscription = 5,
  kReEligibility = 6,
  kHoldout = 7,
  kVariant = 8,
  kDelay = 9,
  kQuietHours = 10,
  kFrequencyCap = 11,
  kDeliveryRate = 12,
  kRender = 13,
};

// As cadenza.v1.GateVerdict names it: "active_window"; empty for a number that is no gate.
constexpr std::string_view GateName(Gate gate) {
  constexpr std::string_view kNames[] = {
      "",        "trigger", "active_window", "condition",   "audience",      "subscription",  "re_eligibility",
      "holdout", "variant", "delay",         "quiet_hours", "frequency_cap", "delivery_rate", "render"};
  const auto number = static_cast<size_t>(gate);
  return number < std::size(kNames) ? kNames[number] : std::string_view();
}

// The numbers are stored and those of cadenza.v1.Decision.Outcome.
enum class DecisionOutcome : uint8_t {
  kUnspecified = 0,
  kStopped = 1,
  kControl = 2,
  kWaits = 3,
  kSent = 4,
  kCancelled = 5
};

struct GateVerdict {
  Gate gate = Gate::kTrigger;
  bool passed = false;
  std::string detail;  // with what values, for people
  friend bool operator==(const GateVerdict&, const GateVerdict&) = default;
};

struct Decision {
  std::string campaign_id;
  int64_t campaign_revision = 0;  // of the definition that decided
  DecisionOutcome outcome = DecisionOutcome::kUnspecified;
  std::string variant_id;                       // "" = none
  absl::Time time;                              // the clock of the input
  int64_t user_seq = 0;                         // of the input that was decided on
  std::string event_id;                         // of the event that triggered the campaign
  absl::Time wait_time = absl::InfinitePast();  // kWaits: until when
  std::string message_id;                       // kSent
  std::vector<GateVerdict> gates;
  friend bool operator==(const Decision&, const Decision&) = default;
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_MODEL_DECISION_H_
