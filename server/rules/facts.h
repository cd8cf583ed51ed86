// What a rule may ask about an occurrence: the members of `event` and `user`, in one table for both languages.
// cel_scope.h shows them to conditions, liquid_scope.h to templates. Everything is read in place, when it is asked for.
//
// Internal to server/rules.
#ifndef CADENZA_SERVER_RULES_FACTS_H_
#define CADENZA_SERVER_RULES_FACTS_H_

#include <string>
#include <string_view>
#include <variant>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "server/rules/cel/horizon.h"
#include "storage/model/input.h"
#include "storage/model/profile.h"
#include "storage/model/value.h"

namespace cadenza::rules {

// One occurrence. Borrows the input and the profile, which must outlive it and stay unchanged. A plain value.
struct Facts {
  // `horizon`, if given, learns until when each fact that was asked for stays as it is with no new input.
  Facts(const Input& of_input, const Profile& of_profile, absl::Duration session_gap, cel::Horizon* horizon = nullptr);

  const Input* input;
  const Profile* profile;
  // The clock of the input: what `now` is, and what cooldowns and expiry count from.
  absl::Time now;
  // Where sliding windows end: `now`, or the time of the input if its producer's clock runs ahead, so that the input
  // itself is always inside.
  absl::Time window_end;
  // The session that is going on at window_end; null if there is none. SessionOf() also enters when it lapses.
  const Session* session;
  absl::Duration session_gap;
  cel::Horizon* horizon;
};

struct ObjectSchema;

// The value of a member. Nothing (monostate): it has none now.
using Fact =
    std::variant<std::monostate, Value, const std::string*, absl::Duration, const ValueMap*, const ObjectSchema*>;

enum class FactType : uint8_t {
  kBool,
  kInt,
  kDouble,
  kString,
  kTimestamp,
  kDuration,
  kStringList,
  kValues,
  kDoubles,
  kObject
};

struct Member {
  std::string_view name;
  FactType type;
  Fact (*read)(const Facts& facts);
  // Of a kValues: the values themselves.
  const ValueMap& (*values)(const Facts& facts) = nullptr;
};

struct ObjectSchema {
  std::string_view type_name;
  absl::Span<const Member> members;
  // Null if there is none of this name.
  const Member* Find(std::string_view name) const;
};

// event: id, kind ("custom_event", "purchase", "session_start", …), name, time, properties; of a purchase also
// product_id, quantity, price, currency; of a receipt also receipt ("delivered", "opened", "clicked", "dismissed"),
// message_id, link_id of a click, and while the message is remembered its campaign_id, and its variant_id if it has
// one.
const ObjectSchema& EventSchema();
// user: id, anonymous, created_at, timezone, language, attributes, aliases, session, purchases. The time zone and the
// language are attributes, and absent where these are no text.
inline constexpr std::string_view kTimeZoneAttribute = "time_zone";
inline constexpr std::string_view kLanguageAttribute = "language";
const ObjectSchema& UserSchema();
// user.session: count, total_time, first_start, last_start, last_end, active; while active also id, start,
// last_activity, duration, event_count.
const ObjectSchema& SessionSchema();
// user.purchases: count, last_time, revenue (by currency).
const ObjectSchema& PurchasesSchema();

const Session* SessionOf(const Facts& facts);

// "delivered", "opened", "clicked", "dismissed".
std::string_view ReceiptText(Receipt::Kind kind);

// The functions of `user`. Windows are (window_end - window, window_end].
int64_t EventCount(const Facts& facts, std::string_view name);
int64_t EventCountWithin(const Facts& facts, std::string_view name, absl::Duration window);
// Null if it never happened.
const EventHistory* HistoryOf(const Facts& facts, std::string_view name);
double Spent(const Facts& facts, std::string_view currency);
// Whether a message of this campaign was written within the window.
bool Received(const Facts& facts, std::string_view campaign_id, absl::Duration window);
// Whether a receipt of this kind was the first of a message of this campaign (of a click: of a link) within the window.
bool ReportedWithin(const Facts& facts, Receipt::Kind kind, std::string_view campaign_id, absl::Duration window);
bool InSegment(const Facts& facts, std::string_view segment_id);
// False if the user has unsubscribed from the channel; or from all, unless subscribed or opted in to this one.
bool IsSubscribed(const Profile& profile, std::string_view channel);

}  // namespace cadenza::rules

#endif  // CADENZA_SERVER_RULES_FACTS_H_
