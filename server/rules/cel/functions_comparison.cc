// == != < <= > >= and negation of a bool.
#include "server/rules/cel/compare.h"
#include "server/rules/cel/functions.h"

namespace cadenza::cel {
namespace {

using Args = absl::Span<const Value>;

Value Equals(Args args, CallContext& context) { return Value::Bool(Equal(args[0], args[1], &context.cost)); }
Value Differs(Args args, CallContext& context) { return Value::Bool(!Equal(args[0], args[1], &context.cost)); }

size_t Bytes(const Value& value) {
  if (value.kind() == Value::Kind::kString) return value.string_value().size();
  if (value.kind() == Value::Kind::kBytes) return value.bytes_value().size();
  return 0;
}

template <typename Holds>
Value Ordered(std::string_view function, Args args, CallContext& context, Holds holds) {
  if (!context.cost.ChargeBytes(Bytes(args[0]))) return CostExceeded();
  const Ordering order = Compare(args[0], args[1]);
  if (order == Ordering::kIncomparable) return NoOverload(function, args);
  return Value::Bool(order != Ordering::kUnordered && holds(order));
}

Value Less(Args args, CallContext& context) {
  return Ordered("_<_", args, context, [](Ordering order) { return order == Ordering::kLess; });
}

Value LessOrEqual(Args args, CallContext& context) {
  return Ordered("_<=_", args, context, [](Ordering order) { return order != Ordering::kGreater; });
}

Value Greater(Args args, CallContext& context) {
  return Ordered("_>_", args, context, [](Ordering order) { return order == Ordering::kGreater; });
}

Value GreaterOrEqual(Args args, CallContext& context) {
  return Ordered("_>=_", args, context, [](Ordering order) { return order != Ordering::kLess; });
}

Value Not(Args args, CallContext&) {
  return args[0].kind() == Value::Kind::kBool ? Value::Bool(!args[0].bool_value()) : NoOverload("!_", args);
}

// Numbers of different types are ordered too; equality asks for one type, or dyn.
std::vector<Signature> OrderSignatures() {
  std::vector<Signature> signatures;
  const std::vector<Type> numbers = {Type::Int(), Type::Uint(), Type::Double()};
  for (const Type& a : numbers) {
    for (const Type& b : numbers) signatures.push_back({false, {a, b}, Type::Bool()});
  }
  for (const Type& type : {Type::Bool(), Type::String(), Type::Bytes(), Type::Timestamp(), Type::Duration()}) {
    signatures.push_back({false, {type, type}, Type::Bool()});
  }
  return signatures;
}

}  // namespace

void AddComparisons(FunctionTable* table) {
  const Signature equality{false, {Type::Param("A"), Type::Param("A")}, Type::Bool()};
  AddFunction(table, "_==_", Equals, {equality});
  AddFunction(table, "_!=_", Differs, {equality});
  AddFunction(table, "_<_", Less, OrderSignatures());
  AddFunction(table, "_<=_", LessOrEqual, OrderSignatures());
  AddFunction(table, "_>_", Greater, OrderSignatures());
  AddFunction(table, "_>=_", GreaterOrEqual, OrderSignatures());
  AddFunction(table, "!_", Not, {Signature{false, {Type::Bool()}, Type::Bool()}});
}

}  // namespace cadenza::cel
