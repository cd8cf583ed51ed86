// math.bitAnd(), bitOr(), bitXor(), bitNot(), bitShiftLeft(), bitShiftRight(): of the 64 bits of an int or a uint.
#include "server/rules/cel/functions.h"

namespace cadenza::cel {
namespace {

using Args = absl::Span<const Value>;
using Kind = Value::Kind;

bool IsInteger(const Value& value) { return value.kind() == Kind::kInt || value.kind() == Kind::kUint; }

uint64_t Bits(const Value& value) {
  return value.kind() == Kind::kInt ? static_cast<uint64_t>(value.int_value()) : value.uint_value();
}

Value Like(const Value& value, uint64_t bits) {
  return value.kind() == Kind::kInt ? Value::Int(static_cast<int64_t>(bits)) : Value::Uint(bits);
}

template <typename Function>
Value OfTwo(std::string_view name, Args args, Function function) {
  if (!IsInteger(args[0]) || args[0].kind() != args[1].kind()) return NoOverload(name, args);
  return Like(args[0], function(Bits(args[0]), Bits(args[1])));
}

Value And(Args args, CallContext&) {
  return OfTwo("math.bitAnd", args, [](uint64_t a, uint64_t b) { return a & b; });
}
Value Or(Args args, CallContext&) {
  return OfTwo("math.bitOr", args, [](uint64_t a, uint64_t b) { return a | b; });
}
Value Xor(Args args, CallContext&) {
  return OfTwo("math.bitXor", args, [](uint64_t a, uint64_t b) { return a ^ b; });
}
Value Not(Args args, CallContext&) {
  return IsInteger(args[0]) ? Like(args[0], ~Bits(args[0])) : NoOverload("math.bitNot", args);
}

// Bits that are shifted out are lost and zeros come in, whatever the sign; by 64 and more nothing is left.
template <typename Function>
Value Shift(std::string_view name, Args args, Function function) {
  if (!IsInteger(args[0]) || args[1].kind() != Kind::kInt) return NoOverload(name, args);
  const int64_t by = args[1].int_value();
  if (by < 0) return Value::Error("a shift by a negative number of bits");
  return Like(args[0], by > 63 ? 0 : function(Bits(args[0]), static_cast<int>(by)));
}

Value ShiftLeft(Args args, CallContext&) {
  return Shift("math.bitShiftLeft", args, [](uint64_t bits, int by) { return bits << by; });
}
Value ShiftRight(Args args, CallContext&) {
  return Shift("math.bitShiftRight", args, [](uint64_t bits, int by) { return bits >> by; });
}

}  // namespace

void AddBits(FunctionTable* table) {
  const auto add = [&](std::string_view name, Implementation implementation, std::vector<Signature> signatures) {
    AddExtension(table, Extension::kMath, name, implementation, std::move(signatures));
  };
  const Type i = Type::Int();
  const Type u = Type::Uint();
  const std::vector<Signature> two = {Signature{false, {i, i}, i}, Signature{false, {u, u}, u}};
  add("math.bitAnd", And, two);
  add("math.bitOr", Or, two);
  add("math.bitXor", Xor, two);
  add("math.bitNot", Not, {Signature{false, {i}, i}, Signature{false, {u}, u}});
  const std::vector<Signature> shift = {Signature{false, {i, i}, i}, Signature{false, {u, i}, u}};
  add("math.bitShiftLeft", ShiftLeft, shift);
  add("math.bitShiftRight", ShiftRight, shift);
}

}  // namespace cadenza::cel
