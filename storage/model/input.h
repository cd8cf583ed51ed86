// One input for one user, as plain C++ (cadenza.v1.Input, which says what each kind means).
#ifndef CADENZA_STORAGE_MODEL_INPUT_H_
#define CADENZA_STORAGE_MODEL_INPUT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "storage/base/ids.h"
#include "storage/model/money.h"
#include "storage/model/timer.h"
#include "storage/model/value.h"

namespace cadenza {

// Stored in events.kind: never renumber. The values are the field numbers in cadenza.v1.Input.
enum class InputKind : uint8_t {
  kCustomEvent = 4,
  kPurchase = 5,
  kSessionStart = 6,
  kSessionEnd = 7,
  kAttributeChange = 8,
  kIdentify = 9,
  kAddAlias = 10,
  kSubscriptionChange = 11,
  kTimerFired = 12,
  kEvaluate = 13,  // of no field: never from a producer, never stored
  kCampaignLaunch = 14,
  kReceipt = 15,
};

// The event name under which purchases are counted.
inline constexpr std::string_view kPurchaseEventName = "purchase";

struct CustomEvent {
  std::string name;
  ValueMap properties;
};

struct Purchase {
  std::string product_id;
  Money price;  // of one piece, not negative
  int32_t quantity = 1;
  ValueMap properties;
};

struct SessionStart {};
struct SessionEnd {};

struct AttributeOperation {
  enum class Op : uint8_t { kSet, kSetOnce, kUnset, kIncrement, kListAdd, kListRemove };
  std::vector<std::string> path;  // the segments; 1 to limits::kNesting
  Op op = Op::kSet;
  Value value;  // null for kUnset
};

struct AttributeChange {
  std::vector<AttributeOperation> operations;
};

struct Identify {
  UserKey anonymous;  // "a:…"
};

struct AddAlias {
  UserKey alias;  // "l:…"
};

// The numbers are stored and those of cadenza.v1.SubscriptionState.
enum class SubscriptionState : uint8_t { kUnspecified = 0, kSubscribed = 1, kUnsubscribed = 2, kOptedIn = 3 };

struct SubscriptionChange {
  std::string channel;  // "" = all
  SubscriptionState state = SubscriptionState::kUnspecified;
};

// A timer of the user came due. Made by the server alone (server/timers); `time` of the input is the timer's fire_time.
struct TimerFired {
  std::string timer_id;
  int64_t set_seq = 0;
  std::shared_ptr<const TimerContent> content;  // not null
};

// Cadenza's own: nothing happened, but the segments that the user is in are to be looked at again. It takes a version
// only if that changes some, and is not stored.
struct Evaluate {};

// A campaign is launched for the user. Made by the server alone: TriggerCampaign, schedules.
struct CampaignLaunch {
  std::string campaign_id;
  ValueMap properties;
  std::string local_time;  // "2026-12-24T18:00": waits until the user's clock shows it; "" = now
  bool scheduled = false;  // by a schedule
};

// What became of a message. The numbers are stored and those of cadenza.v1.Receipt.Kind.
struct Receipt {
  enum class Kind : uint8_t { kUnspecified = 0, kDelivered = 1, kOpened = 2, kClicked = 3, kDismissed = 4 };
  Kind kind = Kind::kUnspecified;
  std::string message_id;
  std::string link_id;  // kClicked
};
inline constexpr size_t kReceiptKinds = 4;

// A validated input (server/ingest/validate.h): its fields keep the limits of storage/model/limits.h.
struct Input {
  std::string event_id;
  UserKey user;             // as the producer named the user, never resolved
  absl::Time time;          // filled from the clock if the producer gave none
  absl::Time receive_time;  // the server's clock at arrival
  // The clock that the input is applied under: receive_time on a live stream, `time` on an import stream.
  absl::Time clock;
  bool import = false;
  std::variant<CustomEvent, Purchase, SessionStart, SessionEnd, AttributeChange, Identify, AddAlias, SubscriptionChange,
               TimerFired, Evaluate, CampaignLaunch, Receipt>
      payload;
  // The producer's cadenza.v1.Input, serialised deterministically, and its digest: what is stored, and what tells a
  // resend from a reuse.
  std::string body;
  Digest digest{};

  InputKind kind() const { return static_cast<InputKind>(payload.index() + 4); }
  // The custom event's name, "purchase", or "" for the other kinds.
  std::string_view event_name() const;
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_MODEL_INPUT_H_
