// Indexing, `in`, size().
#include "server/rules/cel/compare.h"
#include "server/rules/cel/containers.h"
#include "server/rules/cel/functions.h"
#include "server/rules/cel/text.h"
#include "server/rules/cel/utf8.h"

namespace cadenza::cel {
namespace {

using Args = absl::Span<const Value>;
using Kind = Value::Kind;

// Any number that is whole serves as an index: [7, 8][1.0] is 8.
Value IndexList(const ListInterface& list, const Value& index) {
  const std::optional<Value> key = IsNumber(index) ? CanonicalKey(index) : std::nullopt;
  if (!key) return Value::Error(Cat("a list has no index ", index.DebugString()));
  const bool inside =
      key->kind() == Kind::kInt && key->int_value() >= 0 && static_cast<uint64_t>(key->int_value()) < list.size();
  if (!inside) {
    return Value::Error(Cat("index ", key->DebugString(), " is outside a list of ", list.size()));
  }
  return list.at(static_cast<size_t>(key->int_value()));
}

Value Index(Args args, CallContext&) {
  if (args[0].kind() == Kind::kList) return IndexList(args[0].list_value(), args[1]);
  if (args[0].kind() != Kind::kMap) return NoOverload("_[_]", args);
  if (std::optional<Value> found = args[0].map_value().Find(args[1])) return *std::move(found);
  return Value::Error(Cat("no such key: ", args[1].DebugString()));
}

Value In(Args args, CallContext& context) {
  if (args[1].kind() == Kind::kMap) return Value::Bool(args[1].map_value().Find(args[0]).has_value());
  if (args[1].kind() != Kind::kList) return NoOverload("@in", args);
  const ListInterface& list = args[1].list_value();
  for (size_t i = 0; i < list.size(); ++i) {
    if (Equal(args[0], list.at(i), &context.cost)) return Value::Bool(true);
    if (context.cost.exhausted()) return CostExceeded();
  }
  return Value::Bool(false);
}

Value Size(Args args, CallContext& context) {
  switch (args[0].kind()) {
    case Kind::kString:
      if (!context.cost.ChargeBytes(args[0].string_value().size())) return CostExceeded();
      return Value::Int(static_cast<int64_t>(CountCodePoints(args[0].string_value())));
    case Kind::kBytes:
      return Value::Int(static_cast<int64_t>(args[0].bytes_value().size()));
    case Kind::kList:
      return Value::Int(static_cast<int64_t>(args[0].list_value().size()));
    case Kind::kMap:
      return Value::Int(static_cast<int64_t>(args[0].map_value().size()));
    default:
      return NoOverload("size", args);
  }
}

}  // namespace

void AddCollections(FunctionTable* table) {
  const Type a = Type::Param("A");
  const Type b = Type::Param("B");
  const Type list = Type::List(a);
  const Type map = Type::Map(a, b);
  AddFunction(table, "_[_]", Index, {Signature{false, {list, Type::Int()}, a}, Signature{false, {map, a}, b}});
  AddFunction(table, "@in", In, {Signature{false, {a, list}, Type::Bool()}, Signature{false, {a, map}, Type::Bool()}});
  std::vector<Signature> sizes;
  for (const Type& type : {Type::String(), Type::Bytes(), list, map}) {
    sizes.push_back({false, {type}, Type::Int()});
    sizes.push_back({true, {type}, Type::Int()});
  }
  AddFunction(table, "size", Size, std::move(sizes));
}

}  // namespace cadenza::cel
