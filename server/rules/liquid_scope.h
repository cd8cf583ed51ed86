// What templates may name. Internal to server/rules.
//
//   event, user          facts.h; {{ event.properties.total }}, {{ user.attributes.first_name }}
//   campaign             id, name (its display_name, or the id); Braze's api_id is the id
//   message              id, channel, locale ("" in the default language); Braze's campaign.dispatch_id is the id
//   now                  the clock of the input
//
// and as Braze writes it:
//
//   ${name}                    a user's standard attribute, by kStandardAttributes; user_id is the user's own
//   custom_attribute.${name}   user.attributes.name
//   event_properties.${name}   event.properties.name
//   campaign.${name}, message.${name}   the members above
#ifndef CADENZA_SERVER_RULES_LIQUID_SCOPE_H_
#define CADENZA_SERVER_RULES_LIQUID_SCOPE_H_

#include <memory>
#include <string_view>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "absl/types/span.h"
#include "server/rules/facts.h"
#include "server/rules/liquid/liquid.h"
#include "storage/model/campaign.h"

namespace cadenza::rules {

// The attributes that ${name} stands for: user.attributes of the same names, but user_id, which is user.id.
inline constexpr std::string_view kStandardAttributes[] = {"user_id",
                                                           "first_name",
                                                           "last_name",
                                                           "email_address",
                                                           "phone_number",
                                                           "language",
                                                           "time_zone",
                                                           "country",
                                                           "city",
                                                           "date_of_birth",
                                                           "gender",
                                                           "twitter_handle",
                                                           "most_recent_app_version",
                                                           "most_recent_locale",
                                                           "most_recent_location",
                                                           "last_used_app_date"};

// For liquid::ParseOptions: whether a template can read something by this path. Attributes and properties may have any
// name.
bool IsKnownName(absl::Span<const std::string_view> path);

// A model map (attributes, properties), read in place.
class LiquidValues : public liquid::Scope {
 public:
  explicit LiquidValues(const ValueMap& values) : values_(&values) {}
  const Value* Borrow(std::string_view name) const override { return values_->Find(name); }
  Value Lookup(std::string_view name) const override {
    const Value* value = values_->Find(name);
    return value == nullptr ? Value() : *value;
  }
  bool Defines(std::string_view name) const override { return values_->Find(name) != nullptr; }
  Value Whole() const override { return Value::Map(*values_); }

 private:
  const ValueMap* values_;
};

// An object of facts.h as Liquid reads it. Members without a value are nil; durations are whole seconds.
// Not thread-safe: it keeps the objects below it once they were asked for.
class LiquidObject : public liquid::Scope {
 public:
  // Borrows both.
  LiquidObject(const Facts& facts, const ObjectSchema& schema) : facts_(&facts), schema_(&schema) {}
  Value Lookup(std::string_view name) const override;
  const liquid::Scope* Nested(std::string_view name) const override;
  bool Defines(std::string_view name) const override { return schema_->Find(name) != nullptr; }

 private:
  const Facts* facts_;
  const ObjectSchema* schema_;
  // By member: there are two at most.
  mutable absl::InlinedVector<std::pair<const Member*, std::unique_ptr<const liquid::Scope>>, 2> nested_;
};

// The message that is being written.
struct MessageFacts {
  const Campaign* campaign = nullptr;
  std::string_view message_id;
  std::string_view locale;  // of the text that was chosen
};

// `campaign` and `message`.
class LiquidMessage : public liquid::Scope {
 public:
  // Borrows.
  LiquidMessage(const MessageFacts& facts, bool is_campaign) : facts_(&facts), is_campaign_(is_campaign) {}
  Value Lookup(std::string_view name) const override;
  bool Defines(std::string_view name) const override;

 private:
  const MessageFacts* facts_;
  const bool is_campaign_;
};

// The names at the top of a template. Not thread-safe.
class LiquidScope : public liquid::Scope {
 public:
  // Borrows both.
  LiquidScope(const Facts& facts, const MessageFacts& message);
  const Value* Borrow(std::string_view name) const override;
  Value Lookup(std::string_view name) const override;
  const liquid::Scope* Nested(std::string_view name) const override;
  bool Defines(std::string_view name) const override;

 private:
  const Facts& facts_;
  LiquidObject event_;
  LiquidObject user_;
  LiquidValues attributes_;
  LiquidMessage campaign_;
  LiquidMessage message_;
};

}  // namespace cadenza::rules

#endif  // CADENZA_SERVER_RULES_LIQUID_SCOPE_H_
