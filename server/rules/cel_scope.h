// `event`, `user` and `now` for conditions. Internal to server/rules.
#ifndef CADENZA_SERVER_RULES_CEL_SCOPE_H_
#define CADENZA_SERVER_RULES_CEL_SCOPE_H_

#include <optional>
#include <string_view>
#include <vector>

#include "server/rules/cel/cel.h"
#include "server/rules/facts.h"

namespace cadenza::rules {

// What a condition may name: event, user (facts.h), now, and the functions
//   user.event_count(name [, window])   user.first_event(name)   user.last_event(name)   user.spent(currency)
//   user.received(campaign_id [, window])   user.opened(campaign_id [, window])   user.clicked(campaign_id [, window])
//   user.subscribed(channel)   user.in_segment(segment_id)
// first_event and last_event of what never happened are errors. Made once, lives for ever; thread-safe.
const cel::Env& ConditionEnv();
// What an audience may name: the same without event.
const cel::Env& AudienceEnv();
// What a segment's condition may name: the same without event and user.in_segment().
const cel::Env& SegmentEnv();

// A model map (attributes, properties), read in place.
class CelValues : public cel::MapInterface {
 public:
  // Borrows.
  explicit CelValues(const ValueMap& values) : values_(&values) {}
  size_t size() const override { return values_->size(); }
  std::optional<cel::Value> Find(const cel::Value& key) const override;
  std::vector<cel::Value> Keys() const override;

 private:
  const ValueMap* values_;
};

// An object of facts.h as CEL reads it. Members without a value are absent: has() is false, reading them is an error.
// Not thread-safe; must stay where it is while values that it gave are in use.
class CelObject final : public cel::MapInterface {
 public:
  // Borrows both.
  CelObject(const Facts& facts, const ObjectSchema& schema) : facts_(&facts), schema_(&schema) {}
  size_t size() const override { return Keys().size(); }
  std::optional<cel::Value> Find(const cel::Value& key) const override;
  std::vector<cel::Value> Keys() const override;
  const Facts& facts() const { return *facts_; }

 private:
  cel::Value Borrowed(const ValueMap& values) const;

  const Facts* facts_;
  const ObjectSchema* schema_;
  // Its map of values, once it was asked for: an object has one at most, and need not allocate it.
  mutable std::optional<CelValues> values_;
};

// The values of one evaluation. Not thread-safe; the values it hands out must not outlive it.
class CelScope : public cel::Activation {
 public:
  // Borrows `facts`.
  explicit CelScope(const Facts& facts) : facts_(facts), event_(facts, EventSchema()), user_(facts, UserSchema()) {}
  std::optional<cel::Value> Find(std::string_view name) const override;
  // The Facts, for the native fields and functions of ConditionEnv.
  const void* native() const override { return &facts_; }

 private:
  const Facts& facts_;
  CelObject event_;
  CelObject user_;
};

}  // namespace cadenza::rules

#endif  // CADENZA_SERVER_RULES_CEL_SCOPE_H_
