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

// The place in a list that an index means; nothing if that is outside. Any number that is whole serves: [7, 8][1.0]
// is 8.
std::optional<size_t> Place(const ListInterface& list, const Value& index) {
  const std::optional<Value> key = CanonicalKey(index);
  const bool inside = key && key->kind() == Kind::kInt && key->int_value() >= 0 &&
                      static_cast<uint64_t>(key->int_value()) < list.size();
  return inside ? std::optional<size_t>(static_cast<size_t>(key->int_value())) : std::nullopt;
}

bool IsIndex(const Value& index) { return IsNumber(index) && CanonicalKey(index).has_value(); }

Value NoIndex(const Value& index) { return Value::Error(Cat("a list has no index ", index.DebugString())); }

Value IndexList(const ListInterface& list, const Value& index) {
  if (!IsIndex(index)) return NoIndex(index);
  if (const std::optional<size_t> place = Place(list, index)) return list.at(*place);
  return Value::Error(Cat("index ", index.DebugString(), " is outside a list of ", list.size()));
}

// What is not there is none, not an error. The container may be an optional itself.
Value OptionalIndex(Args args, CallContext&) {
  const Value* container = &args[0];
  if (container->kind() == Kind::kOptional) container = container->optional_value();
  if (container == nullptr) return Value::OptionalNone();
  if (container->kind() == Kind::kMap) {
    std::optional<Value> found = container->map_value().Find(args[1]);
    return found ? Value::Optional(*std::move(found)) : Value::OptionalNone();
  }
  if (container->kind() != Kind::kList) return NoOverload("_[?_]", args);
  if (!IsIndex(args[1])) return NoIndex(args[1]);
  const std::optional<size_t> place = Place(container->list_value(), args[1]);
  return place ? Value::Optional(container->list_value().at(*place)) : Value::OptionalNone();
}

Value Index(Args args, CallContext& context) {
  if (args[0].kind() == Kind::kOptional) return OptionalIndex(args, context);
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
  const Type maybe_list = Type::Optional(list);
  const Type maybe_map = Type::Optional(map);
  AddFunction(table, "_[_]", Index,
              {Signature{false, {list, Type::Int()}, a}, Signature{false, {map, a}, b},
               Signature{false, {maybe_list, Type::Int()}, Type::Optional(a), Extension::kOptionals},
               Signature{false, {maybe_map, a}, Type::Optional(b), Extension::kOptionals}});
  AddExtension(table, Extension::kOptionals, "_[?_]", OptionalIndex,
               {Signature{false, {list, Type::Int()}, Type::Optional(a)}, Signature{false, {map, a}, Type::Optional(b)},
                Signature{false, {maybe_list, Type::Int()}, Type::Optional(a)},
                Signature{false, {maybe_map, a}, Type::Optional(b)}});
  AddFunction(table, "@in", In, {Signature{false, {a, list}, Type::Bool()}, Signature{false, {a, map}, Type::Bool()}});
  std::vector<Signature> sizes;
  for (const Type& type : {Type::String(), Type::Bytes(), list, map}) {
    sizes.push_back({false, {type}, Type::Int()});
    sizes.push_back({true, {type}, Type::Int()});
  }
  AddFunction(table, "size", Size, std::move(sizes));
}

}  // namespace cadenza::cel
