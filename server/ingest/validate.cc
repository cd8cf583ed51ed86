#include "server/ingest/validate.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <variant>

#include "absl/strings/ascii.h"
#include "storage/base/ids.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/model/limits.h"
#include "storage/model/rejection.h"
#include "storage/model/value_check.h"

namespace cadenza::ingest {
namespace {

constexpr int32_t kMaxQuantity = 1'000'000;

absl::Status Invalid(std::string_view field, std::string_view message) {
  return Rejected(absl::StatusCode::kInvalidArgument, reasons::kInvalidField, field, message);
}

absl::Status LimitExceeded(std::string_view field, std::string_view message) {
  return Rejected(absl::StatusCode::kInvalidArgument, reasons::kLimitExceeded, field, message);
}

// Paths are put together on the way out of an error, so that a good input costs none.
absl::Status Under(std::string_view parent, const absl::Status& status) {
  return status.ok() ? status : UnderField(status, parent);
}

absl::Status CheckAlias(const UserKey& alias) {
  const std::string_view both = alias.name();
  const size_t colon = both.find(':');
  const std::string_view label = both.substr(0, colon);
  CADENZA_RETURN_IF_ERROR(Under("label", CheckName(label, limits::kAliasLabelBytes)));
  const bool plain = std::all_of(label.begin(), label.end(), [](char c) { return absl::ascii_isalnum(c) || c == '_'; });
  if (!plain) return Invalid("label", "may hold only letters, digits and underscores");
  return Under("name", CheckName(both.substr(colon + 1), limits::kAliasNameBytes));
}

absl::Status CheckUser(const UserKey& user) {
  switch (user.kind()) {
    case RefKind::kUserId:
      return Under("user.user_id", CheckName(user.name(), limits::kNameBytes));
    case RefKind::kAnonymousId:
      return Under("user.anonymous_id", CheckName(user.name(), limits::kNameBytes));
    case RefKind::kAlias:
      return Under("user.alias", CheckAlias(user));
  }
  return Invalid("user", "is required");
}

absl::Status CheckEventId(const std::string& event_id, absl::Time now) {
  if (event_id.empty()) return Invalid("event_id", "is required and must not be empty");
  CADENZA_RETURN_IF_ERROR(Under("event_id", CheckText(event_id, limits::kEventIdBytes)));
  const std::optional<absl::Time> made = UuidV7Time(event_id);
  if (made.has_value() && now - *made > limits::kDedupeWindow) {
    return Rejected(absl::StatusCode::kOutOfRange, reasons::kEventIdTooOld, "event_id",
                    StrCat("is a UUIDv7 made at ", absl::FormatTime(*made, absl::UTCTimeZone()),
                           ", over 24 hours ago; whether it was applied can no longer be told"));
  }
  return absl::OkStatus();
}

absl::Status CheckTime(absl::Time now, bool import, absl::Time time) {
  if (time == absl::InfinitePast()) {
    return import ? Invalid("time", "is required on an import stream") : absl::OkStatus();
  }
  if (time > now + limits::kFuture) {
    return Rejected(absl::StatusCode::kOutOfRange, reasons::kEventTimeInFuture, "time",
                    StrCat("is over 1 hour ahead of the server's clock, ", absl::FormatTime(now, absl::UTCTimeZone()),
                           "; check the producer's clock"));
  }
  return absl::OkStatus();
}

absl::Status CheckProperties(const ValueMap& properties) {
  if (properties.size() > limits::kProperties) {
    return LimitExceeded("properties",
                         StrCat("has ", properties.size(), " entries; at most ", limits::kProperties, " are allowed"));
  }
  for (const auto& [key, value] : properties) {
    absl::Status status = CheckName(key, limits::kNameBytes);
    if (status.ok()) status = CheckValue(value);
    if (!status.ok()) return UnderField(status, StrCat("properties.", FieldKey(key)));
  }
  return absl::OkStatus();
}

absl::Status CheckPrice(const Money& price) {
  const std::string& code = price.currency_code;
  const bool iso = code.size() == 3 && std::all_of(code.begin(), code.end(), absl::ascii_isupper);
  if (!iso) return Invalid("currency_code", "must be three capital letters, as in ISO 4217 (\"EUR\")");
  if (price.nanos < 0) return Invalid("", "must not be negative");
  return absl::OkStatus();
}

absl::Status CheckPath(const std::vector<std::string>& path) {
  if (path.size() > limits::kNesting) {
    return LimitExceeded("path", StrCat("has ", path.size(), " segments; at most ", limits::kNesting, " are allowed"));
  }
  for (const std::string& segment : path)
    CADENZA_RETURN_IF_ERROR(Under("path", CheckName(segment, limits::kNameBytes)));
  return path.empty() ? Invalid("path", "is required") : absl::OkStatus();
}

absl::Status CheckOperation(const AttributeOperation& operation) {
  using Op = AttributeOperation::Op;
  CADENZA_RETURN_IF_ERROR(CheckPath(operation.path));
  switch (operation.op) {
    case Op::kSet:
      return Under("set", CheckValue(operation.value));
    case Op::kSetOnce:
      return Under("set_once", CheckValue(operation.value));
    case Op::kUnset:
      return absl::OkStatus();
    case Op::kIncrement: {
      const Value::Kind kind = operation.value.kind();
      if (kind != Value::Kind::kInt && kind != Value::Kind::kDouble) {
        return Invalid("increment", StrCat("must be an int64 or a double, not a ", KindName(kind)));
      }
      return Under("increment", CheckValue(operation.value));
    }
    case Op::kListAdd:
      return Under("list_add", CheckValue(operation.value));
    case Op::kListRemove:
      return Under("list_remove", CheckValue(operation.value));
  }
  return Invalid("", "has no operation");
}

// One overload for each kind; the paths begin below the kind's own field.
struct CheckPayload {
  const UserKey& user;

  absl::Status operator()(const CustomEvent& event) const {
    CADENZA_RETURN_IF_ERROR(Under("custom_event.name", CheckName(event.name, limits::kNameBytes)));
    return Under("custom_event", CheckProperties(event.properties));
  }

  absl::Status operator()(const Purchase& purchase) const {
    CADENZA_RETURN_IF_ERROR(Under("purchase.product_id", CheckName(purchase.product_id, limits::kNameBytes)));
    CADENZA_RETURN_IF_ERROR(Under("purchase.price", CheckPrice(purchase.price)));
    if (purchase.quantity < 1 || purchase.quantity > kMaxQuantity) {
      return Invalid("purchase.quantity", "must be 1 to 1,000,000");
    }
    return Under("purchase", CheckProperties(purchase.properties));
  }

  absl::Status operator()(const SessionStart&) const { return absl::OkStatus(); }
  absl::Status operator()(const SessionEnd&) const { return absl::OkStatus(); }

  absl::Status operator()(const AttributeChange& change) const {
    constexpr std::string_view kField = "attribute_change.operations";
    const size_t count = change.operations.size();
    if (count == 0) return Invalid(kField, "is required and must not be empty");
    if (count > limits::kOperations) {
      return LimitExceeded(kField, StrCat("has ", count, " entries; at most ", limits::kOperations, " are allowed"));
    }
    for (size_t i = 0; i < count; ++i) {
      absl::Status status = CheckOperation(change.operations[i]);
      if (!status.ok()) return UnderField(status, StrCat(kField, "[", i, "]"));
    }
    return absl::OkStatus();
  }

  absl::Status operator()(const Identify& identify) const {
    if (user.kind() != RefKind::kUserId) return Invalid("user", "must be a user_id in an identify");
    return Under("identify.anonymous_id", CheckName(identify.anonymous.name(), limits::kNameBytes));
  }

  absl::Status operator()(const TimerFired&) const {
    return Invalid("timer_fired", "is made by the server itself; nobody can send it");
  }

  absl::Status operator()(const CampaignLaunch&) const {
    return Invalid("campaign_launch", "is made by the server itself; call TriggerCampaign");
  }

  absl::Status operator()(const Receipt& receipt) const {
    if (receipt.kind == Receipt::Kind::kUnspecified) return Invalid("receipt.kind", "is required");
    if (receipt.message_id.empty()) return Invalid("receipt.message_id", "is required");
    if (!DigestFromHex(receipt.message_id).has_value()) {
      return Invalid("receipt.message_id", "must be the message_id of a message: 32 hexadecimal digits, lower-case");
    }
    if (receipt.link_id.empty()) return absl::OkStatus();
    if (receipt.kind != Receipt::Kind::kClicked) return Invalid("receipt.link_id", "goes with KIND_CLICKED only");
    return Under("receipt.link_id", CheckText(receipt.link_id, limits::kLinkIdBytes));
  }

  absl::Status operator()(const AddAlias& add) const { return Under("add_alias.alias", CheckAlias(add.alias)); }

  absl::Status operator()(const SubscriptionChange& change) const {
    if (!change.channel.empty()) {
      CADENZA_RETURN_IF_ERROR(Under("subscription_change.channel", CheckName(change.channel, limits::kChannelBytes)));
    }
    if (change.state == SubscriptionState::kUnspecified) return Invalid("subscription_change.state", "is required");
    return absl::OkStatus();
  }

  absl::Status operator()(const Evaluate&) const { return Invalid("kind", "is the server's own"); }
};

// What the server adds.
void Stamp(absl::Time now, bool import, Input* input) {
  if (input->time == absl::InfinitePast()) input->time = now;
  input->receive_time = now;
  input->clock = import ? input->time : now;
  input->import = import;
}

}  // namespace

absl::Status Admit(absl::Time now, bool import, Input* input) {
  CADENZA_RETURN_IF_ERROR(CheckEventId(input->event_id, now));
  CADENZA_RETURN_IF_ERROR(CheckUser(input->user));
  CADENZA_RETURN_IF_ERROR(CheckTime(now, import, input->time));
  CADENZA_RETURN_IF_ERROR(std::visit(CheckPayload{input->user}, input->payload));
  Stamp(now, import, input);
  return absl::OkStatus();
}

absl::Status AdmitLaunch(absl::Time now, Input* input) {
  const auto* launch = std::get_if<CampaignLaunch>(&input->payload);
  if (launch == nullptr) return absl::InternalError("not a launch");
  CADENZA_RETURN_IF_ERROR(CheckEventId(input->event_id, now));
  CADENZA_RETURN_IF_ERROR(CheckUser(input->user));
  CADENZA_RETURN_IF_ERROR(Under("campaign_launch", CheckProperties(launch->properties)));
  Stamp(now, /*import=*/false, input);
  return absl::OkStatus();
}

}  // namespace cadenza::ingest
