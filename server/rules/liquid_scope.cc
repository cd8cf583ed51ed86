#include "server/rules/liquid_scope.h"

#include <algorithm>
#include <iterator>
#include <string>

namespace cadenza::rules {
namespace {

constexpr std::string_view kUserId = "user_id";
constexpr std::string_view kCampaignMembers[] = {"id", "name", "api_id", "dispatch_id"};
constexpr std::string_view kMessageMembers[] = {"id", "channel", "locale"};
constexpr std::string_view kTopNames[] = {"event",   "user", "custom_attribute", "event_properties", "campaign",
                                          "message", "now"};

template <size_t n>
bool IsOneOf(std::string_view name, const std::string_view (&names)[n]) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

// The name in ${name}; empty if it is none.
std::string_view InBraces(std::string_view name) {
  return name.starts_with("${") && name.ends_with('}') ? name.substr(2, name.size() - 3) : std::string_view();
}

Value Text(std::string_view text) { return Value::String(std::string(text)); }

bool IsKnownMember(const ObjectSchema& schema, absl::Span<const std::string_view> path) {
  if (path.empty()) return true;
  const Member* member = schema.Find(path[0]);
  if (member == nullptr) return false;
  if (member->type != FactType::kObject) return true;
  const ObjectSchema& below = member->name == "session" ? SessionSchema() : PurchasesSchema();
  return IsKnownMember(below, path.subspan(1));
}

}  // namespace

bool IsKnownName(absl::Span<const std::string_view> path) {
  if (path.empty()) return true;
  const std::string_view top = path[0];
  if (const std::string_view name = InBraces(top); !name.empty()) return IsOneOf(name, kStandardAttributes);
  if (top == "event") return IsKnownMember(EventSchema(), path.subspan(1));
  if (top == "user") return IsKnownMember(UserSchema(), path.subspan(1));
  if (top == "campaign") return path.size() == 1 || IsOneOf(path[1], kCampaignMembers);
  if (top == "message") return path.size() == 1 || IsOneOf(path[1], kMessageMembers);
  return IsOneOf(top, kTopNames);
}

Value LiquidObject::Lookup(std::string_view name) const {
  const Member* member = schema_->Find(name);
  if (member == nullptr) return Value();
  const Fact fact = member->read(*facts_);
  if (const Value* value = std::get_if<Value>(&fact)) return *value;
  if (const std::string* const* text = std::get_if<const std::string*>(&fact)) return Value::String(**text);
  if (const absl::Duration* duration = std::get_if<absl::Duration>(&fact))
    return Value::Int(absl::ToInt64Seconds(*duration));
  return Value();
}

const liquid::Scope* LiquidObject::Nested(std::string_view name) const {
  const Member* member = schema_->Find(name);
  if (member == nullptr || (member->type != FactType::kValues && member->type != FactType::kObject)) return nullptr;
  for (const auto& [known, scope] : nested_) {
    if (known == member) return scope.get();
  }
  const Fact fact = member->read(*facts_);
  std::unique_ptr<const liquid::Scope> nested;
  if (const ValueMap* const* values = std::get_if<const ValueMap*>(&fact)) {
    nested = std::make_unique<LiquidValues>(**values);
  } else if (const ObjectSchema* const* schema = std::get_if<const ObjectSchema*>(&fact)) {
    nested = std::make_unique<LiquidObject>(*facts_, **schema);
  }
  return nested_.emplace_back(member, std::move(nested)).second.get();
}

Value LiquidMessage::Lookup(std::string_view name) const {
  const Campaign& campaign = *facts_->campaign;
  if (!is_campaign_) {
    if (name == "id") return Text(facts_->message_id);
    if (name == "channel") return Text(campaign.message.channel);
    return name == "locale" ? Text(facts_->locale) : Value();
  }
  if (name == "id" || name == "api_id") return Text(campaign.campaign_id);
  if (name == "name") return Text(campaign.display_name.empty() ? campaign.campaign_id : campaign.display_name);
  return name == "dispatch_id" ? Text(facts_->message_id) : Value();
}

bool LiquidMessage::Defines(std::string_view name) const {
  return is_campaign_ ? IsOneOf(name, kCampaignMembers) : IsOneOf(name, kMessageMembers);
}

LiquidScope::LiquidScope(const Facts& facts, const MessageFacts& message)
    : facts_(facts),
      event_(facts, EventSchema()),
      user_(facts, UserSchema()),
      attributes_(facts.profile->attributes),
      campaign_(message, /*is_campaign=*/true),
      message_(message, /*is_campaign=*/false) {}

const Value* LiquidScope::Borrow(std::string_view name) const {
  const std::string_view standard = InBraces(name);
  return standard.empty() || standard == kUserId ? nullptr : facts_.profile->attributes.Find(standard);
}

Value LiquidScope::Lookup(std::string_view name) const {
  if (name == "now") return Value::Timestamp(facts_.now);
  if (InBraces(name) == kUserId) return Text(facts_.profile->key.name());
  const Value* attribute = Borrow(name);
  return attribute == nullptr ? Value() : *attribute;
}

const liquid::Scope* LiquidScope::Nested(std::string_view name) const {
  if (name == "event") return &event_;
  if (name == "user") return &user_;
  if (name == "custom_attribute") return &attributes_;
  if (name == "event_properties") return event_.Nested("properties");
  if (name == "campaign") return &campaign_;
  if (name == "message") return &message_;
  return nullptr;
}

bool LiquidScope::Defines(std::string_view name) const {
  return IsOneOf(name, kTopNames) || IsOneOf(InBraces(name), kStandardAttributes);
}

}  // namespace cadenza::rules
