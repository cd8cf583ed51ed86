// Calls: of the standard library, of the environment's functions, of matches() with a constant pattern.
#include <array>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "server/rules/cel/node.h"
#include "server/rules/cel/overload.h"

namespace cadenza::cel {
namespace {

class StandardCallNode final : public Node {
 public:
  StandardCallNode(const StandardFunction& function, std::vector<NodePtr> args)
      : implementation_(function.implementation), role_(ClockRoleOf(function.name)), args_(std::move(args)) {}

 private:
  Value Do(Frame& frame) const override {
    std::array<Value, kFewArguments> values;
    for (size_t i = 0; i < args_.size(); ++i) {
      values[i] = args_[i]->Evaluate(frame);
      if (values[i].is_error()) return std::move(values[i]);
    }
    const auto span = absl::MakeConstSpan(values.data(), args_.size());
    if (frame.context.horizon == nullptr || !AnyMoves(span)) return implementation_(span, frame.context);
    return EnterMoving(role_, span, implementation_(span, frame.context), frame.context.horizon);
  }
  const Implementation implementation_;
  const ClockRole role_;
  const std::vector<NodePtr> args_;
};

class LongCallNode final : public Node {
 public:
  LongCallNode(Implementation implementation, std::vector<NodePtr> args)
      : implementation_(implementation), args_(std::move(args)) {}

 private:
  Value Do(Frame& frame) const override {
    absl::InlinedVector<Value, 4> values;
    for (const NodePtr& arg : args_) {
      values.push_back(arg->Evaluate(frame));
      if (values.back().is_error()) return std::move(values.back());
    }
    if (frame.context.horizon != nullptr && AnyMoves(values)) frame.context.horizon->Unknown();
    return implementation_(values, frame.context);
  }
  const Implementation implementation_;
  const std::vector<NodePtr> args_;
};

class CustomCallNode final : public Node {
 public:
  CustomCallNode(Implementation standard, std::vector<Env::Overload> overloads, std::string name,
                 std::vector<NodePtr> args)
      : standard_(standard), overloads_(std::move(overloads)), name_(std::move(name)), args_(std::move(args)) {}

 private:
  Value Do(Frame& frame) const override {
    absl::InlinedVector<Value, 4> values;
    for (const NodePtr& arg : args_) {
      values.push_back(arg->Evaluate(frame));
      if (values.back().is_error()) return std::move(values.back());
    }
    if (frame.context.horizon != nullptr && AnyMoves(values)) frame.context.horizon->Unknown();
    for (const Env::Overload& overload : overloads_) {
      if (Accepts(overload.arguments, values)) return overload.function(values);
    }
    return standard_ != nullptr ? standard_(values, frame.context) : NoOverload(name_, values);
  }
  const Implementation standard_;
  const std::vector<Env::Overload> overloads_;
  const std::string name_;
  const std::vector<NodePtr> args_;
};

class ConstantMatchNode final : public Node {
 public:
  ConstantMatchNode(NodePtr text, std::unique_ptr<const re2::RE2> regex)
      : text_(std::move(text)), regex_(std::move(regex)) {}

 private:
  Value Do(Frame& frame) const override {
    const Value text = text_->Evaluate(frame);
    if (text.is_error()) return text;
    if (text.kind() != Value::Kind::kString) return NoOverload("matches", {text});
    return MatchRegex(*regex_, text.string_value(), frame.context);
  }
  const NodePtr text_;
  const std::unique_ptr<const re2::RE2> regex_;
};

}  // namespace

NodePtr MakeCall(const StandardFunction* standard, std::vector<Env::Overload> overloads, std::string name,
                 std::vector<NodePtr> args) {
  if (overloads.empty() && args.size() > kFewArguments) {
    return std::make_unique<const LongCallNode>(standard->implementation, std::move(args));
  }
  if (overloads.empty()) return std::make_unique<const StandardCallNode>(*standard, std::move(args));
  return std::make_unique<const CustomCallNode>(standard != nullptr ? standard->implementation : nullptr,
                                                std::move(overloads), std::move(name), std::move(args));
}

NodePtr MakeConstantMatch(NodePtr text, std::unique_ptr<const re2::RE2> regex) {
  return std::make_unique<const ConstantMatchNode>(std::move(text), std::move(regex));
}

}  // namespace cadenza::cel
