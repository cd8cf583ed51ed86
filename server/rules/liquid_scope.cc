#include "server/rules/liquid_scope.h"

namespace cadenza::rules {
namespace {

// A model map (attributes, properties), read in place.
class LiquidValues : public liquid::Scope {
 public:
  explicit LiquidValues(const ValueMap& values) : values_(&values) {}
  Value Lookup(std::string_view name) const override {
    const Value* found = values_->Find(name);
    return found == nullptr ? Value() : *found;
  }
  Value Whole() const override { return Value::Map(*values_); }

 private:
  const ValueMap* values_;
};

}  // namespace

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

Value LiquidScope::Lookup(std::string_view name) const {
  return name == "now" ? Value::Timestamp(facts_.now) : Value();
}

const liquid::Scope* LiquidScope::Nested(std::string_view name) const {
  if (name == "event") return &event_;
  if (name == "user") return &user_;
  return nullptr;
}

}  // namespace cadenza::rules
