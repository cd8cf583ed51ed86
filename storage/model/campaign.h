// A campaign as plain C++ (cadenza.v1.Campaign, which says what each field means).
#ifndef CADENZA_STORAGE_MODEL_CAMPAIGN_H_
#define CADENZA_STORAGE_MODEL_CAMPAIGN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace cadenza {

struct Trigger {
  // Stored: never renumber.
  enum class Kind : uint8_t {
    kNone = 0,
    kEventName = 1,
    kSessionStarted = 2,
    kPurchaseMade = 3,
    kSegmentEntered = 4,
    kSegmentLeft = 5
  };
  Kind kind = Kind::kNone;
  std::string event_name;       // kEventName
  std::string product_id;       // kPurchaseMade; "" = any
  std::string segment_id = {};  // kSegmentEntered, kSegmentLeft
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
  friend bool operator==(const Campaign&, const Campaign&) = default;
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_MODEL_CAMPAIGN_H_
