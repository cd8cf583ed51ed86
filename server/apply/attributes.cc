#include "server/apply/attributes.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/model/limits.h"
#include "storage/model/rejection.h"

namespace cadenza::apply {
namespace {

using Op = AttributeOperation::Op;
using Path = std::span<const std::string>;

std::string_view FieldOf(Op op) {
  switch (op) {
    case Op::kSet:
      return "set";
    case Op::kSetOnce:
      return "set_once";
    case Op::kUnset:
      return "unset";
    case Op::kIncrement:
      return "increment";
    case Op::kListAdd:
      return "list_add";
    case Op::kListRemove:
      return "list_remove";
  }
  return "operation";
}

bool MakesMaps(Op op) { return op != Op::kUnset && op != Op::kListRemove; }

absl::Status TypeMismatch(std::string_view field, std::string_view message) {
  return Rejected(absl::StatusCode::kFailedPrecondition, reasons::kAttributeTypeMismatch, field, message);
}

absl::Status Overflow(std::string_view message) {
  return Rejected(absl::StatusCode::kOutOfRange, reasons::kAttributeOverflow, FieldOf(Op::kIncrement), message);
}

absl::Status LimitExceeded(std::string_view field, std::string_view message) {
  return Rejected(absl::StatusCode::kInvalidArgument, reasons::kLimitExceeded, field, message);
}

absl::StatusOr<Value> Sum(const Value& current, const Value& by) {
  if (current.kind() == Value::Kind::kInt && by.kind() == Value::Kind::kInt) {
    int64_t sum = 0;
    if (__builtin_add_overflow(current.int_value(), by.int_value(), &sum)) {
      return Overflow(StrCat("the attribute is ", current.int_value(), "; the sum does not fit into an int64"));
    }
    return Value::Int(sum);
  }
  const bool summable = by.kind() == Value::Kind::kDouble || by.kind() == Value::Kind::kInt;
  if (current.kind() != Value::Kind::kDouble || !summable) {
    return TypeMismatch(FieldOf(Op::kIncrement), StrCat("the attribute is of type ", KindName(current.kind()),
                                                        " and cannot be incremented by a ", KindName(by.kind())));
  }
  const double step = by.kind() == Value::Kind::kInt ? static_cast<double>(by.int_value()) : by.double_value();
  const double sum = current.double_value() + step;
  if (!std::isfinite(sum)) return Overflow("the sum does not fit into a double");
  return Value::Double(sum);
}

absl::Status Increment(const std::string& name, const Value& by, ValueMap* map) {
  const Value* current = map->Find(name);
  const bool number = by.kind() == Value::Kind::kInt || by.kind() == Value::Kind::kDouble;
  if (!number) return TypeMismatch(FieldOf(Op::kIncrement), "must be an int64 or a double");
  if (current == nullptr) {
    map->Set(name, by);
    return absl::OkStatus();
  }
  CADENZA_ASSIGN_OR_RETURN(Value sum, Sum(*current, by));
  map->Set(name, std::move(sum));
  return absl::OkStatus();
}

absl::Status ChangeList(const AttributeOperation& operation, const std::string& name, ValueMap* map) {
  const bool add = operation.op == Op::kListAdd;
  const Value* current = map->Find(name);
  if (current == nullptr) {
    if (add) map->Set(name, Value::List({operation.value}));
    return absl::OkStatus();
  }
  if (current->kind() != Value::Kind::kList) {
    return TypeMismatch(FieldOf(operation.op),
                        StrCat("the attribute is of type ", KindName(current->kind()), ", not a list"));
  }
  const ValueList& old = current->list_value();
  const bool present = std::find(old.begin(), old.end(), operation.value) != old.end();
  if (present == add) return absl::OkStatus();
  ValueList changed = old;
  if (add) {
    changed.push_back(operation.value);
  } else {
    std::erase(changed, operation.value);
  }
  map->Set(name, Value::List(std::move(changed)));
  return absl::OkStatus();
}

absl::Status ChangeEntry(const AttributeOperation& operation, const std::string& name, ValueMap* map) {
  switch (operation.op) {
    case Op::kSet:
      map->Set(name, operation.value);
      return absl::OkStatus();
    case Op::kSetOnce:
      if (map->Find(name) == nullptr) map->Set(name, operation.value);
      return absl::OkStatus();
    case Op::kUnset:
      map->Erase(name);
      return absl::OkStatus();
    case Op::kIncrement:
      return Increment(name, operation.value, map);
    case Op::kListAdd:
    case Op::kListRemove:
      return ChangeList(operation, name, map);
  }
  return absl::InternalError("unknown attribute operation");
}

// Maps on the way are copied, one level each, since other profiles may share them.
absl::Status ChangeAt(const AttributeOperation& operation, Path path, ValueMap* map) {
  const std::string& name = path.front();
  if (path.size() == 1) return ChangeEntry(operation, name, map);
  const Value* child = map->Find(name);
  if (child == nullptr && !MakesMaps(operation.op)) return absl::OkStatus();
  if (child != nullptr && child->kind() != Value::Kind::kMap) {
    return TypeMismatch(
        "path", StrCat("\"", FieldKey(name), "\" on the way is of type ", KindName(child->kind()), ", not a map"));
  }
  ValueMap inner = child == nullptr ? ValueMap() : child->map_value();
  CADENZA_RETURN_IF_ERROR(ChangeAt(operation, path.subspan(1), &inner));
  map->Set(name, Value::Map(std::move(inner)));
  return absl::OkStatus();
}

absl::Status Change(const AttributeOperation& operation, ValueMap* attributes) {
  const size_t size_before = attributes->size();
  CADENZA_RETURN_IF_ERROR(ChangeAt(operation, operation.path, attributes));
  if (!MakesMaps(operation.op)) return absl::OkStatus();
  if (attributes->size() > limits::kAttributes && attributes->size() > size_before) {
    return LimitExceeded("path", StrCat("a user has at most ", limits::kAttributes, " attributes; unset some first"));
  }
  const Value& whole = *attributes->Find(operation.path.front());
  if (!WithinValueBytes(whole)) {
    return LimitExceeded(FieldOf(operation.op),
                         StrCat("the attribute would be larger than ", limits::kValueBytes, " bytes"));
  }
  if (whole.Depth() > limits::kNesting) {
    return LimitExceeded(FieldOf(operation.op), StrCat("the attribute would be nested deeper than ", limits::kNesting));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ValueMap> ChangedAttributes(const AttributeChange& change, ValueMap attributes) {
  for (size_t i = 0; i < change.operations.size(); ++i) {
    if (absl::Status status = Change(change.operations[i], &attributes); !status.ok()) {
      return UnderField(status, StrCat("attribute_change.operations[", i, "]"));
    }
  }
  return attributes;
}

ValueMap MergedAttributes(ValueMap known, const ValueMap& anonymous) {
  for (const auto& [name, theirs] : anonymous) {
    Value* ours = known.FindMutable(name);
    if (ours == nullptr) {
      known.Set(name, theirs);
    } else if (ours->kind() == Value::Kind::kMap && theirs.kind() == Value::Kind::kMap) {
      *ours = Value::Map(MergedAttributes(ours->map_value(), theirs.map_value()));
    }
  }
  return known;
}

}  // namespace cadenza::apply
