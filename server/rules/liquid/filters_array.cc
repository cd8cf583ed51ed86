#include <algorithm>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "server/rules/liquid/datum.h"
#include "server/rules/liquid/filters.h"
#include "server/rules/liquid/text.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::liquid {
namespace {

using Result = absl::StatusOr<Value>;

Result Default(const FilterCall& call) {
  const bool allow_false = IsTruthy(call.option);
  const bool missing = allow_false ? call.input.is_null() : !IsTruthy(call.input);
  if (!missing && !Equal(Datum(Special::kEmpty), Datum(&call.input))) return call.input;
  return call.arguments.empty() ? Value::String("") : call.arguments[0];
}

Result Size(const FilterCall& call) {
  const Datum size = Member(call.input, Value::String("size"), true);
  if (call.input.kind() == Value::Kind::kMap) return Value::Int(static_cast<int64_t>(call.input.map_value().size()));
  const Value* value = ValueIn(size);
  return value == nullptr || value->is_null() ? Value::Int(0) : *value;
}

Result First(const FilterCall& call) {
  if (call.input.kind() == Value::Kind::kList && !call.input.list_value().empty())
    return call.input.list_value().front();
  if (call.input.kind() != Value::Kind::kMap || call.input.map_value().empty()) return Value();
  const auto& [key, value] = *call.input.map_value().begin();
  return Value::List({Value::String(key), value});
}

Result Last(const FilterCall& call) {
  if (call.input.kind() != Value::Kind::kList || call.input.list_value().empty()) return Value();
  return call.input.list_value().back();
}

Result Join(const FilterCall& call) {
  const std::string glue = call.Text(0, " ");
  std::string out;
  bool first = true;
  for (const Value& element : Elements(call.input)) {
    if (!first) out.append(glue);
    first = false;
    AppendText(element, &out);
    if (out.size() > call.most_bytes) return TooLong(call);
  }
  return Value::String(std::move(out));
}

Result Concat(const FilterCall& call) {
  if (call.arguments[0].kind() != Value::Kind::kList) return absl::InvalidArgumentError("concat takes a list");
  ValueList elements = Elements(call.input);
  const ValueList& more = call.arguments[0].list_value();
  elements.insert(elements.end(), more.begin(), more.end());
  return Value::List(std::move(elements));
}

Result Reverse(const FilterCall& call) {
  ValueList elements = Elements(call.input);
  std::reverse(elements.begin(), elements.end());
  return Value::List(std::move(elements));
}

Result Map(const FilterCall& call) {
  ValueList mapped;
  for (const Value& element : Elements(call.input)) {
    CADENZA_ASSIGN_OR_RETURN(Value value, Property(element, call.arguments[0]));
    mapped.push_back(std::move(value));
  }
  return Value::List(std::move(mapped));
}

// The elements with what they are judged by: themselves, or the property that the first argument names.
struct Keyed {
  Value key;
  Value element;
};

absl::StatusOr<std::vector<Keyed>> KeyedElements(const FilterCall& call) {
  std::vector<Keyed> keyed;
  for (Value& element : Elements(call.input)) {
    Value key = element;
    if (call.Has(0)) {
      CADENZA_ASSIGN_OR_RETURN(key, Property(element, call.arguments[0]));
    }
    keyed.push_back({std::move(key), std::move(element)});
  }
  return keyed;
}

Value ToList(std::vector<Keyed> keyed) {
  ValueList list;
  list.reserve(keyed.size());
  for (Keyed& each : keyed) list.push_back(std::move(each.element));
  return Value::List(std::move(list));
}

Result Compact(const FilterCall& call) {
  CADENZA_ASSIGN_OR_RETURN(std::vector<Keyed> keyed, KeyedElements(call));
  keyed.erase(std::remove_if(keyed.begin(), keyed.end(), [](const Keyed& each) { return each.key.is_null(); }),
              keyed.end());
  return ToList(std::move(keyed));
}

Result Uniq(const FilterCall& call) {
  CADENZA_ASSIGN_OR_RETURN(std::vector<Keyed> keyed, KeyedElements(call));
  absl::flat_hash_set<std::string> seen;
  auto repeated = [&seen](const Keyed& each) {
    return !seen.insert(StrCat(KindName(each.key.kind()), " ", ToText(each.key))).second;
  };
  keyed.erase(std::remove_if(keyed.begin(), keyed.end(), repeated), keyed.end());
  return ToList(std::move(keyed));
}

// Numbers among themselves, strings among themselves, nil last.
Result Sort(const FilterCall& call) {
  CADENZA_ASSIGN_OR_RETURN(std::vector<Keyed> keyed, KeyedElements(call));
  const Keyed* sample = nullptr;
  for (const Keyed& each : keyed) {
    if (each.key.is_null()) continue;
    if (sample == nullptr) sample = &each;
    const auto order = Compare(each.key, sample->key);
    if (!order.ok() || !order->has_value()) {
      if (keyed.size() == 1) break;
      return absl::InvalidArgumentError(
          StrCat("cannot sort ", KindName(sample->key.kind()), " with ", KindName(each.key.kind())));
    }
  }
  std::stable_sort(keyed.begin(), keyed.end(), [](const Keyed& a, const Keyed& b) {
    if (a.key.is_null() || b.key.is_null()) return !a.key.is_null() && b.key.is_null();
    return Compare(a.key, b.key)->value_or(0) < 0;
  });
  return ToList(std::move(keyed));
}

// By the text in lower case, nil last.
Result SortNatural(const FilterCall& call) {
  CADENZA_ASSIGN_OR_RETURN(std::vector<Keyed> keyed, KeyedElements(call));
  for (Keyed& each : keyed) {
    if (!each.key.is_null()) each.key = Value::String(ToLower(ToText(each.key)));
  }
  std::stable_sort(keyed.begin(), keyed.end(), [](const Keyed& a, const Keyed& b) {
    if (a.key.is_null() || b.key.is_null()) return !a.key.is_null() && b.key.is_null();
    return a.key.string_value() < b.key.string_value();
  });
  return ToList(std::move(keyed));
}

}  // namespace

absl::Span<const Filter> ArrayFilters() {
  static constexpr Filter kFilters[] = {
      {"default", 0, 1, Default, "allow_false"},
      {"size", 0, 0, Size},
      {"first", 0, 0, First},
      {"last", 0, 0, Last},
      {"join", 0, 1, Join},
      {"concat", 1, 1, Concat},
      {"reverse", 0, 0, Reverse},
      {"map", 1, 1, Map},
      {"compact", 0, 1, Compact},
      {"uniq", 0, 1, Uniq},
      {"sort", 0, 1, Sort},
      {"sort_natural", 0, 1, SortNatural},
  };
  return kFilters;
}

}  // namespace cadenza::liquid
