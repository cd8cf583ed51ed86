#include <optional>

#include "server/rules/liquid/content_block.h"
#include "server/rules/liquid/literals.h"
#include "server/rules/liquid/parser.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::liquid {
namespace {

using Kind = Token::Kind;

// Nesting of brackets in one expression.
constexpr int kMostDepth = 32;

template <typename T, typename... Args>
ExpressionPtr Make(Args&&... args) {
  return std::make_unique<const T>(std::forward<Args>(args)...);
}

bool IsOperator(const Token& token) { return token.kind == Kind::kOperator || token.Is(Kind::kIdentifier, "contains"); }

}  // namespace

absl::StatusOr<Markup> Markup::Of(ParseState& state, std::string_view markup) {
  CADENZA_ASSIGN_OR_RETURN(std::vector<Token> tokens, Tokenize(state.source(), markup));
  return Markup(state, std::move(tokens));
}

Token Markup::Take() {
  const Token token = Peek();
  if (!AtEnd()) ++next_;
  return token;
}

bool Markup::Accept(Kind kind, std::string_view text) {
  if (!Peek().Is(kind, text)) return false;
  Take();
  return true;
}

absl::Status Markup::Expect(Kind kind, std::string_view text) {
  return Accept(kind, text) ? absl::OkStatus() : Error(StrCat("expected '", text, "'"));
}

absl::StatusOr<std::string_view> Markup::ExpectIdentifier(std::string_view what) {
  if (Peek().kind != Kind::kIdentifier) return Error(StrCat("expected ", what));
  return Take().text;
}

absl::Status Markup::ExpectEnd() {
  return AtEnd() ? absl::OkStatus() : Error(StrCat("unexpected '", Peek().text, "'"));
}

absl::StatusOr<ExpressionPtr> Markup::Primary() {
  if (++depth_ > kMostDepth) return Error(StrCat("brackets are nested deeper than ", kMostDepth));
  absl::StatusOr<ExpressionPtr> expression = PrimaryInside();
  --depth_;
  return expression;
}

absl::StatusOr<ExpressionPtr> Markup::PrimaryInside() {
  switch (Peek().kind) {
    case Kind::kInteger:
      return Make<LiteralExpression>(IntegerLiteral(Take().text));
    case Kind::kFloat:
      return Make<LiteralExpression>(FloatLiteral(Take().text));
    case Kind::kString:
      return Make<LiteralExpression>(Value::String(std::string(Take().text)));
    case Kind::kIdentifier:
    case Kind::kDollar:
      return Variable();
    default:
      if (Accept(Kind::kPunctuation, "(")) return RangeAfterParenthesis();
      if (AtPunctuation("[")) return Variable();
      return Error(AtEnd() ? "expected a value" : StrCat("unexpected '", Peek().text, "'"));
  }
}

absl::StatusOr<ExpressionPtr> Markup::RangeAfterParenthesis() {
  CADENZA_ASSIGN_OR_RETURN(ExpressionPtr first, Primary());
  CADENZA_RETURN_IF_ERROR(Expect(Kind::kDotDot, ".."));
  CADENZA_ASSIGN_OR_RETURN(ExpressionPtr last, Primary());
  CADENZA_RETURN_IF_ERROR(Expect(Kind::kPunctuation, ")"));
  return Make<RangeExpression>(std::move(first), std::move(last));
}

bool Markup::AtContentBlock() const {
  return next_ + 2 < tokens_.size() && tokens_[next_].Is(Kind::kIdentifier, "content_blocks") &&
         tokens_[next_ + 1].Is(Kind::kPunctuation, ".") && tokens_[next_ + 2].kind == Kind::kDollar;
}

absl::StatusOr<ExpressionPtr> Markup::Variable() {
  if (AtContentBlock())
    return Error("a content block can only be inserted, as {{content_blocks.${name}}}, or assigned");
  VariableUse use{Peek().text, {}};
  std::string_view name;
  ExpressionPtr name_expression;
  const bool is_dollar = Peek().kind == Kind::kDollar;
  if (Peek().kind == Kind::kIdentifier || is_dollar) {
    name = Take().text;
    use.path.push_back(name);
  } else {
    Take();
    CADENZA_ASSIGN_OR_RETURN(name_expression, Primary());
    CADENZA_RETURN_IF_ERROR(Expect(Kind::kPunctuation, "]"));
  }
  std::vector<VariableExpression::Segment> segments;
  bool is_plain = name_expression == nullptr;
  while (true) {
    if (Accept(Kind::kPunctuation, ".")) {
      std::string_view member;
      if (Peek().kind == Kind::kDollar) {
        member = DollarName(Take().text);
      } else {
        CADENZA_ASSIGN_OR_RETURN(member, ExpectIdentifier("a name after '.'"));
      }
      segments.push_back({Value::String(std::string(member)), nullptr});
      if (is_plain) use.path.push_back(member);
    } else if (Accept(Kind::kPunctuation, "[")) {
      is_plain = false;
      CADENZA_ASSIGN_OR_RETURN(ExpressionPtr index, Primary());
      CADENZA_RETURN_IF_ERROR(Expect(Kind::kPunctuation, "]"));
      segments.push_back({Value(), std::move(index)});
    } else {
      break;
    }
  }
  if (name_expression == nullptr && segments.empty() && !is_dollar) {
    if (std::optional<Datum> literal = WordLiteral(name)) return Make<LiteralExpression>(*std::move(literal));
  }
  if (!use.path.empty()) state_->Uses(std::move(use));
  return Make<VariableExpression>(name, std::move(name_expression), std::move(segments));
}

absl::StatusOr<ExpressionPtr> Markup::Filtered() {
  ExpressionPtr input;
  if (AtContentBlock()) {
    Take();
    Take();
    const std::string_view name = DollarName(Take().text);
    state_->ReadsContentBlock(name);
    input = Make<ContentBlockExpression>(name);
  } else {
    CADENZA_ASSIGN_OR_RETURN(input, Primary());
  }
  std::vector<FilteredExpression::Step> steps;
  while (Accept(Kind::kPunctuation, "|")) {
    CADENZA_ASSIGN_OR_RETURN(FilteredExpression::Step step, FilterStep());
    steps.push_back(std::move(step));
  }
  if (steps.empty()) return input;
  return Make<FilteredExpression>(std::move(input), std::move(steps));
}

absl::StatusOr<FilteredExpression::Step> Markup::FilterStep() {
  FilteredExpression::Step step;
  CADENZA_ASSIGN_OR_RETURN(step.place, ExpectIdentifier("the name of a filter"));
  step.filter = FindFilter(step.place);
  if (step.filter == nullptr) state_->Warn(step.place, StrCat("unknown filter '", step.place, "'"));
  if (Accept(Kind::kPunctuation, ":")) {
    do {
      CADENZA_RETURN_IF_ERROR(FilterArgument(&step));
    } while (Accept(Kind::kPunctuation, ",") && !AtEnd() && !AtPunctuation("|"));
  }
  // What can never be rendered is told when the template is saved, but Shopify's way is to tell when it is rendered.
  if (step.filter == nullptr || state_->mode() == Mode::kLax) return step;
  if (const absl::Status status = CheckArguments(step); !status.ok()) {
    return ErrorAt(state_->source(), step.place, StrCat("'", step.place, "': ", Std(status.message())));
  }
  return step;
}

absl::Status Markup::FilterArgument(FilteredExpression::Step* step) {
  if (Peek().kind == Kind::kIdentifier && PeekFurther().Is(Kind::kPunctuation, ":")) {
    const std::string_view name = Take().text;
    Take();
    CADENZA_ASSIGN_OR_RETURN(ExpressionPtr option, Primary());
    step->options.emplace_back(name, std::move(option));
    return absl::OkStatus();
  }
  CADENZA_ASSIGN_OR_RETURN(ExpressionPtr argument, Primary());
  step->arguments.push_back(std::move(argument));
  return absl::OkStatus();
}

absl::StatusOr<Comparison> Markup::ParseComparison() {
  Comparison comparison;
  CADENZA_ASSIGN_OR_RETURN(comparison.left, Primary());
  if (IsOperator(Peek())) {
    comparison.op = OperatorNamed(Take().text);
    CADENZA_ASSIGN_OR_RETURN(comparison.right, Primary());
  }
  return comparison;
}

absl::StatusOr<Condition> Markup::ParseCondition() {
  Condition condition;
  while (true) {
    CADENZA_ASSIGN_OR_RETURN(Comparison comparison, ParseComparison());
    const bool is_and = Accept(Kind::kIdentifier, "and");
    const bool goes_on = is_and || Accept(Kind::kIdentifier, "or");
    condition.Add(std::move(comparison), is_and);
    if (!goes_on) break;
  }
  CADENZA_RETURN_IF_ERROR(ExpectEnd());
  return condition;
}

}  // namespace cadenza::liquid
