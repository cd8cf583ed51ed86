// A campaign as plain C++ (cadenza.v1.Campaign, which says what each field means).
#ifndef CADENZA_STORAGE_MODEL_CAMPAIGN_H_
#define CADENZA_STORAGE_MODEL_CAMPAIGN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "storage/model/conversion.h"
#include "storage/model/delivery_limits.h"
#include "storage/model/input.h"
#include "storage/model/timing.h"
#include "storage/model/value.h"

namespace cadenza {

// When a campaign is launched without an event. What an expression means is said in server/rules/schedule.
struct Schedule {
  enum class Kind : uint8_t { kNone, kAt, kCron, kLocalAt, kLocalCron };
  Kind kind = Kind::kNone;
  absl::Time at;           // kAt
  std::string expression;  // kCron, kLocalCron: five fields; kLocalAt: "2026-12-24T18:00"
  std::string time_zone;   // kCron; "" = UTC
  std::string segment_id;  // "" = all users
  friend bool operator==(const Schedule&, const Schedule&) = default;
};

struct Trigger {
  enum class Kind : uint8_t {
    kNone = 0,
    kEventName = 1,
    kSessionStarted = 2,
    kPurchaseMade = 3,
    kSegmentEntered = 4,
    kSegmentLeft = 5,
    kAttributeChanged = 6,
    kSubscriptionChanged = 7,
    kApi = 8,
    kSchedule = 9,
    kReceipt = 10,
  };
  Kind kind = Kind::kNone;
  std::string event_name;                                                  // kEventName
  std::string product_id;                                                  // kPurchaseMade; "" = any
  std::string segment_id = {};                                             // kSegmentEntered, kSegmentLeft
  std::string attribute = {};                                              // kAttributeChanged: a top-level one
  std::optional<Value> attribute_value = {};                               // to this value; nothing = to any
  std::string channel = {};                                                // kSubscriptionChanged; "" = any
  SubscriptionState subscription_state = SubscriptionState::kUnspecified;  // to this one; kUnspecified = to any
  Schedule schedule = {};                                                  // kSchedule
  std::string campaign_id = {};                                            // kReceipt: of whose message
  Receipt::Kind receipt_kind = Receipt::Kind::kUnspecified;                // kReceipt
  std::string link_id = {};                                                // kReceipt of a click; "" = any
  friend bool operator==(const Trigger&, const Trigger&) = default;
};

// The numbers are stored.
enum class ContentType : uint8_t { kPlain = 0, kHtml = 1, kJson = 2 };

struct Localization {
  std::string locale;
  std::string title;
  std::string body;
  friend bool operator==(const Localization&, const Localization&) = default;
};

struct MessageTemplate {
  std::string channel;
  std::string title;
  std::string body;
  absl::Duration time_to_live;  // limits::kMessageTimeToLive if none was given
  ContentType content_type = ContentType::kPlain;
  std::vector<Localization> localizations = {};
  friend bool operator==(const MessageTemplate&, const MessageTemplate&) = default;
};

// One arm of a campaign that tests several.
struct Variant {
  std::string variant_id;
  int32_t weight = 1;            // of the sum of all
  bool control = false;          // gets nothing
  MessageTemplate message = {};  // unless control
  friend bool operator==(const Variant&, const Variant&) = default;
};

struct Campaign {
  // The numbers are stored and those of cadenza.v1.Campaign.State.
  enum class State : uint8_t { kUnspecified = 0, kDraft = 1, kActive = 2, kPaused = 3, kArchived = 4 };

  std::string workspace;
  std::string campaign_id;
  std::string display_name;
  State state = State::kDraft;
  Trigger trigger;
  std::string condition;
  absl::Duration cooldown;  // zero = none
  absl::Duration delay;     // zero = none
  std::vector<std::string> exception_event_names;
  bool recheck_condition = false;
  MessageTemplate message;
  absl::Time create_time;
  absl::Time update_time;
  int64_t revision = 0;  // 1, 2, … with every change; the etag

  absl::Time start_time = absl::InfinitePast();  // the active window: from here, included,
  absl::Time end_time = absl::InfiniteFuture();  // to here, excluded
  std::string audience = {};                     // CEL over `user` and `now`; "" = all
  bool once = false;                             // a user who was in it never is again
  std::vector<Variant> variants = {};            // none: `message` for all
  std::optional<DelayUntil> delay_until = {};    // in place of `delay`
  QuietRule quiet_hours = {};                    // no windows: those of the workspace
  bool ignore_quiet_hours = false;
  std::vector<std::string> tags = {};
  bool ignore_frequency_caps = false;  // its messages are counted, and never held back
  int32_t priority = 0;                // of two that one input triggers, the greater goes first
  std::optional<DeliveryRate> delivery_rate = {};
  absl::Time activate_time = absl::InfinitePast();  // when it last became active, or got another trigger
  std::vector<Conversion> conversions = {};
  friend bool operator==(const Campaign&, const Campaign&) = default;
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_MODEL_CAMPAIGN_H_
