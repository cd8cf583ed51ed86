// What the hot path of a condition is made of: native fields and functions, comparisons with a constant. None of them
// allocates.
#include <array>
#include <string>
#include <utility>

#include "server/rules/cel/compare.h"
#include "server/rules/cel/node.h"
#include "server/rules/cel/overload.h"
#include "server/rules/cel/text.h"

namespace cadenza::cel {
namespace {

using Kind = Value::Kind;

class NativeFieldNode final : public Node {
 public:
  NativeFieldNode(NativeField reader, std::string field, bool test_only, Value missing, NodePtr generic)
      : reader_(reader),
        field_(std::move(field)),
        test_only_(test_only),
        missing_(std::move(missing)),
        generic_(std::move(generic)) {}

 private:
  Value Do(Frame& frame) const override {
    if (frame.native == nullptr) return generic_->Evaluate(frame);
    Value value = reader_.read(frame.native, reader_.detail, field_);
    if (test_only_) return Value::Bool(!value.is_absent());
    return value.is_absent() ? missing_ : value;
  }
  const NativeField reader_;
  const std::string field_;
  const bool test_only_;
  const Value missing_;
  const NodePtr generic_;
};

// With constant arguments, which are checked and stand ready.
class ReadyNativeCallNode final : public Node {
 public:
  ReadyNativeCallNode(NativeFunction function, std::vector<Value> args, Value absent, NodePtr generic)
      : function_(function), args_(std::move(args)), absent_(std::move(absent)), generic_(std::move(generic)) {}

 private:
  Value Do(Frame& frame) const override {
    if (frame.native == nullptr) return generic_->Evaluate(frame);
    Value value = function_(frame.native, args_);
    return value.is_absent() ? absent_ : value;
  }
  const NativeFunction function_;
  const std::vector<Value> args_;
  const Value absent_;
  const NodePtr generic_;
};

class NativeCallNode final : public Node {
 public:
  // `args`: the receiver first.
  NativeCallNode(Env::Overload overload, std::string name, std::vector<NodePtr> args)
      : overload_(std::move(overload)), name_(std::move(name)), args_(std::move(args)) {}

 private:
  Value Do(Frame& frame) const override {
    std::array<Value, kMaxNativeArguments> values;
    // The receiver's value is only asked for where there is no other way to what is behind it.
    for (size_t i = frame.native == nullptr ? 0 : 1; i < args_.size(); ++i) {
      values[i] = args_[i]->Evaluate(frame);
      if (values[i].is_error()) return std::move(values[i]);
    }
    const auto span = absl::MakeConstSpan(values.data(), args_.size());
    if (frame.context.horizon != nullptr && AnyMoves(span)) frame.context.horizon->Unknown();
    for (size_t i = frame.native == nullptr ? 0 : 1; i < args_.size(); ++i) {
      if (!Accepts(overload_.arguments[i], span[i])) return NoOverload(name_, span);
    }
    if (frame.native == nullptr) return overload_.function(span);
    Value value = overload_.native(frame.native, span.subspan(1));
    return value.is_absent() ? Value::Error(overload_.absent(span.subspan(1))) : value;
  }
  const Env::Overload overload_;
  const std::string name_;
  const std::vector<NodePtr> args_;
};

class ConstantComparisonNode final : public Node {
 public:
  ConstantComparisonNode(ClockRole role, Implementation implementation, NodePtr operand, Value constant)
      : role_(role), implementation_(implementation), operand_(std::move(operand)), constant_(std::move(constant)) {}

 private:
  Value Do(Frame& frame) const override {
    Value own;
    const Value& value = operand_->View(frame, &own);
    if (value.kind() == constant_.kind()) {
      switch (value.kind()) {
        case Kind::kInt:
          return Answer(value.int_value(), constant_.int_value());
        case Kind::kDouble:
          return Answer(value.double_value(), constant_.double_value());
        case Kind::kString:
          if (is_equality()) return OfText(frame, value.string_value());
          break;
        default:
          break;
      }
    }
    if (value.is_error()) return value;
    const std::array<Value, 2> both = {value, constant_};
    if (frame.context.horizon == nullptr || value.moves() == 0) return implementation_(both, frame.context);
    return EnterMoving(role_, both, implementation_(both, frame.context), frame.context.horizon);
  }

  // Of NaN only != is true.
  template <typename Number>
  Value Answer(Number a, Number b) const {
    const uint8_t sign = a < b ? 1 : a == b ? 2 : a > b ? 4 : 0;
    return Value::Bool(sign == 0 ? role_.detail == kDiffers : (role_.detail & sign) != 0);
  }

  Value OfText(Frame& frame, const std::string& text) const {
    const std::string& wanted = constant_.string_value();
    if (text.size() != wanted.size()) return Value::Bool(role_.detail == kDiffers);
    if (!frame.context.cost.ChargeBytes(text.size())) return CostExceeded();
    return Value::Bool((text == wanted) == (role_.detail == kEquals));
  }

  // ClockRole::kCompare's detail.
  static constexpr uint8_t kEquals = 0b010;
  static constexpr uint8_t kDiffers = 0b101;
  bool is_equality() const { return role_.detail == kEquals || role_.detail == kDiffers; }

  const ClockRole role_;
  const Implementation implementation_;
  const NodePtr operand_;
  const Value constant_;
};

// The arguments after the receiver if all are constant and of their types, else nothing.
std::optional<std::vector<Value>> Constants(const std::vector<NodePtr>& args, const std::vector<Type>& types) {
  std::vector<Value> values;
  for (size_t i = 1; i < args.size(); ++i) {
    const Value* constant = args[i]->constant();
    if (constant == nullptr || !Accepts(types[i], *constant)) return std::nullopt;
    values.push_back(*constant);
  }
  return values;
}

}  // namespace

NodePtr MakeNativeField(NativeField reader, std::string field, bool test_only, Value missing, NodePtr generic) {
  return std::make_unique<const NativeFieldNode>(reader, std::move(field), test_only, std::move(missing),
                                                 std::move(generic));
}

NodePtr MakeNativeCall(const Env::Overload& overload, std::string name, std::vector<NodePtr> args) {
  std::optional<std::vector<Value>> constants = Constants(args, overload.arguments);
  if (!constants) return std::make_unique<const NativeCallNode>(overload, std::move(name), std::move(args));
  Value absent = overload.absent != nullptr ? Value::Error(overload.absent(*constants)) : Value::Null();
  return std::make_unique<const ReadyNativeCallNode>(overload.native, *std::move(constants), std::move(absent),
                                                     MakeCall(nullptr, {overload}, std::move(name), std::move(args)));
}

NodePtr MakeConstantComparison(ClockRole role, Implementation implementation, NodePtr operand, Value constant) {
  return std::make_unique<const ConstantComparisonNode>(role, implementation, std::move(operand), std::move(constant));
}

}  // namespace cadenza::cel
