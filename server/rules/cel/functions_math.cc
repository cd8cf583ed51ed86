// math.greatest(), math.least(), rounding, abs(), sign(), sqrt(), and what kind of double it is. functions_bits.cc has
// the rest of math.
#include <cmath>
#include <limits>

#include "server/rules/cel/compare.h"
#include "server/rules/cel/functions.h"
#include "server/rules/cel/text.h"

namespace cadenza::cel {
namespace {

using Args = absl::Span<const Value>;
using Kind = Value::Kind;

// The value of `get(0)` to `get(size - 1)` that is before all others in order, the first of several. `name` is for
// errors.
template <typename Get>
Value Extreme(std::string_view name, size_t size, Ordering order, Get get) {
  Value best = get(0);
  if (!IsNumber(best)) return NoOverload(name, {best});
  for (size_t i = 1; i < size; ++i) {
    Value value = get(i);
    if (!IsNumber(value)) return NoOverload(name, {value});
    if (Compare(value, best) == order) best = std::move(value);
  }
  return best;
}

Value ExtremeOf(std::string_view name, Args args, Ordering order, CallContext& context) {
  if (args.size() > 1 || args[0].kind() != Kind::kList) {
    return Extreme(name, args.size(), order, [&](size_t i) { return args[i]; });
  }
  const ListInterface& list = args[0].list_value();
  if (list.size() == 0) return Value::Error(Cat(name, "() of an empty list"));
  if (!context.cost.Charge(static_cast<int64_t>(list.size()))) return CostExceeded();
  return Extreme(name, list.size(), order, [&](size_t i) { return list.at(i); });
}

Value Greatest(Args args, CallContext& context) {
  return ExtremeOf("math.greatest", args, Ordering::kGreater, context);
}

Value Least(Args args, CallContext& context) { return ExtremeOf("math.least", args, Ordering::kLess, context); }

template <typename Function>
Value OfDouble(std::string_view name, Args args, Function function) {
  if (args[0].kind() != Kind::kDouble) return NoOverload(name, args);
  return function(args[0].double_value());
}

Value Ceil(Args args, CallContext&) {
  return OfDouble("math.ceil", args, [](double x) { return Value::Double(std::ceil(x)); });
}
Value Floor(Args args, CallContext&) {
  return OfDouble("math.floor", args, [](double x) { return Value::Double(std::floor(x)); });
}
// Halves go away from zero.
Value Round(Args args, CallContext&) {
  return OfDouble("math.round", args, [](double x) { return Value::Double(std::round(x)); });
}
Value Trunc(Args args, CallContext&) {
  return OfDouble("math.trunc", args, [](double x) { return Value::Double(std::trunc(x)); });
}
Value IsNaN(Args args, CallContext&) {
  return OfDouble("math.isNaN", args, [](double x) { return Value::Bool(std::isnan(x)); });
}
Value IsInf(Args args, CallContext&) {
  return OfDouble("math.isInf", args, [](double x) { return Value::Bool(std::isinf(x)); });
}
Value IsFinite(Args args, CallContext&) {
  return OfDouble("math.isFinite", args, [](double x) { return Value::Bool(std::isfinite(x)); });
}

Value Abs(Args args, CallContext&) {
  switch (args[0].kind()) {
    case Kind::kInt:
      if (args[0].int_value() == std::numeric_limits<int64_t>::min()) return Value::Error("int overflow");
      return Value::Int(std::abs(args[0].int_value()));
    case Kind::kUint:
      return args[0];
    case Kind::kDouble:
      return Value::Double(std::fabs(args[0].double_value()));
    default:
      return NoOverload("math.abs", args);
  }
}

double SignOf(double x) { return std::isnan(x) ? x : x > 0 ? 1.0 : x < 0 ? -1.0 : 0.0; }

Value Sign(Args args, CallContext&) {
  switch (args[0].kind()) {
    case Kind::kInt:
      return Value::Int((args[0].int_value() > 0 ? 1 : 0) - (args[0].int_value() < 0 ? 1 : 0));
    case Kind::kUint:
      return Value::Uint(args[0].uint_value() > 0 ? 1 : 0);
    case Kind::kDouble:
      return Value::Double(SignOf(args[0].double_value()));
    default:
      return NoOverload("math.sign", args);
  }
}

Value Sqrt(Args args, CallContext&) {
  switch (args[0].kind()) {
    case Kind::kInt:
      return Value::Double(std::sqrt(static_cast<double>(args[0].int_value())));
    case Kind::kUint:
      return Value::Double(std::sqrt(static_cast<double>(args[0].uint_value())));
    case Kind::kDouble:
      return Value::Double(std::sqrt(args[0].double_value()));
    default:
      return NoOverload("math.sqrt", args);
  }
}

// Of one number, of two, of a list of them. Of mixed types the result is dyn.
std::vector<Signature> ExtremeSignatures() {
  std::vector<Signature> signatures;
  const std::vector<Type> numbers = {Type::Int(), Type::Uint(), Type::Double()};
  for (const Type& a : numbers) {
    signatures.push_back({false, {a}, a});
    signatures.push_back({false, {Type::List(a)}, a});
    for (const Type& b : numbers) signatures.push_back({false, {a, b}, a == b ? a : Type::Dyn()});
  }
  return signatures;
}

}  // namespace

void AddMath(FunctionTable* table) {
  const auto add = [&](std::string_view name, Implementation implementation, std::vector<Signature> signatures) {
    AddExtension(table, Extension::kMath, name, implementation, std::move(signatures));
  };
  const Type i = Type::Int();
  const Type u = Type::Uint();
  const Type d = Type::Double();
  add("math.greatest", Greatest, ExtremeSignatures());
  add("math.least", Least, ExtremeSignatures());
  const Signature rounding{false, {d}, d};
  add("math.ceil", Ceil, {rounding});
  add("math.floor", Floor, {rounding});
  add("math.round", Round, {rounding});
  add("math.trunc", Trunc, {rounding});
  const Signature test{false, {d}, Type::Bool()};
  add("math.isNaN", IsNaN, {test});
  add("math.isInf", IsInf, {test});
  add("math.isFinite", IsFinite, {test});
  const std::vector<Signature> same = {Signature{false, {i}, i}, Signature{false, {u}, u}, Signature{false, {d}, d}};
  add("math.abs", Abs, same);
  add("math.sign", Sign, same);
  add("math.sqrt", Sqrt, {Signature{false, {i}, d}, Signature{false, {u}, d}, Signature{false, {d}, d}});
}

}  // namespace cadenza::cel
