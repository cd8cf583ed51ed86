// + - * / % and negation. Integers report overflow; doubles follow IEEE 754.
#include <limits>
#include <vector>

#include "server/rules/cel/format.h"
#include "server/rules/cel/functions.h"
#include "server/rules/cel/text.h"

namespace cadenza::cel {
namespace {

using Args = absl::Span<const Value>;
using Kind = Value::Kind;

Value Overflow(std::string_view what) { return Value::Error(Cat(what, " overflow")); }

Value Timestamp(absl::Time time) {
  return InRange(time) ? Value::Timestamp(time) : Value::Error("timestamp out of range");
}

Value Duration(absl::Duration duration) {
  return InRange(duration) ? Value::Duration(duration) : Value::Error("duration out of range");
}

Value AddLists(const ListInterface& a, const ListInterface& b, CallContext& context) {
  if (!context.cost.Charge(static_cast<int64_t>(a.size() + b.size()))) return CostExceeded();
  std::vector<Value> elements;
  elements.reserve(a.size() + b.size());
  for (size_t i = 0; i < a.size(); ++i) elements.push_back(a.at(i));
  for (size_t i = 0; i < b.size(); ++i) elements.push_back(b.at(i));
  return Value::List(std::move(elements));
}

Value AddSame(const Value& a, const Value& b, CallContext& context) {
  switch (a.kind()) {
    case Kind::kInt: {
      int64_t sum = 0;
      return __builtin_add_overflow(a.int_value(), b.int_value(), &sum) ? Overflow("int") : Value::Int(sum);
    }
    case Kind::kUint: {
      uint64_t sum = 0;
      return __builtin_add_overflow(a.uint_value(), b.uint_value(), &sum) ? Overflow("uint") : Value::Uint(sum);
    }
    case Kind::kDouble:
      return Value::Double(a.double_value() + b.double_value());
    case Kind::kString:
      if (!context.cost.ChargeBytes(a.string_value().size() + b.string_value().size())) return CostExceeded();
      return Value::String(a.string_value() + b.string_value());
    case Kind::kBytes:
      if (!context.cost.ChargeBytes(a.bytes_value().size() + b.bytes_value().size())) return CostExceeded();
      return Value::MakeBytes(a.bytes_value() + b.bytes_value());
    case Kind::kDuration:
      return Duration(a.duration_value() + b.duration_value());
    case Kind::kList:
      return AddLists(a.list_value(), b.list_value(), context);
    default:
      return NoOverload("_+_", {a, b});
  }
}

Value Add(Args args, CallContext& context) {
  const Value& a = args[0];
  const Value& b = args[1];
  if (a.kind() == b.kind()) return AddSame(a, b, context);
  if (a.kind() == Kind::kTimestamp && b.kind() == Kind::kDuration) {
    return Timestamp(a.timestamp_value() + b.duration_value());
  }
  if (a.kind() == Kind::kDuration && b.kind() == Kind::kTimestamp) {
    return Timestamp(b.timestamp_value() + a.duration_value());
  }
  return NoOverload("_+_", args);
}

Value Subtract(Args args, CallContext&) {
  const Value& a = args[0];
  const Value& b = args[1];
  if (a.kind() == Kind::kTimestamp && b.kind() == Kind::kDuration) {
    return Timestamp(a.timestamp_value() - b.duration_value());
  }
  if (a.kind() != b.kind()) return NoOverload("_-_", args);
  switch (a.kind()) {
    case Kind::kInt: {
      int64_t difference = 0;
      const bool overflow = __builtin_sub_overflow(a.int_value(), b.int_value(), &difference);
      return overflow ? Overflow("int") : Value::Int(difference);
    }
    case Kind::kUint:
      if (b.uint_value() > a.uint_value()) return Overflow("uint");
      return Value::Uint(a.uint_value() - b.uint_value());
    case Kind::kDouble:
      return Value::Double(a.double_value() - b.double_value());
    case Kind::kTimestamp:
      return Duration(a.timestamp_value() - b.timestamp_value());
    case Kind::kDuration:
      return Duration(a.duration_value() - b.duration_value());
    default:
      return NoOverload("_-_", args);
  }
}

Value Multiply(Args args, CallContext&) {
  const Value& a = args[0];
  const Value& b = args[1];
  if (a.kind() != b.kind()) return NoOverload("_*_", args);
  switch (a.kind()) {
    case Kind::kInt: {
      int64_t product = 0;
      return __builtin_mul_overflow(a.int_value(), b.int_value(), &product) ? Overflow("int") : Value::Int(product);
    }
    case Kind::kUint: {
      uint64_t product = 0;
      const bool overflow = __builtin_mul_overflow(a.uint_value(), b.uint_value(), &product);
      return overflow ? Overflow("uint") : Value::Uint(product);
    }
    case Kind::kDouble:
      return Value::Double(a.double_value() * b.double_value());
    default:
      return NoOverload("_*_", args);
  }
}

// The lowest int has no opposite, so dividing it by -1 overflows (and traps, if tried).
bool DivisionOverflows(int64_t a, int64_t b) { return a == std::numeric_limits<int64_t>::min() && b == -1; }

Value Divide(Args args, CallContext&) {
  const Value& a = args[0];
  const Value& b = args[1];
  if (a.kind() != b.kind()) return NoOverload("_/_", args);
  switch (a.kind()) {
    case Kind::kInt:
      if (b.int_value() == 0) return Value::Error("division by zero");
      if (DivisionOverflows(a.int_value(), b.int_value())) return Overflow("int");
      return Value::Int(a.int_value() / b.int_value());
    case Kind::kUint:
      if (b.uint_value() == 0) return Value::Error("division by zero");
      return Value::Uint(a.uint_value() / b.uint_value());
    case Kind::kDouble:
      return Value::Double(a.double_value() / b.double_value());
    default:
      return NoOverload("_/_", args);
  }
}

Value Modulo(Args args, CallContext&) {
  const Value& a = args[0];
  const Value& b = args[1];
  if (a.kind() != b.kind()) return NoOverload("_%_", args);
  switch (a.kind()) {
    case Kind::kInt:
      if (b.int_value() == 0) return Value::Error("modulus by zero");
      if (DivisionOverflows(a.int_value(), b.int_value())) return Overflow("int");
      return Value::Int(a.int_value() % b.int_value());
    case Kind::kUint:
      if (b.uint_value() == 0) return Value::Error("modulus by zero");
      return Value::Uint(a.uint_value() % b.uint_value());
    default:
      return NoOverload("_%_", args);
  }
}

Value Negate(Args args, CallContext&) {
  if (args[0].kind() == Kind::kDouble) return Value::Double(-args[0].double_value());
  if (args[0].kind() != Kind::kInt) return NoOverload("-_", args);
  if (args[0].int_value() == std::numeric_limits<int64_t>::min()) return Overflow("int");
  return Value::Int(-args[0].int_value());
}

}  // namespace

void AddArithmetic(FunctionTable* table) {
  const auto same = [](const Type& type) { return Signature{false, {type, type}, type}; };
  const Type time = Type::Timestamp();
  const Type span = Type::Duration();
  const Type list = Type::List(Type::Param("A"));
  AddFunction(table, "_+_", Add,
              {same(Type::Int()), same(Type::Uint()), same(Type::Double()), same(Type::String()), same(Type::Bytes()),
               same(list), same(span), Signature{false, {time, span}, time}, Signature{false, {span, time}, time}});
  AddFunction(table, "_-_", Subtract,
              {same(Type::Int()), same(Type::Uint()), same(Type::Double()), same(span),
               Signature{false, {time, span}, time}, Signature{false, {time, time}, span}});
  AddFunction(table, "_*_", Multiply, {same(Type::Int()), same(Type::Uint()), same(Type::Double())});
  AddFunction(table, "_/_", Divide, {same(Type::Int()), same(Type::Uint()), same(Type::Double())});
  AddFunction(table, "_%_", Modulo, {same(Type::Int()), same(Type::Uint())});
  AddFunction(table, "-_", Negate,
              {Signature{false, {Type::Int()}, Type::Int()}, Signature{false, {Type::Double()}, Type::Double()}});
}

}  // namespace cadenza::cel
