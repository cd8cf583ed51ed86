// The macros that iterate over a list, or over the keys of a map.
#include <utility>

#include "server/rules/cel/node.h"
#include "server/rules/cel/text.h"

namespace cadenza::cel {
namespace {

using Kind = Value::Kind;

// Goes through the elements of `range`, with each in turn in `slot`.
class Loop : public Node {
 public:
  Loop(NodePtr range, size_t slot) : range_(std::move(range)), slot_(slot) {}

 protected:
  // Calls `body` for each element until it answers false. Nothing if it went to the end or `body` stopped it; else the
  // error.
  template <typename Body>
  std::optional<Value> Each(Frame& frame, Body body) const {
    const Value range = range_->Evaluate(frame);
    if (range.is_error()) return range;
    if (range.kind() == Kind::kList) {
      const ListInterface& list = range.list_value();
      return Visit(
          frame, list.size(), [&](size_t i) { return list.at(i); }, body);
    }
    if (range.kind() != Kind::kMap) {
      return Value::Error(Cat("a value of type ", KindName(range.kind()), " has no elements"));
    }
    if (!frame.context.cost.Charge(static_cast<int64_t>(range.map_value().size()))) return CostExceeded();
    std::vector<Value> keys = range.map_value().Keys();
    return Visit(
        frame, keys.size(), [&](size_t i) { return std::move(keys[i]); }, body);
  }

 private:
  template <typename At, typename Body>
  std::optional<Value> Visit(Frame& frame, size_t size, At at, Body body) const {
    for (size_t i = 0; i < size; ++i) {
      if (!frame.context.cost.Charge(1)) return CostExceeded();
      frame.locals[slot_] = at(i);
      if (!body(frame.locals[slot_])) return std::nullopt;
    }
    return std::nullopt;
  }

  const NodePtr range_;
  const size_t slot_;
};

Value BoolOrError(Value value) {
  if (value.kind() == Kind::kBool || value.is_error()) return value;
  return Value::Error(Cat("the condition of a macro is of type ", KindName(value.kind()), ", not bool"));
}

class QuantifierNode final : public Loop {
 public:
  QuantifierNode(NodePtr range, size_t slot, NodePtr predicate, bool decisive)
      : Loop(std::move(range), slot), predicate_(std::move(predicate)), decisive_(decisive) {}

 private:
  Value Do(Frame& frame) const override {
    Value result = Value::Bool(!decisive_);
    std::optional<Value> failed = Each(frame, [&](const Value&) {
      Value holds = BoolOrError(predicate_->Evaluate(frame));
      if (!holds.is_error() && holds.bool_value() == decisive_) {
        result = std::move(holds);
        return false;
      }
      if (holds.is_error() && !result.is_error()) result = std::move(holds);
      return true;
    });
    return failed ? *std::move(failed) : result;
  }
  const NodePtr predicate_;
  const bool decisive_;
};

class ExistsOneNode final : public Loop {
 public:
  ExistsOneNode(NodePtr range, size_t slot, NodePtr predicate)
      : Loop(std::move(range), slot), predicate_(std::move(predicate)) {}

 private:
  // Every element counts, so every error does.
  Value Do(Frame& frame) const override {
    int64_t count = 0;
    std::optional<Value> error;
    std::optional<Value> failed = Each(frame, [&](const Value&) {
      Value holds = BoolOrError(predicate_->Evaluate(frame));
      if (holds.is_error()) {
        error = std::move(holds);
        return false;
      }
      count += holds.bool_value() ? 1 : 0;
      return true;
    });
    if (failed) return *std::move(failed);
    return error ? *std::move(error) : Value::Bool(count == 1);
  }
  const NodePtr predicate_;
};

class TransformNode final : public Loop {
 public:
  TransformNode(NodePtr range, size_t slot, NodePtr predicate, NodePtr transform)
      : Loop(std::move(range), slot), predicate_(std::move(predicate)), transform_(std::move(transform)) {}

 private:
  Value Do(Frame& frame) const override {
    std::vector<Value> made;
    std::optional<Value> error;
    std::optional<Value> failed = Each(frame, [&](const Value& element) {
      if (predicate_ != nullptr) {
        Value holds = BoolOrError(predicate_->Evaluate(frame));
        if (holds.is_error()) {
          error = std::move(holds);
          return false;
        }
        if (!holds.bool_value()) return true;
      }
      Value value = transform_ != nullptr ? transform_->Evaluate(frame) : element;
      if (value.is_error()) {
        error = std::move(value);
        return false;
      }
      made.push_back(std::move(value));
      return true;
    });
    if (failed) return *std::move(failed);
    return error ? *std::move(error) : Value::List(std::move(made));
  }
  const NodePtr predicate_;
  const NodePtr transform_;
};

}  // namespace

NodePtr MakeQuantifier(NodePtr range, size_t slot, NodePtr predicate, bool decisive) {
  return std::make_unique<const QuantifierNode>(std::move(range), slot, std::move(predicate), decisive);
}

NodePtr MakeExistsOne(NodePtr range, size_t slot, NodePtr predicate) {
  return std::make_unique<const ExistsOneNode>(std::move(range), slot, std::move(predicate));
}

NodePtr MakeTransform(NodePtr range, size_t slot, NodePtr predicate, NodePtr transform) {
  return std::make_unique<const TransformNode>(std::move(range), slot, std::move(predicate), std::move(transform));
}

}  // namespace cadenza::cel
