// The macros that iterate over a list or a map.
#include <utility>

#include "server/rules/cel/containers.h"
#include "server/rules/cel/node.h"
#include "server/rules/cel/text.h"

namespace cadenza::cel {
namespace {

using Kind = Value::Kind;

// Goes through `range`, with each element in turn in the variables' slots.
class Loop : public Node {
 public:
  Loop(NodePtr range, LoopVariables variables) : range_(std::move(range)), variables_(variables) {}

 protected:
  // Calls `body` for each element until it answers false, with what is in the last of the slots: the element or, of a
  // map, its key or, if there are two variables, its value. Nothing if it went to the end or `body` stopped it; else
  // the error.
  template <typename Body>
  std::optional<Value> Each(Frame& frame, Body body) const {
    const Value range = range_->Evaluate(frame);
    if (range.is_error()) return range;
    if (range.kind() == Kind::kList) {
      const ListInterface& list = range.list_value();
      return Visit(
          frame, list.size(), [](size_t i) { return Value::Int(static_cast<int64_t>(i)); },
          [&](size_t i) { return list.at(i); }, body);
    }
    if (range.kind() != Kind::kMap) {
      return Value::Error(Cat("a value of type ", KindName(range.kind()), " has no elements"));
    }
    const MapInterface& map = range.map_value();
    if (!frame.context.cost.Charge(static_cast<int64_t>(map.size()))) return CostExceeded();
    std::vector<Value> keys = map.Keys();
    const auto key = [&](size_t i) { return keys[i]; };
    if (!variables_.two) return Visit(frame, keys.size(), key, key, body);
    return Visit(
        frame, keys.size(), key, [&](size_t i) { return map.Find(keys[i]).value_or(Value::Null()); }, body);
  }
  // The index or key of the element in hand. REQUIRES: two variables.
  const Value& Key(const Frame& frame) const { return frame.locals[variables_.slot]; }

 private:
  template <typename Key, typename At, typename Body>
  std::optional<Value> Visit(Frame& frame, size_t size, Key key, At at, Body body) const {
    const size_t last = variables_.slot + (variables_.two ? 1 : 0);
    for (size_t i = 0; i < size; ++i) {
      if (!frame.context.cost.Charge(1)) return CostExceeded();
      if (variables_.two) frame.locals[variables_.slot] = key(i);
      frame.locals[last] = at(i);
      if (!body(frame.locals[last])) return std::nullopt;
    }
    return std::nullopt;
  }

  const NodePtr range_;
  const LoopVariables variables_;
};

Value BoolOrError(Value value) {
  if (value.kind() == Kind::kBool || value.is_error()) return value;
  return Value::Error(Cat("the condition of a macro is of type ", KindName(value.kind()), ", not bool"));
}

class QuantifierNode final : public Loop {
 public:
  QuantifierNode(NodePtr range, LoopVariables variables, NodePtr predicate, bool decisive)
      : Loop(std::move(range), variables), predicate_(std::move(predicate)), decisive_(decisive) {}

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
  ExistsOneNode(NodePtr range, LoopVariables variables, NodePtr predicate)
      : Loop(std::move(range), variables), predicate_(std::move(predicate)) {}

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
  TransformNode(NodePtr range, LoopVariables variables, NodePtr predicate, NodePtr transform)
      : Loop(std::move(range), variables), predicate_(std::move(predicate)), transform_(std::move(transform)) {}

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

class TransformMapNode final : public Loop {
 public:
  TransformMapNode(NodePtr range, LoopVariables variables, NodePtr predicate, NodePtr transform, bool entries)
      : Loop(std::move(range), variables),
        predicate_(std::move(predicate)),
        transform_(std::move(transform)),
        entries_(entries) {}

 private:
  Value Do(Frame& frame) const override {
    std::vector<std::pair<Value, Value>> made;
    std::optional<Value> error;
    std::optional<Value> failed = Each(frame, [&](const Value&) {
      error = Add(frame, &made);
      return !error.has_value();
    });
    if (failed) return *std::move(failed);
    return error ? *std::move(error) : MakeMap(std::move(made));
  }

  // What the element in hand adds to the result; the error, if there is one.
  std::optional<Value> Add(Frame& frame, std::vector<std::pair<Value, Value>>* made) const {
    if (predicate_ != nullptr) {
      Value holds = BoolOrError(predicate_->Evaluate(frame));
      if (holds.is_error()) return holds;
      if (!holds.bool_value()) return std::nullopt;
    }
    Value value = transform_->Evaluate(frame);
    if (value.is_error()) return value;
    if (!entries_) {
      made->emplace_back(Key(frame), std::move(value));
      return std::nullopt;
    }
    if (value.kind() != Kind::kMap) {
      return Value::Error(Cat("transformMapEntry() needs a map, and got a ", KindName(value.kind())));
    }
    if (!frame.context.cost.Charge(static_cast<int64_t>(value.map_value().size()))) return CostExceeded();
    for (Value& key : value.map_value().Keys()) {
      Value at_key = value.map_value().Find(key).value_or(Value::Null());
      made->emplace_back(std::move(key), std::move(at_key));
    }
    return std::nullopt;
  }

  const NodePtr predicate_;
  const NodePtr transform_;
  const bool entries_;
};

}  // namespace

NodePtr MakeTransformMap(NodePtr range, LoopVariables variables, NodePtr predicate, NodePtr transform, bool entries) {
  return std::make_unique<const TransformMapNode>(std::move(range), variables, std::move(predicate),
                                                  std::move(transform), entries);
}

NodePtr MakeQuantifier(NodePtr range, LoopVariables variables, NodePtr predicate, bool decisive) {
  return std::make_unique<const QuantifierNode>(std::move(range), variables, std::move(predicate), decisive);
}

NodePtr MakeExistsOne(NodePtr range, LoopVariables variables, NodePtr predicate) {
  return std::make_unique<const ExistsOneNode>(std::move(range), variables, std::move(predicate));
}

NodePtr MakeTransform(NodePtr range, LoopVariables variables, NodePtr predicate, NodePtr transform) {
  return std::make_unique<const TransformNode>(std::move(range), variables, std::move(predicate), std::move(transform));
}

}  // namespace cadenza::cel
