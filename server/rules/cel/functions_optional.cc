// optional.of(), optional.none(), optional.ofNonZeroValue(), hasValue(), value(), or(), orValue(), optional.unwrap(),
// unwrapOpt(), and first() and last() of lists.
#include "absl/time/time.h"
#include "server/rules/cel/functions.h"

namespace cadenza::cel {
namespace {

using Args = absl::Span<const Value>;
using Kind = Value::Kind;

bool IsZero(const Value& value) {
  switch (value.kind()) {
    case Kind::kNull:
      return true;
    case Kind::kBool:
      return !value.bool_value();
    case Kind::kInt:
      return value.int_value() == 0;
    case Kind::kUint:
      return value.uint_value() == 0;
    case Kind::kDouble:
      return value.double_value() == 0;
    case Kind::kString:
      return value.string_value().empty();
    case Kind::kBytes:
      return value.bytes_value().empty();
    case Kind::kTimestamp:
      return value.timestamp_value() == absl::UnixEpoch();
    case Kind::kDuration:
      return value.duration_value() == absl::ZeroDuration();
    case Kind::kList:
      return value.list_value().size() == 0;
    case Kind::kMap:
      return value.map_value().size() == 0;
    default:
      return false;
  }
}

Value Of(Args args, CallContext&) { return Value::Optional(args[0]); }
Value None(Args, CallContext&) { return Value::OptionalNone(); }
Value OfNonZero(Args args, CallContext&) { return IsZero(args[0]) ? Value::OptionalNone() : Value::Optional(args[0]); }

Value HasValue(Args args, CallContext&) {
  if (args[0].kind() != Kind::kOptional) return NoOverload("hasValue", args);
  return Value::Bool(args[0].optional_value() != nullptr);
}

Value ValueInside(Args args, CallContext&) {
  if (args[0].kind() != Kind::kOptional) return NoOverload("value", args);
  const Value* inside = args[0].optional_value();
  return inside != nullptr ? *inside : Value::Error("optional.none() has no value");
}

// The planner makes nodes of these two, which evaluate their argument only if they must; here they are complete.
Value Or(Args args, CallContext&) {
  if (args[0].kind() != Kind::kOptional || args[1].kind() != Kind::kOptional) return NoOverload("or", args);
  return args[0].optional_value() != nullptr ? args[0] : args[1];
}

Value OrValue(Args args, CallContext&) {
  if (args[0].kind() != Kind::kOptional) return NoOverload("orValue", args);
  return args[0].optional_value() != nullptr ? *args[0].optional_value() : args[1];
}

Value Unwrap(Args args, CallContext& context) {
  if (args[0].kind() != Kind::kList) return NoOverload("optional.unwrap", args);
  const ListInterface& list = args[0].list_value();
  if (!context.cost.Charge(static_cast<int64_t>(list.size()))) return CostExceeded();
  std::vector<Value> present;
  for (size_t i = 0; i < list.size(); ++i) {
    const Value element = list.at(i);
    if (element.kind() != Kind::kOptional) return NoOverload("optional.unwrap", {element});
    if (element.optional_value() != nullptr) present.push_back(*element.optional_value());
  }
  return Value::List(std::move(present));
}

Value First(Args args, CallContext&) {
  if (args[0].kind() != Kind::kList) return NoOverload("first", args);
  const ListInterface& list = args[0].list_value();
  return list.size() == 0 ? Value::OptionalNone() : Value::Optional(list.at(0));
}

Value Last(Args args, CallContext&) {
  if (args[0].kind() != Kind::kList) return NoOverload("last", args);
  const ListInterface& list = args[0].list_value();
  return list.size() == 0 ? Value::OptionalNone() : Value::Optional(list.at(list.size() - 1));
}

}  // namespace

void AddOptionals(FunctionTable* table) {
  const auto add = [&](std::string_view name, Implementation implementation, bool member, std::vector<Type> arguments,
                       Type result) {
    AddExtension(table, Extension::kOptionals, name, implementation,
                 {Signature{member, std::move(arguments), std::move(result)}});
  };
  const Type a = Type::Param("A");
  const Type maybe = Type::Optional(a);
  add("optional.of", Of, false, {a}, maybe);
  add("optional.none", None, false, {}, maybe);
  add("optional.ofNonZeroValue", OfNonZero, false, {a}, maybe);
  add("hasValue", HasValue, true, {maybe}, Type::Bool());
  add("value", ValueInside, true, {maybe}, a);
  add("or", Or, true, {maybe, maybe}, maybe);
  add("orValue", OrValue, true, {maybe, a}, a);
  add("optional.unwrap", Unwrap, false, {Type::List(maybe)}, Type::List(a));
  add("unwrapOpt", Unwrap, true, {Type::List(maybe)}, Type::List(a));
  add("first", First, true, {Type::List(a)}, maybe);
  add("last", Last, true, {Type::List(a)}, maybe);
}

}  // namespace cadenza::cel
