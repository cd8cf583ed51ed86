#include <utility>

#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/codec/serialize.h"
#include "storage/codec/wire.h"
#include "storage/codec/wire_error.h"

namespace cadenza {
namespace {

using Payload = decltype(Input::payload);
using PropertyMap = google::protobuf::Map<std::string, v1::Value>;

absl::StatusOr<ValueMap> PropertiesFromProto(const PropertyMap& proto) {
  ValueMap properties;
  for (const auto& [key, entry] : proto) {
    CADENZA_ASSIGN_UNDER(StrCat("properties.", FieldKey(key)), Value value, FromProto(entry));
    properties.Set(key, std::move(value));
  }
  return properties;
}

absl::StatusOr<Money> MoneyFromProto(const v1::Money& proto) {
  if (proto.nanos() <= -kNanosPerUnit || proto.nanos() >= kNanosPerUnit || (proto.units() > 0 && proto.nanos() < 0) ||
      (proto.units() < 0 && proto.nanos() > 0)) {
    return BadField("nanos", "must be -999,999,999 to 999,999,999, of the same sign as units");
  }
  return Money::Of(proto.currency_code(), proto.units(), proto.nanos());
}

absl::StatusOr<UserKey> AliasFromProto(std::string_view workspace, const v1::UserAlias& proto) {
  if (proto.label().find(':') != std::string::npos) {
    return BadField("label", "may hold only letters, digits and underscores");
  }
  return UserKey::Alias(workspace, proto.label(), proto.name());
}

absl::StatusOr<Payload> CustomEventFromProto(const v1::CustomEvent& proto) {
  CADENZA_ASSIGN_OR_RETURN(ValueMap properties, PropertiesFromProto(proto.properties()));
  return CustomEvent{proto.name(), std::move(properties)};
}

absl::StatusOr<Payload> PurchaseFromProto(const v1::Purchase& proto) {
  if (!proto.has_price()) return BadField("price", "is required");
  CADENZA_ASSIGN_UNDER("price", Money price, MoneyFromProto(proto.price()));
  CADENZA_ASSIGN_OR_RETURN(ValueMap properties, PropertiesFromProto(proto.properties()));
  return Purchase{proto.product_id(), std::move(price), proto.quantity() == 0 ? 1 : proto.quantity(),
                  std::move(properties)};
}

absl::StatusOr<std::vector<std::string>> PathFromProto(const std::string& path) {
  if (path.empty()) return BadField("path", "is required");
  std::vector<std::string> segments;
  for (size_t begin = 0;;) {
    const size_t dot = path.find('.', begin);
    segments.push_back(path.substr(begin, dot - begin));
    if (segments.back().empty()) return BadField("path", "has an empty segment; write names with single dots between");
    if (dot == std::string::npos) return segments;
    begin = dot + 1;
  }
}

absl::StatusOr<AttributeOperation> OperationFromProto(const v1::AttributeOperation& proto) {
  using Op = AttributeOperation::Op;
  AttributeOperation operation;
  CADENZA_ASSIGN_OR_RETURN(operation.path, PathFromProto(proto.path()));
  const auto with_value = [&operation](Op op, std::string_view field,
                                       const v1::Value& value) -> absl::StatusOr<AttributeOperation> {
    operation.op = op;
    CADENZA_ASSIGN_UNDER(field, operation.value, FromProto(value));
    return std::move(operation);
  };
  switch (proto.operation_case()) {
    case v1::AttributeOperation::kSet:
      return with_value(Op::kSet, "set", proto.set());
    case v1::AttributeOperation::kSetOnce:
      return with_value(Op::kSetOnce, "set_once", proto.set_once());
    case v1::AttributeOperation::kUnset:
      operation.op = Op::kUnset;
      return operation;
    case v1::AttributeOperation::kIncrement:
      return with_value(Op::kIncrement, "increment", proto.increment());
    case v1::AttributeOperation::kListAdd:
      return with_value(Op::kListAdd, "list_add", proto.list_add());
    case v1::AttributeOperation::kListRemove:
      return with_value(Op::kListRemove, "list_remove", proto.list_remove());
    case v1::AttributeOperation::OPERATION_NOT_SET:
      break;
  }
  return BadField("", "has no operation; set one of set, set_once, unset, increment, list_add, list_remove");
}

absl::StatusOr<Payload> AttributeChangeFromProto(const v1::AttributeChange& proto) {
  AttributeChange change;
  change.operations.reserve(proto.operations_size());
  for (int i = 0; i < proto.operations_size(); ++i) {
    CADENZA_ASSIGN_UNDER(StrCat("operations[", i, "]"), AttributeOperation operation,
                         OperationFromProto(proto.operations(i)));
    change.operations.push_back(std::move(operation));
  }
  return change;
}

absl::StatusOr<Payload> AddAliasFromProto(std::string_view workspace, const v1::AddAlias& proto) {
  if (!proto.has_alias()) return BadField("alias", "is required");
  CADENZA_ASSIGN_UNDER("alias", UserKey alias, AliasFromProto(workspace, proto.alias()));
  return AddAlias{std::move(alias)};
}

absl::StatusOr<Payload> SubscriptionChangeFromProto(const v1::SubscriptionChange& proto) {
  if (!v1::SubscriptionState_IsValid(proto.state())) return BadField("state", "is not a state that this server knows");
  return SubscriptionChange{proto.channel(), static_cast<SubscriptionState>(proto.state())};
}

// Without a kind: one of the server's own.
absl::StatusOr<Input> TriggerFromProto(std::string_view workspace, const v1::Input& proto) {
  if (proto.kind_case() != v1::Input::KIND_NOT_SET) return FromProto(workspace, proto);
  Input input;
  input.event_id = proto.event_id();
  CADENZA_ASSIGN_UNDER("user", input.user, FromProto(workspace, proto.user()));
  CADENZA_ASSIGN_UNDER("time", input.time, FromProto(proto.time()));
  input.payload = Evaluate();
  return input;
}

// A timer that fired holds the input that led to it, which is never such a one itself.
absl::StatusOr<Payload> TimerFiredFromProto(std::string_view workspace, const v1::TimerFired& proto) {
  auto content = std::make_shared<TimerContent>();
  content->purpose = static_cast<TimerPurpose>(proto.purpose());
  content->subject = proto.subject();
  content->note = proto.note();
  content->rule_set_revision = proto.rule_set_revision();
  if (proto.has_trigger()) {
    if (proto.trigger().has_timer_fired()) return BadField("trigger", "must not be a timer itself");
    CADENZA_ASSIGN_UNDER("trigger", Input trigger, TriggerFromProto(workspace, proto.trigger()));
    trigger.import = proto.imported();
    content->trigger = std::make_shared<const Input>(std::move(trigger));
  }
  return TimerFired{proto.timer_id(), proto.set_seq(), std::move(content)};
}

absl::StatusOr<Payload> CampaignLaunchFromProto(const v1::CampaignLaunch& proto) {
  CampaignLaunch launch{proto.campaign_id(), {}, proto.local_time(), proto.scheduled()};
  CADENZA_ASSIGN_OR_RETURN(launch.properties, PropertiesFromProto(proto.properties()));
  return launch;
}

absl::StatusOr<Payload> ReceiptFromProto(const v1::Receipt& proto) {
  if (!v1::Receipt::Kind_IsValid(proto.kind())) return BadField("kind", "is not a kind that this server knows");
  return Receipt{static_cast<Receipt::Kind>(proto.kind()), proto.message_id(), proto.link_id()};
}

absl::StatusOr<Payload> PayloadFromProto(std::string_view workspace, const v1::Input& proto) {
  const auto under = [](std::string_view field, absl::StatusOr<Payload> payload) -> absl::StatusOr<Payload> {
    if (!payload.ok()) return UnderField(payload.status(), field);
    return payload;
  };
  switch (proto.kind_case()) {
    case v1::Input::kCustomEvent:
      return under("custom_event", CustomEventFromProto(proto.custom_event()));
    case v1::Input::kPurchase:
      return under("purchase", PurchaseFromProto(proto.purchase()));
    case v1::Input::kSessionStart:
      return SessionStart{};
    case v1::Input::kSessionEnd:
      return SessionEnd{};
    case v1::Input::kAttributeChange:
      return under("attribute_change", AttributeChangeFromProto(proto.attribute_change()));
    case v1::Input::kIdentify:
      return Identify{UserKey::Anonymous(workspace, proto.identify().anonymous_id())};
    case v1::Input::kAddAlias:
      return under("add_alias", AddAliasFromProto(workspace, proto.add_alias()));
    case v1::Input::kSubscriptionChange:
      return under("subscription_change", SubscriptionChangeFromProto(proto.subscription_change()));
    case v1::Input::kTimerFired:
      return under("timer_fired", TimerFiredFromProto(workspace, proto.timer_fired()));
    case v1::Input::kCampaignLaunch:
      return under("campaign_launch", CampaignLaunchFromProto(proto.campaign_launch()));
    case v1::Input::kReceipt:
      return under("receipt", ReceiptFromProto(proto.receipt()));
    case v1::Input::KIND_NOT_SET:
      break;
  }
  return BadField("kind", "is required: set custom_event, purchase or another kind of input");
}

}  // namespace

absl::StatusOr<UserKey> FromProto(std::string_view workspace, const v1::UserRef& proto) {
  switch (proto.ref_case()) {
    case v1::UserRef::kUserId:
      return UserKey::User(workspace, proto.user_id());
    case v1::UserRef::kAnonymousId:
      return UserKey::Anonymous(workspace, proto.anonymous_id());
    case v1::UserRef::kAlias: {
      CADENZA_ASSIGN_UNDER("alias", UserKey alias, AliasFromProto(workspace, proto.alias()));
      return alias;
    }
    case v1::UserRef::REF_NOT_SET:
      break;
  }
  return BadField("", "names nobody; set user_id, anonymous_id or alias");
}

void ToProto(const UserKey& key, v1::UserRef* proto) {
  const std::string_view name = key.name();
  switch (key.kind()) {
    case RefKind::kUserId:
      proto->set_user_id(std::string(name));
      break;
    case RefKind::kAnonymousId:
      proto->set_anonymous_id(std::string(name));
      break;
    case RefKind::kAlias: {
      const size_t colon = name.find(':');
      proto->mutable_alias()->set_label(std::string(name.substr(0, colon)));
      proto->mutable_alias()->set_name(std::string(name.substr(colon + 1)));
      break;
    }
  }
}

absl::StatusOr<Input> FromProto(std::string_view workspace, const v1::Input& proto) {
  Input input;
  input.event_id = proto.event_id();
  if (!proto.has_user()) return BadField("user", "is required");
  CADENZA_ASSIGN_UNDER("user", input.user, FromProto(workspace, proto.user()));
  input.time = absl::InfinitePast();
  if (proto.has_time()) {
    CADENZA_ASSIGN_UNDER("time", input.time, FromProto(proto.time()));
  }
  CADENZA_ASSIGN_OR_RETURN(input.payload, PayloadFromProto(workspace, proto));
  input.body = SerializeDeterministic(proto);
  input.digest = DigestOf(input.body);
  return input;
}

}  // namespace cadenza
