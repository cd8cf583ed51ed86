// Liquid templates: parsed once, rendered many times under limits. Usable alone: knows nothing of profiles or
// campaigns.
//
// The language is Shopify's (shopify.github.io/liquid), with the braze-style {% abort_message "reason" %} as our own
// tag. Values come in through a Scope; text in a value is data and is never parsed.
#ifndef CADENZA_SERVER_RULES_LIQUID_LIQUID_H_
#define CADENZA_SERVER_RULES_LIQUID_LIQUID_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "storage/model/value.h"

namespace cadenza::liquid {

// Counted, not timed, so that a rendering is repeatable.
struct Limits {
  size_t template_bytes = 16 << 10;
  int block_depth = 100;           // nested tags
  size_t output_bytes = 64 << 10;  // captures and assigned strings count too
  int64_t steps = 100'000;         // nodes rendered, iterations, filter applications
};

// Names with values: the ones at the top of a template, or the members of one object. Implementations answer lazily,
// from the caller's own data; called only during Render, on its thread. What they hand out must live until Render
// returns.
class Scope {
 public:
  virtual ~Scope() = default;
  // Null value if there is no such name (Liquid renders that as nothing).
  virtual Value Lookup(std::string_view name) const = 0;
  // The scope behind a name that stands for an object ("user"); nullptr if the name is none of these. Asked before
  // Lookup.
  virtual const Scope* Nested(std::string_view /*name*/) const { return nullptr; }
  // All of it as one value, for a template that names the object itself ({% for pair in user.attributes %}). Null if
  // that makes no sense.
  virtual Value Whole() const { return Value(); }
};

// A scope over a map.
class MapScope : public Scope {
 public:
  explicit MapScope(ValueMap values) : values_(std::move(values)) {}
  Value Lookup(std::string_view name) const override {
    const Value* value = values_.Find(name);
    return value == nullptr ? Value() : *value;
  }
  Value Whole() const override { return Value::Map(values_); }

 private:
  ValueMap values_;
};

struct Rendering {
  std::string output;
  bool aborted = false;  // {% abort_message %} was reached; the output is to be dropped
  std::string abort_reason;
};

// Immutable: Render is safe from any thread.
class Template {
 public:
  // INVALID_ARGUMENT: "line L, column C: what is wrong". RESOURCE_EXHAUSTED: over a limit.
  static absl::StatusOr<std::shared_ptr<const Template>> Parse(std::string_view source, const Limits& limits = {});

  // `now` is what "now" and "today" mean to the date filter. Errors: INVALID_ARGUMENT (line, column: a filter got
  // arguments that it cannot take), RESOURCE_EXHAUSTED (over a limit).
  absl::StatusOr<Rendering> Render(const Scope& scope, absl::Time now) const;

  ~Template();
  Template(const Template&) = delete;
  Template& operator=(const Template&) = delete;

 private:
  Template();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cadenza::liquid

#endif  // CADENZA_SERVER_RULES_LIQUID_LIQUID_H_
