// slice(), flatten(), sort(), distinct(), reverse() (of a string too), lists.range().
#include <algorithm>

#include "server/rules/cel/compare.h"
#include "server/rules/cel/functions.h"
#include "server/rules/cel/sorting.h"
#include "server/rules/cel/text.h"
#include "server/rules/cel/utf8.h"

namespace cadenza::cel {
namespace {

using Args = absl::Span<const Value>;
using Kind = Value::Kind;

Value Slice(Args args, CallContext& context) {
  if (args[0].kind() != Kind::kList || args[1].kind() != Kind::kInt || args[2].kind() != Kind::kInt) {
    return NoOverload("slice", args);
  }
  const ListInterface& list = args[0].list_value();
  const int64_t start = args[1].int_value();
  const int64_t end = args[2].int_value();
  if (start < 0 || start > end || static_cast<uint64_t>(end) > list.size()) {
    return Value::Error(Cat("slice(", start, ", ", end, ") is outside a list of ", list.size()));
  }
  if (!context.cost.Charge(end - start)) return CostExceeded();
  std::vector<Value> elements;
  elements.reserve(static_cast<size_t>(end - start));
  for (int64_t i = start; i < end; ++i) elements.push_back(list.at(static_cast<size_t>(i)));
  return Value::List(std::move(elements));
}

// Puts the elements of a list into `out`, and of a list among them its elements, so many levels down, with a stack of
// its own: the levels come from the caller.
bool FlattenInto(const Value& list, int64_t levels, CostMeter& cost, std::vector<Value>* out) {
  struct Place {
    Value list;
    size_t next;
  };
  std::vector<Place> stack = {{list, 0}};
  while (!stack.empty()) {
    Place& place = stack.back();
    if (place.next == place.list.list_value().size()) {
      stack.pop_back();
      continue;
    }
    if (!cost.Charge(1)) return false;
    Value element = place.list.list_value().at(place.next++);
    if (element.kind() == Kind::kList && static_cast<int64_t>(stack.size()) <= levels) {
      stack.push_back({std::move(element), 0});
    } else {
      out->push_back(std::move(element));
    }
  }
  return true;
}

Value Flatten(Args args, CallContext& context) {
  const bool fits = args[0].kind() == Kind::kList && (args.size() == 1 || args[1].kind() == Kind::kInt);
  if (!fits) return NoOverload("flatten", args);
  const int64_t levels = args.size() == 1 ? 1 : args[1].int_value();
  if (levels < 0) return Value::Error(Cat("flatten(", levels, "): the number of levels must not be negative"));
  std::vector<Value> elements;
  if (!FlattenInto(args[0], levels, context.cost, &elements)) return CostExceeded();
  return Value::List(std::move(elements));
}

bool Elements(const Value& list, CallContext& context, std::vector<Value>* out) {
  const size_t size = list.list_value().size();
  if (!context.cost.Charge(static_cast<int64_t>(size))) return false;
  out->reserve(size);
  for (size_t i = 0; i < size; ++i) out->push_back(list.list_value().at(i));
  return true;
}

Value Sort(Args args, CallContext& context) {
  if (args[0].kind() != Kind::kList) return NoOverload("sort", args);
  std::vector<Value> keys;
  if (!Elements(args[0], context, &keys)) return CostExceeded();
  return SortByKeys(args[0].list_value(), keys, context);
}

// Quadratic, as equality knows no order: charged for every comparison.
Value Distinct(Args args, CallContext& context) {
  if (args[0].kind() != Kind::kList) return NoOverload("distinct", args);
  std::vector<Value> elements;
  if (!Elements(args[0], context, &elements)) return CostExceeded();
  std::vector<Value> distinct;
  for (Value& element : elements) {
    const bool seen = std::any_of(distinct.begin(), distinct.end(),
                                  [&](const Value& other) { return Equal(element, other, &context.cost); });
    if (context.cost.exhausted()) return CostExceeded();
    if (!seen) distinct.push_back(std::move(element));
  }
  return Value::List(std::move(distinct));
}

Value Reverse(Args args, CallContext& context) {
  if (args[0].kind() == Kind::kString) {
    if (!context.cost.ChargeBytes(args[0].string_value().size())) return CostExceeded();
    return Value::String(ReverseCodePoints(args[0].string_value()));
  }
  if (args[0].kind() != Kind::kList) return NoOverload("reverse", args);
  std::vector<Value> elements;
  if (!Elements(args[0], context, &elements)) return CostExceeded();
  std::reverse(elements.begin(), elements.end());
  return Value::List(std::move(elements));
}

Value Range(Args args, CallContext& context) {
  if (args[0].kind() != Kind::kInt) return NoOverload("lists.range", args);
  const int64_t size = args[0].int_value();
  if (size < 0) return Value::Error(Cat("lists.range(", size, "): the size must not be negative"));
  if (size > context.cost.left() || !context.cost.Charge(size)) {
    context.cost.Charge(context.cost.left() + 1);
    return CostExceeded();
  }
  std::vector<Value> elements;
  elements.reserve(static_cast<size_t>(size));
  for (int64_t i = 0; i < size; ++i) elements.push_back(Value::Int(i));
  return Value::List(std::move(elements));
}

}  // namespace

void AddLists(FunctionTable* table) {
  const auto add = [&](std::string_view name, Implementation implementation, std::vector<Signature> signatures) {
    AddExtension(table, Extension::kLists, name, implementation, std::move(signatures));
  };
  const Type a = Type::Param("A");
  const Type list = Type::List(a);
  add("slice", Slice, {Signature{true, {list, Type::Int(), Type::Int()}, list}});
  add("flatten", Flatten,
      {Signature{true, {Type::List(list)}, list},
       Signature{true, {Type::List(Type::Dyn()), Type::Int()}, Type::List(Type::Dyn())}});
  std::vector<Signature> sorts;
  for (const Type& type : {Type::Int(), Type::Uint(), Type::Double(), Type::Bool(), Type::Duration(), Type::Timestamp(),
                           Type::String(), Type::Bytes()}) {
    sorts.push_back({true, {Type::List(type)}, Type::List(type)});
  }
  add("sort", Sort, std::move(sorts));
  add("distinct", Distinct, {Signature{true, {list}, list}});
  add("lists.range", Range, {Signature{false, {Type::Int()}, Type::List(Type::Int())}});
  AddFunction(table, "reverse", Reverse,
              {Signature{true, {list}, list, Extension::kLists},
               Signature{true, {Type::String()}, Type::String(), Extension::kStrings}});
}

}  // namespace cadenza::cel
