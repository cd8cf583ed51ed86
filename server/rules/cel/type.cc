#include <string>

#include "server/rules/cel/cel.h"
#include "server/rules/cel/text.h"

namespace cadenza::cel {

Type Type::List(Type element) {
  Type type(Kind::kList);
  type.parameters_.push_back(std::move(element));
  return type;
}

Type Type::Map(Type key, Type value) {
  Type type(Kind::kMap);
  type.parameters_.push_back(std::move(key));
  type.parameters_.push_back(std::move(value));
  return type;
}

Type Type::Optional(Type value) {
  Type type(Kind::kOptional);
  type.parameters_.push_back(std::move(value));
  return type;
}

Type Type::Object(std::string name) {
  Type type(Kind::kObject);
  type.name_ = std::move(name);
  return type;
}

Type Type::Param(std::string name) {
  Type type(Kind::kParam);
  type.name_ = std::move(name);
  return type;
}

std::string Type::DebugString() const {
  switch (kind_) {
    case Kind::kDyn:
      return "dyn";
    case Kind::kNull:
      return "null_type";
    case Kind::kBool:
      return "bool";
    case Kind::kInt:
      return "int";
    case Kind::kUint:
      return "uint";
    case Kind::kDouble:
      return "double";
    case Kind::kString:
      return "string";
    case Kind::kBytes:
      return "bytes";
    case Kind::kTimestamp:
      return "timestamp";
    case Kind::kDuration:
      return "duration";
    case Kind::kList:
      return Cat("list(", parameters_[0].DebugString(), ")");
    case Kind::kMap:
      return Cat("map(", parameters_[0].DebugString(), ", ", parameters_[1].DebugString(), ")");
    case Kind::kType:
      return "type";
    case Kind::kOptional:
      return Cat("optional_type(", parameters_[0].DebugString(), ")");
    case Kind::kObject:
      return name_;
    case Kind::kParam:
      return name_.empty() ? "dyn" : name_;
  }
  return "dyn";
}

const Type* Env::FindVariable(std::string_view name) const {
  const auto found = variables_.find(name);
  return found == variables_.end() ? nullptr : &found->second;
}

const std::map<std::string, Type>* Env::FindObject(std::string_view name) const {
  const auto found = objects_.find(name);
  return found == objects_.end() ? nullptr : &found->second;
}

const std::vector<Env::Overload>* Env::FindFunctions(std::string_view name) const {
  const auto found = functions_.find(name);
  return found == functions_.end() ? nullptr : &found->second;
}

const NativeField* Env::FindNativeField(std::string_view path) const {
  const auto found = native_fields_.find(path);
  return found == native_fields_.end() ? nullptr : &found->second;
}

std::optional<Value> MapActivation::Find(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return std::nullopt;
  return found->second;
}

}  // namespace cadenza::cel
