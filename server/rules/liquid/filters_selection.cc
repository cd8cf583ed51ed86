#include <optional>

#include "server/rules/liquid/datum.h"
#include "server/rules/liquid/filters.h"
#include "server/rules/liquid/number.h"
#include "storage/base/status_macros.h"

namespace cadenza::liquid {
namespace {

using Result = absl::StatusOr<Value>;

// Whether the element's property (first argument) equals the second argument; without one, whether it is truthy.
absl::StatusOr<bool> Matches(const FilterCall& call, const Value& element) {
  CADENZA_ASSIGN_OR_RETURN(const Value value, Property(element, call.arguments[0]));
  return call.Has(1) ? Equal(value, call.arguments[1]) : IsTruthy(value);
}

// A list with an element in which there can be nothing to look for (nil, true, 1.5; a string without a text to look
// for) selects as nil.
bool IsSelectable(const FilterCall& call, const ValueList& elements) {
  for (const Value& element : elements) {
    const Value::Kind kind = element.kind();
    if (kind != Value::Kind::kMap && kind != Value::Kind::kString && kind != Value::Kind::kInt) return false;
    if (kind == Value::Kind::kString && !call.Has(0)) return false;
  }
  return true;
}

Result Select(const FilterCall& call, bool wanted) {
  const ValueList elements = Elements(call.input);
  if (!IsSelectable(call, elements)) return Value();
  ValueList selected;
  for (const Value& element : elements) {
    CADENZA_ASSIGN_OR_RETURN(const bool matches, Matches(call, element));
    if (matches == wanted) selected.push_back(element);
  }
  return Value::List(std::move(selected));
}

// The index of the first match; -1 if there is none.
absl::StatusOr<int64_t> FirstMatch(const FilterCall& call, const ValueList& elements) {
  for (size_t i = 0; i < elements.size(); ++i) {
    CADENZA_ASSIGN_OR_RETURN(const bool matches, Matches(call, elements[i]));
    if (matches) return static_cast<int64_t>(i);
  }
  return -1;
}

Result Where(const FilterCall& call) { return Select(call, true); }
Result Reject(const FilterCall& call) { return Select(call, false); }

Result Find(const FilterCall& call) {
  const ValueList elements = Elements(call.input);
  if (!IsSelectable(call, elements)) return Value();
  CADENZA_ASSIGN_OR_RETURN(const int64_t index, FirstMatch(call, elements));
  return index < 0 ? Value() : elements[static_cast<size_t>(index)];
}

Result FindIndex(const FilterCall& call) {
  const ValueList elements = Elements(call.input);
  if (!IsSelectable(call, elements)) return Value();
  CADENZA_ASSIGN_OR_RETURN(const int64_t index, FirstMatch(call, elements));
  return index < 0 ? Value() : Value::Int(index);
}

Result Has(const FilterCall& call) {
  const ValueList elements = Elements(call.input);
  if (!IsSelectable(call, elements)) return Value();
  CADENZA_ASSIGN_OR_RETURN(const int64_t index, FirstMatch(call, elements));
  return Value::Bool(index >= 0);
}

Result Sum(const FilterCall& call) {
  Number sum = Number::Int(0);
  for (const Value& element : Elements(call.input)) {
    Value value = element;
    if (call.Has(0)) {
      CADENZA_ASSIGN_OR_RETURN(value, Property(element, call.arguments[0]));
    }
    sum = Add(sum, Number::Of(value));
  }
  return sum.ToValue();
}

}  // namespace

absl::Span<const Filter> SelectionFilters() {
  static constexpr Filter kFilters[] = {
      {"where", 1, 2, Where},          {"reject", 1, 2, Reject}, {"find", 1, 2, Find},
      {"find_index", 1, 2, FindIndex}, {"has", 1, 2, Has},       {"sum", 0, 1, Sum},
  };
  return kFilters;
}

}  // namespace cadenza::liquid
