// Optionals: fields that may be missing, alternatives, optMap() and optFlatMap().
#include <utility>

#include "server/rules/cel/node.h"
#include "server/rules/cel/text.h"

namespace cadenza::cel {
namespace {

using Kind = Value::Kind;

Value NoFields(const Value& operand) {
  return Value::Error(Cat("a value of type ", KindName(operand.kind()), " has no fields"));
}

// The field of a map, as an optional.
Value FieldOf(const Value& operand, const Value& field) {
  if (operand.kind() != Kind::kMap) return NoFields(operand);
  std::optional<Value> found = operand.map_value().Find(field);
  return found ? Value::Optional(*std::move(found)) : Value::OptionalNone();
}

// As FieldOf, of what is in an optional.
Value FieldInside(const Value& optional, const Value& field) {
  const Value* inside = optional.optional_value();
  return inside == nullptr ? Value::OptionalNone() : FieldOf(*inside, field);
}

class OptionalSelectNode final : public Node {
 public:
  OptionalSelectNode(NodePtr operand, std::string field)
      : operand_(std::move(operand)), field_(Value::String(std::move(field))) {}

 private:
  Value Do(Frame& frame) const override {
    const Value operand = operand_->Evaluate(frame);
    if (operand.is_error()) return operand;
    return operand.kind() == Kind::kOptional ? FieldInside(operand, field_) : FieldOf(operand, field_);
  }
  const NodePtr operand_;
  const Value field_;
};

class OptionalOrNode final : public Node {
 public:
  OptionalOrNode(NodePtr left, NodePtr right, bool unwrap)
      : left_(std::move(left)), right_(std::move(right)), unwrap_(unwrap) {}

 private:
  Value Do(Frame& frame) const override {
    Value left = left_->Evaluate(frame);
    if (left.is_error()) return left;
    if (left.kind() != Kind::kOptional) return NoOverload(unwrap_ ? "orValue" : "or", {left});
    if (left.optional_value() != nullptr) return unwrap_ ? Value(*left.optional_value()) : left;
    Value right = right_->Evaluate(frame);
    if (unwrap_ || right.is_error() || right.kind() == Kind::kOptional) return right;
    return NoOverload("or", {left, right});
  }
  const NodePtr left_;
  const NodePtr right_;
  const bool unwrap_;
};

class OptionalMapNode final : public Node {
 public:
  OptionalMapNode(NodePtr optional, size_t slot, NodePtr transform, bool flat)
      : optional_(std::move(optional)), slot_(slot), transform_(std::move(transform)), flat_(flat) {}

 private:
  Value Do(Frame& frame) const override {
    Value optional = optional_->Evaluate(frame);
    if (optional.is_error()) return optional;
    if (optional.kind() != Kind::kOptional) return NoOverload(flat_ ? "optFlatMap" : "optMap", {optional});
    if (optional.optional_value() == nullptr) return optional;
    frame.locals[slot_] = *optional.optional_value();
    Value made = transform_->Evaluate(frame);
    if (made.is_error()) return made;
    if (!flat_) return Value::Optional(std::move(made));
    return made.kind() == Kind::kOptional ? made : NoOverload("optFlatMap", {optional, made});
  }
  const NodePtr optional_;
  const size_t slot_;
  const NodePtr transform_;
  const bool flat_;
};

}  // namespace

Value SelectFromOther(const Value& operand, const Value& field, bool test_only) {
  if (operand.kind() != Kind::kOptional) return NoFields(operand);
  Value found = FieldInside(operand, field);
  if (!test_only || found.is_error()) return found;
  return Value::Bool(found.optional_value() != nullptr);
}

NodePtr MakeOptionalSelect(NodePtr operand, std::string field) {
  return std::make_unique<const OptionalSelectNode>(std::move(operand), std::move(field));
}

NodePtr MakeOptionalOr(NodePtr left, NodePtr right, bool unwrap) {
  return std::make_unique<const OptionalOrNode>(std::move(left), std::move(right), unwrap);
}

NodePtr MakeOptionalMap(NodePtr optional, size_t slot, NodePtr transform, bool flat) {
  return std::make_unique<const OptionalMapNode>(std::move(optional), slot, std::move(transform), flat);
}

}  // namespace cadenza::cel
