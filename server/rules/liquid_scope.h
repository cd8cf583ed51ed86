// `event`, `user` and `now` for templates. Internal to server/rules.
#ifndef CADENZA_SERVER_RULES_LIQUID_SCOPE_H_
#define CADENZA_SERVER_RULES_LIQUID_SCOPE_H_

#include <memory>
#include <string_view>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "server/rules/facts.h"
#include "server/rules/liquid/liquid.h"

namespace cadenza::rules {

// An object of facts.h as Liquid reads it. Members without a value are nil; durations are whole seconds.
// Not thread-safe: it keeps the objects below it once they were asked for.
class LiquidObject : public liquid::Scope {
 public:
  // Borrows both.
  LiquidObject(const Facts& facts, const ObjectSchema& schema) : facts_(&facts), schema_(&schema) {}
  Value Lookup(std::string_view name) const override;
  const liquid::Scope* Nested(std::string_view name) const override;

 private:
  const Facts* facts_;
  const ObjectSchema* schema_;
  // By member: there are two at most.
  mutable absl::InlinedVector<std::pair<const Member*, std::unique_ptr<const liquid::Scope>>, 2> nested_;
};

// The names at the top of a template.
class LiquidScope : public liquid::Scope {
 public:
  // Borrows `facts`.
  explicit LiquidScope(const Facts& facts) : facts_(facts), event_(facts, EventSchema()), user_(facts, UserSchema()) {}
  Value Lookup(std::string_view name) const override;
  const liquid::Scope* Nested(std::string_view name) const override;

 private:
  const Facts& facts_;
  LiquidObject event_;
  LiquidObject user_;
};

}  // namespace cadenza::rules

#endif  // CADENZA_SERVER_RULES_LIQUID_SCOPE_H_
