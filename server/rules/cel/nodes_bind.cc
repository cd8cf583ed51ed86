// cel.bind() and sortBy().
#include <utility>

#include "server/rules/cel/node.h"
#include "server/rules/cel/sorting.h"

namespace cadenza::cel {
namespace {

class BindNode final : public Node {
 public:
  BindNode(NodePtr value, size_t slot, NodePtr used) : value_(std::move(value)), slot_(slot), used_(std::move(used)) {}

 private:
  Value Do(Frame& frame) const override {
    Value value = value_->Evaluate(frame);
    if (value.is_error()) return value;
    frame.locals[slot_] = std::move(value);
    return used_->Evaluate(frame);
  }
  const NodePtr value_;
  const size_t slot_;
  const NodePtr used_;
};

class SortByNode final : public Node {
 public:
  SortByNode(NodePtr range, size_t slot, NodePtr key) : range_(std::move(range)), slot_(slot), key_(std::move(key)) {}

 private:
  Value Do(Frame& frame) const override {
    const Value range = range_->Evaluate(frame);
    if (range.is_error()) return range;
    if (range.kind() != Value::Kind::kList) return NoOverload("sortBy", {range});
    const ListInterface& list = range.list_value();
    std::vector<Value> keys;
    for (size_t i = 0; i < list.size(); ++i) {
      if (!frame.context.cost.Charge(1)) return CostExceeded();
      frame.locals[slot_] = list.at(i);
      keys.push_back(key_->Evaluate(frame));
      if (keys.back().is_error()) return std::move(keys.back());
    }
    if (frame.context.horizon != nullptr && AnyMoves(keys)) frame.context.horizon->Unknown();
    return SortByKeys(list, keys, frame.context);
  }
  const NodePtr range_;
  const size_t slot_;
  const NodePtr key_;
};

}  // namespace

NodePtr MakeBind(NodePtr value, size_t slot, NodePtr used) {
  return std::make_unique<const BindNode>(std::move(value), slot, std::move(used));
}

NodePtr MakeSortBy(NodePtr range, size_t slot, NodePtr key) {
  return std::make_unique<const SortByNode>(std::move(range), slot, std::move(key));
}

}  // namespace cadenza::cel
