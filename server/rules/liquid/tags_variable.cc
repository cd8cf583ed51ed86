#include <string>

#include "server/rules/liquid/parser.h"
#include "server/rules/liquid/tags.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::liquid {
namespace {

using Kind = Token::Kind;

class AssignNode : public Node {
 public:
  AssignNode(std::string_view place, std::string_view name, ExpressionPtr expression)
      : Node(place), name_(name), expression_(std::move(expression)) {}

  absl::Status Render(Context& context, std::string*) const override {
    CADENZA_ASSIGN_OR_RETURN(Datum datum, expression_->Evaluate(context));
    const Value* value = std::get_if<Value>(&datum);
    if (value != nullptr && value->kind() == Value::Kind::kString) {
      CADENZA_RETURN_IF_ERROR(context.Charge(value->string_value().size()));
    }
    context.Assign(name_, std::move(datum));
    return absl::OkStatus();
  }
  bool IsBlank() const override { return true; }

 private:
  std::string_view name_;
  ExpressionPtr expression_;
};

class CaptureNode : public Node {
 public:
  CaptureNode(std::string_view place, std::string_view name, Block block)
      : Node(place), name_(name), block_(std::move(block)) {}

  absl::Status Render(Context& context, std::string*) const override {
    std::string captured;
    CADENZA_RETURN_IF_ERROR(block_.Render(context, &captured));
    context.Assign(name_, Value::String(std::move(captured)));
    return absl::OkStatus();
  }
  bool IsBlank() const override { return true; }

 private:
  std::string_view name_;
  Block block_;
};

class CounterNode : public Node {
 public:
  CounterNode(std::string_view place, std::string_view name, bool up) : Node(place), name_(name), up_(up) {}

  // increment prints and then adds; decrement subtracts and then prints.
  absl::Status Render(Context& context, std::string* out) const override {
    int64_t& counter = context.Counter(name_);
    const int64_t shown = up_ ? counter++ : --counter;
    return context.Write(StrCat(shown), out);
  }

 private:
  std::string_view name_;
  bool up_;
};

class CycleNode : public Node {
 public:
  CycleNode(std::string_view place, ExpressionPtr group, std::vector<ExpressionPtr> values)
      : Node(place), group_(std::move(group)), values_(std::move(values)) {}

  absl::Status Render(Context& context, std::string* out) const override {
    std::string group = StrCat("values ", place());
    if (group_ != nullptr) {
      CADENZA_ASSIGN_OR_RETURN(Datum datum, group_->Evaluate(context));
      CADENZA_ASSIGN_OR_RETURN(const Value name, context.ToValue(std::move(datum)));
      group = StrCat("group ", ToText(name));
    }
    CADENZA_RETURN_IF_ERROR(context.Step(1 + static_cast<int64_t>(group.size() / 64)));
    const size_t position = context.CyclePosition(group);
    context.CyclePosition(group) = position + 1 >= values_.size() ? 0 : position + 1;
    if (position >= values_.size()) return absl::OkStatus();  // the group was advanced by a longer list
    CADENZA_ASSIGN_OR_RETURN(Datum datum, values_[position]->Evaluate(context));
    CADENZA_ASSIGN_OR_RETURN(const Value value, context.ToValue(std::move(datum)));
    return context.Write(ToText(value), out);
  }

 private:
  ExpressionPtr group_;
  std::vector<ExpressionPtr> values_;
};

// A name that is assigned to: also one of digits only, which can then only be read as a number.
absl::StatusOr<std::string_view> Target(Markup& markup) {
  const Kind kind = markup.Peek().kind;
  if ((kind != Kind::kIdentifier && kind != Kind::kInteger) || markup.Peek().text.ends_with('?')) {
    return markup.Error("expected the name of a variable");
  }
  return markup.Take().text;
}

absl::StatusOr<NodePtr> ParseAssign(Parser& parser, const Piece& tag) {
  CADENZA_ASSIGN_OR_RETURN(Markup markup, parser.Open(tag));
  CADENZA_ASSIGN_OR_RETURN(const std::string_view name, Target(markup));
  CADENZA_RETURN_IF_ERROR(markup.Expect(Kind::kPunctuation, "="));
  CADENZA_ASSIGN_OR_RETURN(ExpressionPtr expression, markup.Filtered());
  CADENZA_RETURN_IF_ERROR(markup.ExpectEnd());
  return std::make_unique<AssignNode>(tag.name, name, std::move(expression));
}

absl::StatusOr<NodePtr> ParseCapture(Parser& parser, const Piece& tag) {
  CADENZA_ASSIGN_OR_RETURN(Markup markup, parser.Open(tag));
  std::string_view name;
  if (markup.Peek().kind == Kind::kString) {
    name = markup.Take().text;
  } else {
    CADENZA_ASSIGN_OR_RETURN(name, Target(markup));
  }
  CADENZA_RETURN_IF_ERROR(markup.ExpectEnd());
  Block block;
  CADENZA_RETURN_IF_ERROR(parser.ParseBlock(tag, {"endcapture"}, &block).status());
  return std::make_unique<CaptureNode>(tag.name, name, std::move(block));
}

absl::StatusOr<NodePtr> ParseCounter(Parser& parser, const Piece& tag) {
  CADENZA_ASSIGN_OR_RETURN(Markup markup, parser.Open(tag));
  CADENZA_ASSIGN_OR_RETURN(const std::string_view name, Target(markup));
  CADENZA_RETURN_IF_ERROR(markup.ExpectEnd());
  return std::make_unique<CounterNode>(tag.name, name, tag.name == "increment");
}

absl::StatusOr<NodePtr> ParseCycle(Parser& parser, const Piece& tag) {
  CADENZA_ASSIGN_OR_RETURN(Markup markup, parser.Open(tag));
  ExpressionPtr group;
  std::vector<ExpressionPtr> values;
  CADENZA_ASSIGN_OR_RETURN(ExpressionPtr first, markup.Primary());
  if (markup.Accept(Kind::kPunctuation, ":")) {
    group = std::move(first);
    CADENZA_ASSIGN_OR_RETURN(first, markup.Primary());
  }
  values.push_back(std::move(first));
  while (markup.Accept(Kind::kPunctuation, ",")) {
    CADENZA_ASSIGN_OR_RETURN(ExpressionPtr value, markup.Primary());
    values.push_back(std::move(value));
  }
  CADENZA_RETURN_IF_ERROR(markup.ExpectEnd());
  return std::make_unique<CycleNode>(tag.content, std::move(group), std::move(values));
}

}  // namespace

absl::StatusOr<NodePtr> ParseOutput(Parser& parser, const Piece& piece) {
  CADENZA_ASSIGN_OR_RETURN(Markup markup, parser.Open(piece));
  ExpressionPtr expression;
  if (!markup.AtEnd()) {
    CADENZA_ASSIGN_OR_RETURN(expression, markup.Filtered());
    CADENZA_RETURN_IF_ERROR(markup.ExpectEnd());
  }
  return std::make_unique<OutputNode>(piece.content, std::move(expression));
}

absl::Span<const TagEntry> VariableTags() {
  static constexpr TagEntry kTags[] = {
      {"assign", ParseAssign},     {"capture", ParseCapture}, {"increment", ParseCounter},
      {"decrement", ParseCounter}, {"echo", ParseOutput},     {"cycle", ParseCycle},
  };
  return kTags;
}

}  // namespace cadenza::liquid
