#include "server/rules/facts.h"

#include <algorithm>
#include <optional>

#include "server/apply/messages.h"

namespace cadenza::rules {
namespace {

std::string_view KindText(InputKind kind) {
  switch (kind) {
    case InputKind::kCustomEvent:
      return "custom_event";
    case InputKind::kPurchase:
      return "purchase";
    case InputKind::kSessionStart:
      return "session_start";
    case InputKind::kSessionEnd:
      return "session_end";
    case InputKind::kAttributeChange:
      return "attribute_change";
    case InputKind::kIdentify:
      return "identify";
    case InputKind::kAddAlias:
      return "add_alias";
    case InputKind::kSubscriptionChange:
      return "subscription_change";
    case InputKind::kEvaluate:
      return "evaluate";
    case InputKind::kTimerFired:
      return "timer_fired";
    case InputKind::kCampaignLaunch:
      return "campaign_launch";
    case InputKind::kReceipt:
      return "receipt";
  }
  return "";
}

Fact Text(std::string_view text) { return Value::String(std::string(text)); }

Fact TimeOrNone(absl::Time time) {
  if (time == absl::InfinitePast()) return std::monostate();
  return Value::Timestamp(time);
}

double ToDouble(const Money& money) { return static_cast<double>(money.nanos) / static_cast<double>(kNanosPerUnit); }

const Purchase* PurchaseOf(const Facts& facts) { return std::get_if<Purchase>(&facts.input->payload); }

template <typename Read>
Fact OfPurchase(const Facts& facts, Read read) {
  const Purchase* purchase = PurchaseOf(facts);
  return purchase == nullptr ? Fact() : read(*purchase);
}

template <typename Read>
Fact OfReceipt(const Facts& facts, Read read) {
  const auto* receipt = std::get_if<Receipt>(&facts.input->payload);
  return receipt == nullptr ? Fact() : read(*receipt);
}

// A text of the message that the receipt is of.
template <typename Read>
Fact OfMessage(const Facts& facts, Read read) {
  return OfReceipt(facts, [&](const Receipt& receipt) {
    const std::optional<RecentMessage> message = apply::FindMessage(receipt, facts.input->clock, *facts.profile);
    return message.has_value() && !read(*message).empty() ? Text(read(*message)) : Fact();
  });
}

template <typename Read>
Fact OfSession(const Facts& facts, Read read) {
  const Session* session = SessionOf(facts);
  return session == nullptr ? Fact() : read(*session);
}

const ValueMap& PropertiesOf(const Facts& facts) {
  static const auto* none = new ValueMap();
  if (const auto* event = std::get_if<CustomEvent>(&facts.input->payload)) return event->properties;
  if (const auto* launch = std::get_if<CampaignLaunch>(&facts.input->payload)) return launch->properties;
  const Purchase* purchase = PurchaseOf(facts);
  return purchase == nullptr ? *none : purchase->properties;
}

const ValueMap& AttributesOf(const Facts& facts) { return facts.profile->attributes; }

const std::string* AddressOf(const std::string& text) { return &text; }

Fact EventName(const Facts& facts) {
  const auto* event = std::get_if<CustomEvent>(&facts.input->payload);
  return event != nullptr ? AddressOf(event->name) : Text(facts.input->event_name());
}

Fact TextAttribute(const Facts& facts, std::string_view name) {
  const Value* value = AttributesOf(facts).Find(name);
  return value != nullptr && value->kind() == Value::Kind::kString ? Fact(AddressOf(value->string_value())) : Fact();
}

// The aliases, as "label:name".
Fact Aliases(const Facts& facts) {
  ValueList aliases;
  for (const std::string& name : facts.profile->other_names) {
    if (name.starts_with("l:")) aliases.push_back(Value::String(name.substr(2)));
  }
  return Value::List(std::move(aliases));
}

Fact Revenue(const Facts& facts) {
  ValueMap revenue;
  for (const auto& [currency, money] : facts.profile->purchases.revenue)
    revenue.Set(currency, Value::Double(ToDouble(money)));
  return Value::Map(std::move(revenue));
}

}  // namespace

std::string_view ReceiptText(Receipt::Kind kind) {
  switch (kind) {
    case Receipt::Kind::kDelivered:
      return "delivered";
    case Receipt::Kind::kOpened:
      return "opened";
    case Receipt::Kind::kClicked:
      return "clicked";
    case Receipt::Kind::kDismissed:
      return "dismissed";
    case Receipt::Kind::kUnspecified:
      break;
  }
  return "";
}

Facts::Facts(const Input& of_input, const Profile& of_profile, absl::Duration gap, cel::Horizon* of_horizon)
    : input(&of_input),
      profile(&of_profile),
      now(of_input.clock),
      window_end(std::max(of_input.clock, of_input.time)),
      session_gap(gap),
      horizon(of_horizon) {
  const std::optional<Session>& current = of_profile.sessions.current;
  session = current.has_value() && window_end <= current->last_activity + session_gap ? &*current : nullptr;
}

const Session* SessionOf(const Facts& facts) {
  if (facts.horizon != nullptr && facts.session != nullptr) {
    facts.horizon->Until(facts.session->last_activity + facts.session_gap + absl::Nanoseconds(1));
  }
  return facts.session;
}

const Member* ObjectSchema::Find(std::string_view name) const {
  for (const Member& member : members) {
    if (member.name == name) return &member;
  }
  return nullptr;
}

const ObjectSchema& EventSchema() {
  static constexpr Member kMembers[] = {
      {"name", FactType::kString, EventName},
      {"properties", FactType::kValues, [](const Facts& f) -> Fact { return &PropertiesOf(f); }, PropertiesOf},
      {"time", FactType::kTimestamp, [](const Facts& f) -> Fact { return Value::Timestamp(f.input->time); }},
      {"id", FactType::kString, [](const Facts& f) -> Fact { return AddressOf(f.input->event_id); }},
      {"kind", FactType::kString, [](const Facts& f) { return Text(KindText(f.input->kind())); }},
      {"product_id", FactType::kString,
       [](const Facts& f) { return OfPurchase(f, [](const Purchase& p) -> Fact { return AddressOf(p.product_id); }); }},
      {"quantity", FactType::kInt,
       [](const Facts& f) { return OfPurchase(f, [](const Purchase& p) -> Fact { return Value::Int(p.quantity); }); }},
      {"price", FactType::kDouble,
       [](const Facts& f) {
         return OfPurchase(f, [](const Purchase& p) -> Fact { return Value::Double(ToDouble(p.price)); });
       }},
      {"currency", FactType::kString,
       [](const Facts& f) {
         return OfPurchase(f, [](const Purchase& p) -> Fact { return AddressOf(p.price.currency_code); });
       }},
      {"receipt", FactType::kString,
       [](const Facts& f) { return OfReceipt(f, [](const Receipt& r) -> Fact { return Text(ReceiptText(r.kind)); }); }},
      {"message_id", FactType::kString,
       [](const Facts& f) { return OfReceipt(f, [](const Receipt& r) -> Fact { return AddressOf(r.message_id); }); }},
      {"link_id", FactType::kString,
       [](const Facts& f) {
         return OfReceipt(f, [](const Receipt& r) -> Fact {
           return r.kind == Receipt::Kind::kClicked ? Fact(AddressOf(r.link_id)) : Fact();
         });
       }},
      {"campaign_id", FactType::kString,
       [](const Facts& f) { return OfMessage(f, [](const RecentMessage& m) { return m.campaign_id; }); }},
      {"variant_id", FactType::kString,
       [](const Facts& f) { return OfMessage(f, [](const RecentMessage& m) { return m.variant_id; }); }},
  };
  static constexpr ObjectSchema kSchema{"cadenza.Event", kMembers};
  return kSchema;
}

const ObjectSchema& UserSchema() {
  static constexpr Member kMembers[] = {
      {"attributes", FactType::kValues, [](const Facts& f) -> Fact { return &AttributesOf(f); }, AttributesOf},
      {"id", FactType::kString, [](const Facts& f) { return Text(f.profile->key.name()); }},
      {"anonymous", FactType::kBool,
       [](const Facts& f) -> Fact { return Value::Bool(f.profile->key.kind() == RefKind::kAnonymousId); }},
      {"created_at", FactType::kTimestamp, [](const Facts& f) { return TimeOrNone(f.profile->create_time); }},
      {"timezone", FactType::kString, [](const Facts& f) { return TextAttribute(f, kTimeZoneAttribute); }},
      {"language", FactType::kString, [](const Facts& f) { return TextAttribute(f, kLanguageAttribute); }},
      {"aliases", FactType::kStringList, Aliases},
      {"session", FactType::kObject, [](const Facts&) -> Fact { return &SessionSchema(); }},
      {"purchases", FactType::kObject, [](const Facts&) -> Fact { return &PurchasesSchema(); }},
  };
  static constexpr ObjectSchema kSchema{"cadenza.User", kMembers};
  return kSchema;
}

const ObjectSchema& SessionSchema() {
  static constexpr Member kMembers[] = {
      {"count", FactType::kInt, [](const Facts& f) -> Fact { return Value::Int(f.profile->sessions.count); }},
      {"active", FactType::kBool, [](const Facts& f) -> Fact { return Value::Bool(SessionOf(f) != nullptr); }},
      {"total_time", FactType::kDuration, [](const Facts& f) -> Fact { return f.profile->sessions.total_time; }},
      {"first_start", FactType::kTimestamp, [](const Facts& f) { return TimeOrNone(f.profile->sessions.first_start); }},
      {"last_start", FactType::kTimestamp, [](const Facts& f) { return TimeOrNone(f.profile->sessions.last_start); }},
      {"last_end", FactType::kTimestamp, [](const Facts& f) { return TimeOrNone(f.profile->sessions.last_end); }},
      {"id", FactType::kString,
       [](const Facts& f) { return OfSession(f, [](const Session& s) -> Fact { return AddressOf(s.id); }); }},
      {"start", FactType::kTimestamp,
       [](const Facts& f) { return OfSession(f, [](const Session& s) -> Fact { return Value::Timestamp(s.start); }); }},
      {"last_activity", FactType::kTimestamp,
       [](const Facts& f) {
         return OfSession(f, [](const Session& s) -> Fact { return Value::Timestamp(s.last_activity); });
       }},
      {"duration", FactType::kDuration,
       [](const Facts& f) { return OfSession(f, [](const Session& s) -> Fact { return s.duration(); }); }},
      {"event_count", FactType::kInt,
       [](const Facts& f) { return OfSession(f, [](const Session& s) -> Fact { return Value::Int(s.event_count); }); }},
  };
  static constexpr ObjectSchema kSchema{"cadenza.Session", kMembers};
  return kSchema;
}

const ObjectSchema& PurchasesSchema() {
  static constexpr Member kMembers[] = {
      {"count", FactType::kInt, [](const Facts& f) -> Fact { return Value::Int(f.profile->purchases.count); }},
      {"last_time", FactType::kTimestamp, [](const Facts& f) { return TimeOrNone(f.profile->purchases.last_time); }},
      {"revenue", FactType::kDoubles, Revenue},
  };
  static constexpr ObjectSchema kSchema{"cadenza.Purchases", kMembers};
  return kSchema;
}

const EventHistory* HistoryOf(const Facts& facts, std::string_view name) {
  auto found = facts.profile->events.find(name);
  return found == facts.profile->events.end() || found->second.count() == 0 ? nullptr : &found->second;
}

int64_t EventCount(const Facts& facts, std::string_view name) {
  const EventHistory* history = HistoryOf(facts, name);
  return history == nullptr ? 0 : history->count();
}

int64_t EventCountWithin(const Facts& facts, std::string_view name, absl::Duration window) {
  const EventHistory* history = HistoryOf(facts, name);
  if (history == nullptr) return 0;
  if (facts.horizon != nullptr) facts.horizon->Until(history->NextChange(window, facts.window_end));
  return history->CountWithin(window, facts.window_end);
}

double Spent(const Facts& facts, std::string_view currency) {
  auto found = facts.profile->purchases.revenue.find(currency);
  return found == facts.profile->purchases.revenue.end() ? 0 : ToDouble(found->second);
}

bool Received(const Facts& facts, std::string_view campaign_id, absl::Duration window) {
  auto found = facts.profile->campaigns.find(campaign_id);
  if (found == facts.profile->campaigns.end() || found->second.last_time <= facts.window_end - window) return false;
  if (facts.horizon != nullptr) facts.horizon->Until(found->second.last_time + window);
  return true;
}

bool ReportedWithin(const Facts& facts, Receipt::Kind kind, std::string_view campaign_id, absl::Duration window) {
  auto found = facts.profile->campaigns.find(campaign_id);
  if (found == facts.profile->campaigns.end()) return false;
  const ReceiptCount& receipts = found->second.Of(kind);
  if (receipts.count == 0 || receipts.last_time <= facts.window_end - window) return false;
  if (facts.horizon != nullptr) facts.horizon->Until(receipts.last_time + window);
  return true;
}

bool InSegment(const Facts& facts, std::string_view segment_id) {
  return facts.profile->segments.find(segment_id) != facts.profile->segments.end();
}

bool IsSubscribed(const Profile& profile, std::string_view channel) {
  auto state_of = [&profile](std::string_view name) {
    auto found = profile.subscriptions.find(name);
    return found == profile.subscriptions.end() ? SubscriptionState::kUnspecified : found->second;
  };
  const SubscriptionState own = state_of(channel);
  if (own == SubscriptionState::kUnsubscribed) return false;
  return own != SubscriptionState::kUnspecified || state_of("") != SubscriptionState::kUnsubscribed;
}

}  // namespace cadenza::rules
