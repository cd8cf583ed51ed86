#include <algorithm>
#include <optional>
#include <string>

#include "absl/strings/ascii.h"
#include "server/rules/liquid/lax.h"
#include "server/rules/liquid/parser.h"
#include "server/rules/liquid/tags.h"
#include "server/rules/liquid/text.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::liquid {
namespace {

using Kind = Token::Kind;

class AssignNode : public Node {
 public:
  // A null expression is nil.
  AssignNode(std::string_view place, std::string_view name, ExpressionPtr expression)
      : Node(place), name_(name), expression_(std::move(expression)) {}

  absl::Status Render(Context& context, std::string*) const override {
    Datum datum;
    if (expression_ != nullptr) {
      CADENZA_ASSIGN_OR_RETURN(datum, expression_->Evaluate(context));
    }
    const Value* value = ValueIn(datum);
    if (value != nullptr && value->kind() == Value::Kind::kString) {
      CADENZA_RETURN_IF_ERROR(context.Charge(value->string_value().size()));
    }
    context.Assign(name_, std::move(datum), expression_ != nullptr && expression_->IsSafe(context));
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
    context.Assign(name_, Value::String(std::move(captured)), true);
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
    int64_t shown = counter;
    if (__builtin_add_overflow(counter, up_ ? 1 : -1, &counter)) {
      return absl::InvalidArgumentError(StrCat("the counter '", name_, "' is at its end"));
    }
    if (!up_) shown = counter;
    return WriteValue(Value::Int(shown), true, context, out);
  }

 private:
  std::string_view name_;
  bool up_;
};

class CycleNode : public Node {
 public:
  CycleNode(std::string_view place, ExpressionPtr group, std::vector<ExpressionPtr> values)
      : Node(place), group_(std::move(group)), values_(std::move(values)) {
    if (group_ == nullptr) own_group_ = OwnGroup();
  }

  absl::Status Render(Context& context, std::string* out) const override {
    std::string group = own_group_;
    if (group_ != nullptr) {
      CADENZA_ASSIGN_OR_RETURN(Datum datum, group_->Evaluate(context));
      CADENZA_ASSIGN_OR_RETURN(const Value name, context.ToValue(std::move(datum)));
      group = StrCat("group ", KindName(name.kind()), " ", ToText(name));
    }
    CADENZA_RETURN_IF_ERROR(context.Step(1 + static_cast<int64_t>(group.size() / 64)));
    size_t& position = context.frame.cycles[group];
    const size_t at = position;
    position = at + 1 >= values_.size() ? 0 : at + 1;
    if (at >= values_.size()) return absl::OkStatus();  // the group was advanced by a longer list
    return WriteResult(*values_[at], context, out);
  }

 private:
  // Tags of the same literals go on with each other's turn; a tag with a variable goes on only with its own.
  std::string OwnGroup() const {
    std::string group = "values";
    for (const ExpressionPtr& value : values_) {
      const auto* literal = dynamic_cast<const LiteralExpression*>(value.get());
      if (literal == nullptr) return StrCat("tag ", reinterpret_cast<uintptr_t>(place().data()));
      const Value* text = ValueIn(literal->datum());
      StrAppend(&group, " ", text == nullptr ? "word" : KindName(text->kind()), " ",
                text == nullptr ? std::string() : ToText(*text));
    }
    return group;
  }

  ExpressionPtr group_;
  std::string own_group_;
  std::vector<ExpressionPtr> values_;
};

// Of the name of a variable that is assigned to.
bool IsNameCharacter(char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)) || IsOneOf(c, "_-.[]()"); }

// "name = rest": the first '=' that has a name right before it. False if there is none.
bool SplitAssignment(std::string_view markup, std::string_view* name, std::string_view* rest) {
  for (size_t at = markup.find('='); at != std::string_view::npos; at = markup.find('=', at + 1)) {
    const std::string_view before = StripRight(markup.substr(0, at));
    size_t begin = before.size();
    while (begin > 0 && IsNameCharacter(before[begin - 1])) --begin;
    if (begin == before.size()) continue;
    *name = before.substr(begin);
    *rest = markup.substr(at + 1);
    return true;
  }
  return false;
}

absl::StatusOr<ExpressionPtr> ParseFiltered(Parser& parser, const Piece& tag, std::string_view markup) {
  const auto strict = [&]() -> absl::StatusOr<ExpressionPtr> {
    CADENZA_ASSIGN_OR_RETURN(Markup tokens, Markup::Of(parser.state, markup));
    if (tokens.AtEnd()) return ExpressionPtr();
    CADENZA_ASSIGN_OR_RETURN(ExpressionPtr expression, tokens.Filtered());
    CADENZA_RETURN_IF_ERROR(tokens.ExpectEnd());
    return expression;
  };
  const auto lax = [&]() -> absl::StatusOr<ExpressionPtr> { return LaxFiltered(parser.state, markup); };
  return parser.Either(tag, strict, lax);
}

absl::StatusOr<NodePtr> ParseAssign(Parser& parser, const Piece& tag) {
  std::string_view name, rest;
  if (!SplitAssignment(tag.content, &name, &rest)) {
    return ErrorAt(parser.state.source(), tag.content, "expected 'name = value'");
  }
  CADENZA_ASSIGN_OR_RETURN(ExpressionPtr expression, ParseFiltered(parser, tag, rest));
  parser.state.Sets(name);
  return std::make_unique<AssignNode>(tag.name, name, std::move(expression));
}

absl::StatusOr<NodePtr> ParseCapture(Parser& parser, const Piece& tag) {
  const auto begin = std::find_if(tag.content.begin(), tag.content.end(), IsNameCharacter);
  const auto end = std::find_if_not(begin, tag.content.end(), IsNameCharacter);
  if (begin == end) return ErrorAt(parser.state.source(), tag.content, "expected the name of a variable");
  const std::string_view name(&*begin, static_cast<size_t>(end - begin));
  parser.state.Sets(name);
  Block block;
  CADENZA_RETURN_IF_ERROR(parser.ParseBlock(tag, {"endcapture"}, &block).status());
  return std::make_unique<CaptureNode>(tag.name, name, std::move(block));
}

absl::StatusOr<NodePtr> ParseCounter(Parser& parser, const Piece& tag) {
  parser.state.Sets(tag.content);
  return std::make_unique<CounterNode>(tag.name, tag.content, tag.name == "increment");
}

struct Cycle {
  ExpressionPtr group;
  std::vector<ExpressionPtr> values;
};

absl::StatusOr<Cycle> StrictCycle(Parser& parser, const Piece& tag) {
  Cycle cycle;
  CADENZA_ASSIGN_OR_RETURN(Markup markup, parser.Open(tag));
  CADENZA_ASSIGN_OR_RETURN(ExpressionPtr first, markup.Primary());
  if (markup.Accept(Kind::kPunctuation, ":")) {
    cycle.group = std::move(first);
    CADENZA_ASSIGN_OR_RETURN(first, markup.Primary());
  }
  cycle.values.push_back(std::move(first));
  while (markup.Accept(Kind::kPunctuation, ",")) {
    if (markup.AtEnd()) break;
    CADENZA_ASSIGN_OR_RETURN(ExpressionPtr value, markup.Primary());
    cycle.values.push_back(std::move(value));
  }
  CADENZA_RETURN_IF_ERROR(markup.ExpectEnd());
  return cycle;
}

absl::StatusOr<Cycle> LaxCycle(Parser& parser, const Piece& tag) {
  Cycle cycle;
  LaxScanner scanner(tag.content);
  std::string_view values = tag.content;
  const std::optional<std::string_view> first = scanner.Fragment();
  if (!first.has_value()) return parser.SyntaxError(tag, "expected the values of 'cycle'");
  scanner.SkipSpaces();
  if (scanner.Accept(":")) {
    cycle.group = LaxExpression(parser.state, *first);
    values = scanner.rest();
  }
  while (!values.empty()) {
    const std::string_view part = values.substr(0, values.find(','));
    values.remove_prefix(std::min(values.size(), part.size() + 1));
    if (const auto fragment = LaxScanner(part).FindFragment()) {
      cycle.values.push_back(LaxExpression(parser.state, *fragment));
    }
  }
  if (cycle.values.empty()) return parser.SyntaxError(tag, "expected the values of 'cycle'");
  return cycle;
}

absl::StatusOr<NodePtr> ParseCycle(Parser& parser, const Piece& tag) {
  CADENZA_ASSIGN_OR_RETURN(Cycle cycle,
                           parser.Either(
                               tag, [&] { return StrictCycle(parser, tag); }, [&] { return LaxCycle(parser, tag); }));
  return std::make_unique<CycleNode>(tag.content, std::move(cycle.group), std::move(cycle.values));
}

}  // namespace

absl::StatusOr<NodePtr> ParseOutput(Parser& parser, const Piece& piece) {
  CADENZA_ASSIGN_OR_RETURN(ExpressionPtr expression, ParseFiltered(parser, piece, piece.content));
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
