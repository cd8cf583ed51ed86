// sets.contains(), sets.equivalent(), sets.intersects(): lists as sets. Quadratic, charged for every comparison.
#include "server/rules/cel/compare.h"
#include "server/rules/cel/functions.h"

namespace cadenza::cel {
namespace {

using Args = absl::Span<const Value>;
using Kind = Value::Kind;

bool AreLists(Args args) { return args[0].kind() == Kind::kList && args[1].kind() == Kind::kList; }

bool Holds(const ListInterface& list, const Value& wanted, CostMeter& cost) {
  for (size_t i = 0; i < list.size() && !cost.exhausted(); ++i) {
    if (Equal(list.at(i), wanted, &cost)) return true;
  }
  return false;
}

// Whether every element of `part` is in `whole`.
bool Contains(const ListInterface& whole, const ListInterface& part, CostMeter& cost) {
  for (size_t i = 0; i < part.size(); ++i) {
    if (!cost.Charge(1) || !Holds(whole, part.at(i), cost)) return false;
  }
  return true;
}

Value Answer(bool answer, const CallContext& context) {
  return context.cost.exhausted() ? CostExceeded() : Value::Bool(answer);
}

Value SetContains(Args args, CallContext& context) {
  if (!AreLists(args)) return NoOverload("sets.contains", args);
  return Answer(Contains(args[0].list_value(), args[1].list_value(), context.cost), context);
}

Value SetEquivalent(Args args, CallContext& context) {
  if (!AreLists(args)) return NoOverload("sets.equivalent", args);
  const ListInterface& a = args[0].list_value();
  const ListInterface& b = args[1].list_value();
  return Answer(Contains(a, b, context.cost) && Contains(b, a, context.cost), context);
}

Value SetIntersects(Args args, CallContext& context) {
  if (!AreLists(args)) return NoOverload("sets.intersects", args);
  const ListInterface& a = args[0].list_value();
  bool found = false;
  for (size_t i = 0; i < a.size() && !found && context.cost.Charge(1); ++i) {
    found = Holds(args[1].list_value(), a.at(i), context.cost);
  }
  return Answer(found, context);
}

}  // namespace

void AddSets(FunctionTable* table) {
  const Type list = Type::List(Type::Param("A"));
  const Signature signature{false, {list, list}, Type::Bool()};
  AddExtension(table, Extension::kSets, "sets.contains", SetContains, {signature});
  AddExtension(table, Extension::kSets, "sets.equivalent", SetEquivalent, {signature});
  AddExtension(table, Extension::kSets, "sets.intersects", SetIntersects, {signature});
}

}  // namespace cadenza::cel
