// Values, names, fields, logic, list and map literals.
#include <string>
#include <utility>

#include "server/rules/cel/containers.h"
#include "server/rules/cel/node.h"
#include "server/rules/cel/text.h"

namespace cadenza::cel {
namespace {

using Kind = Value::Kind;

class ConstantNode final : public Node {
 public:
  explicit ConstantNode(Value value) : value_(std::move(value)) {}
  const Value* constant() const override { return value_.is_error() ? nullptr : &value_; }

 private:
  Value Do(Frame&) const override { return value_; }
  const Value value_;
};

class VariableNode final : public Node {
 public:
  VariableNode(std::string name, size_t index) : name_(std::move(name)), index_(index) {}

 private:
  Value Do(Frame& frame) const override {
    const Value* value = Ready(frame);
    return value != nullptr ? *value : Value::Error(Cat("no value for ", name_));
  }
  const Value* Ready(Frame& frame) const override {
    std::optional<Value>& value = frame.variables[index_];
    if (!value) value = frame.activation->Find(name_);
    return value ? &*value : nullptr;
  }
  const std::string name_;
  const size_t index_;
};

class LocalNode final : public Node {
 public:
  explicit LocalNode(size_t slot) : slot_(slot) {}

 private:
  Value Do(Frame& frame) const override { return frame.locals[slot_]; }
  const size_t slot_;
};

class SelectNode final : public Node {
 public:
  SelectNode(NodePtr operand, std::string field, bool test_only)
      : operand_(std::move(operand)), field_(Value::String(std::move(field))), test_only_(test_only) {}

 private:
  Value Do(Frame& frame) const override {
    Value own;
    const Value& operand = operand_->View(frame, &own);
    if (operand.is_error()) return operand;
    if (operand.kind() != Kind::kMap) return SelectFromOther(operand, field_, test_only_);
    std::optional<Value> found = operand.map_value().Find(field_);
    if (test_only_) return Value::Bool(found.has_value());
    if (!found) return Value::Error(Cat("no such key: ", field_.string_value()));
    return *std::move(found);
  }
  const NodePtr operand_;
  const Value field_;
  const bool test_only_;
};

class LogicNode final : public Node {
 public:
  LogicNode(std::vector<NodePtr> operands, bool decisive) : operands_(std::move(operands)), decisive_(decisive) {}

 private:
  Value Do(Frame& frame) const override {
    std::optional<Value> error;
    for (const NodePtr& node : operands_) {
      Value value = node->Evaluate(frame);
      if (value.kind() == Kind::kBool) {
        if (value.bool_value() == decisive_) return value;
        continue;
      }
      if (error) continue;
      error = value.is_error() ? std::move(value) : NoOverload(decisive_ ? "||" : "&&", {value});
    }
    return error ? *std::move(error) : Value::Bool(!decisive_);
  }
  const std::vector<NodePtr> operands_;
  const bool decisive_;
};

class ConditionalNode final : public Node {
 public:
  ConditionalNode(NodePtr condition, NodePtr yes, NodePtr no)
      : condition_(std::move(condition)), yes_(std::move(yes)), no_(std::move(no)) {}

 private:
  Value Do(Frame& frame) const override {
    const Value condition = condition_->Evaluate(frame);
    if (condition.is_error()) return condition;
    if (condition.kind() != Kind::kBool) return NoOverload("?:", {condition});
    return (condition.bool_value() ? yes_ : no_)->Evaluate(frame);
  }
  const NodePtr condition_;
  const NodePtr yes_;
  const NodePtr no_;
};

bool IsOptional(const std::vector<bool>& optional, size_t i) { return !optional.empty() && optional[i]; }

Value NotOptional(const Value& value) {
  return Value::Error(Cat("what follows '?' is of type ", KindName(value.kind()), ", not optional_type"));
}

class ListNode final : public Node {
 public:
  ListNode(std::vector<NodePtr> elements, std::vector<bool> optional)
      : elements_(std::move(elements)), optional_(std::move(optional)) {}

 private:
  Value Do(Frame& frame) const override {
    std::vector<Value> values;
    values.reserve(elements_.size());
    for (size_t i = 0; i < elements_.size(); ++i) {
      Value value = elements_[i]->Evaluate(frame);
      if (value.is_error()) return value;
      if (IsOptional(optional_, i)) {
        if (value.kind() != Kind::kOptional) return NotOptional(value);
        if (value.optional_value() == nullptr) continue;
        value = Value(*value.optional_value());
      }
      values.push_back(std::move(value));
    }
    return Value::List(std::move(values));
  }
  const std::vector<NodePtr> elements_;
  const std::vector<bool> optional_;
};

class MapNode final : public Node {
 public:
  MapNode(std::vector<NodePtr> entries, std::vector<bool> optional)
      : entries_(std::move(entries)), optional_(std::move(optional)) {}

 private:
  Value Do(Frame& frame) const override {
    std::vector<std::pair<Value, Value>> values;
    values.reserve(entries_.size() / 2);
    for (size_t i = 0; i + 1 < entries_.size(); i += 2) {
      Value key = entries_[i]->Evaluate(frame);
      if (key.is_error()) return key;
      Value value = entries_[i + 1]->Evaluate(frame);
      if (value.is_error()) return value;
      if (IsOptional(optional_, i / 2)) {
        if (value.kind() != Kind::kOptional) return NotOptional(value);
        if (value.optional_value() == nullptr) continue;
        value = Value(*value.optional_value());
      }
      values.emplace_back(std::move(key), std::move(value));
    }
    return MakeMap(std::move(values));
  }
  const std::vector<NodePtr> entries_;
  const std::vector<bool> optional_;
};

}  // namespace

NodePtr MakeConstant(Value value) { return std::make_unique<const ConstantNode>(std::move(value)); }

NodePtr MakeProblem(std::string text) { return MakeConstant(Value::Error(std::move(text))); }

NodePtr MakeVariable(std::string name, size_t index) {
  return std::make_unique<const VariableNode>(std::move(name), index);
}

NodePtr MakeLocal(size_t slot) { return std::make_unique<const LocalNode>(slot); }

NodePtr MakeSelect(NodePtr operand, std::string field, bool test_only) {
  return std::make_unique<const SelectNode>(std::move(operand), std::move(field), test_only);
}

NodePtr MakeLogic(std::vector<NodePtr> operands, bool decisive) {
  return std::make_unique<const LogicNode>(std::move(operands), decisive);
}

NodePtr MakeConditional(NodePtr condition, NodePtr yes, NodePtr no) {
  return std::make_unique<const ConditionalNode>(std::move(condition), std::move(yes), std::move(no));
}

NodePtr MakeListLiteral(std::vector<NodePtr> elements, std::vector<bool> optional) {
  return std::make_unique<const ListNode>(std::move(elements), std::move(optional));
}

NodePtr MakeMapLiteral(std::vector<NodePtr> entries, std::vector<bool> optional) {
  return std::make_unique<const MapNode>(std::move(entries), std::move(optional));
}

}  // namespace cadenza::cel
