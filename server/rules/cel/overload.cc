#include "server/rules/cel/overload.h"

#include <utility>

namespace cadenza::cel {
namespace {

using Kind = Type::Kind;

bool IsFree(const Type& type) { return type.kind() == Kind::kParam && type.object_name().empty(); }

Type WithParameters(const Type& type, std::vector<Type> parameters) {
  switch (type.kind()) {
    case Kind::kList:
      return Type::List(std::move(parameters[0]));
    case Kind::kMap:
      return Type::Map(std::move(parameters[0]), std::move(parameters[1]));
    case Kind::kOptional:
      return Type::Optional(std::move(parameters[0]));
    default:
      return type;
  }
}

bool IsNullable(const Type& type) {
  return type.kind() == Kind::kTimestamp || type.kind() == Kind::kDuration || type.kind() == Kind::kObject;
}

// What the type parameters of one signature stand for.
class Substitution {
 public:
  // Whether a value of type `actual` may go where `pattern` is asked for.
  bool Assign(const Type& pattern, const Type& actual) {
    if (pattern.kind() == Kind::kParam) return Bind(pattern.object_name(), actual);
    if (pattern.kind() == Kind::kDyn) return true;
    if (IsDynamic(actual)) return BindInside(pattern, actual);
    if (actual.kind() == Kind::kNull && IsNullable(pattern)) return true;
    if (pattern.kind() != actual.kind() || pattern.object_name() != actual.object_name()) return false;
    for (size_t i = 0; i < pattern.parameters().size(); ++i) {
      if (!Assign(pattern.parameters()[i], actual.parameters()[i])) return false;
    }
    return true;
  }

  Type Apply(const Type& type) const {
    if (type.kind() == Kind::kParam) {
      const auto found = bound_.find(type.object_name());
      return found == bound_.end() ? FreeType() : found->second;
    }
    std::vector<Type> parameters;
    for (const Type& inside : type.parameters()) parameters.push_back(Apply(inside));
    return WithParameters(type, std::move(parameters));
  }

 private:
  bool Bind(const std::string& name, const Type& actual) {
    const auto [found, fresh] = bound_.emplace(name, actual);
    if (fresh) return true;
    std::optional<Type> both = Unify(found->second, actual);
    if (!both) return false;
    found->second = *std::move(both);
    return true;
  }

  // A dynamic argument says that what is inside is as dynamic.
  bool BindInside(const Type& pattern, const Type& actual) {
    for (const Type& inside : pattern.parameters()) Assign(inside, actual);
    return true;
  }

  std::map<std::string, Type> bound_;
};

}  // namespace

bool Accepts(const Type& type, const Value& value) {
  switch (type.kind()) {
    case Kind::kDyn:
    case Kind::kParam:
      return true;
    case Kind::kNull:
      return value.kind() == Value::Kind::kNull;
    case Kind::kBool:
      return value.kind() == Value::Kind::kBool;
    case Kind::kInt:
      return value.kind() == Value::Kind::kInt;
    case Kind::kUint:
      return value.kind() == Value::Kind::kUint;
    case Kind::kDouble:
      return value.kind() == Value::Kind::kDouble;
    case Kind::kString:
      return value.kind() == Value::Kind::kString;
    case Kind::kBytes:
      return value.kind() == Value::Kind::kBytes;
    case Kind::kTimestamp:
      return value.kind() == Value::Kind::kTimestamp;
    case Kind::kDuration:
      return value.kind() == Value::Kind::kDuration;
    case Kind::kList:
      return value.kind() == Value::Kind::kList;
    case Kind::kMap:
    case Kind::kObject:
      return value.kind() == Value::Kind::kMap;
    case Kind::kType:
      return value.kind() == Value::Kind::kType;
    case Kind::kOptional:
      return value.kind() == Value::Kind::kOptional;
  }
  return false;
}

Type FreeType() { return Type::Param(""); }

bool IsDynamic(const Type& type) { return type.kind() == Kind::kDyn || IsFree(type); }

Type WithoutFree(const Type& type) {
  if (IsFree(type)) return Type::Dyn();
  std::vector<Type> parameters;
  for (const Type& inside : type.parameters()) parameters.push_back(WithoutFree(inside));
  return WithParameters(type, std::move(parameters));
}

std::optional<Type> Unify(const Type& a, const Type& b) {
  if (a == b || IsFree(b)) return a;
  if (IsFree(a)) return b;
  if (a.kind() == Kind::kDyn || b.kind() == Kind::kDyn) return Type::Dyn();
  if (a.kind() == Kind::kNull && IsNullable(b)) return b;
  if (b.kind() == Kind::kNull && IsNullable(a)) return a;
  if (a.kind() != b.kind() || a.parameters().empty()) return std::nullopt;
  std::vector<Type> inside;
  for (size_t i = 0; i < a.parameters().size(); ++i) {
    std::optional<Type> both = Unify(a.parameters()[i], b.parameters()[i]);
    if (!both) return std::nullopt;
    inside.push_back(*std::move(both));
  }
  return WithParameters(a, std::move(inside));
}

std::optional<Type> MatchSignature(const std::vector<Type>& parameters, const Type& result,
                                   const std::vector<Type>& arguments) {
  if (parameters.size() != arguments.size()) return std::nullopt;
  Substitution substitution;
  for (size_t i = 0; i < parameters.size(); ++i) {
    if (!substitution.Assign(parameters[i], arguments[i])) return std::nullopt;
  }
  return substitution.Apply(result);
}

bool Accepts(const std::vector<Type>& parameters, absl::Span<const Value> arguments) {
  if (parameters.size() != arguments.size()) return false;
  for (size_t i = 0; i < parameters.size(); ++i) {
    if (!Accepts(parameters[i], arguments[i])) return false;
  }
  return true;
}

}  // namespace cadenza::cel
