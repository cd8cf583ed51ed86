#include <optional>

#include "absl/strings/numbers.h"
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

// The words that are values; nothing for any other.
std::optional<Datum> WordLiteral(std::string_view word) {
  if (word == "nil" || word == "null") return Value();
  if (word == "true") return Value::Bool(true);
  if (word == "false") return Value::Bool(false);
  if (word == "empty") return Special::kEmpty;
  if (word == "blank") return Special::kBlank;
  return std::nullopt;
}

Value NumberLiteral(const Token& token) {
  int64_t whole = 0;
  if (token.kind == Kind::kInteger && absl::SimpleAtoi(Sv(token.text), &whole)) return Value::Int(whole);
  double value = 0;
  (void)absl::SimpleAtod(Sv(token.text), &value);
  return Value::Double(value);
}

std::optional<Comparison::Operator> OperatorOf(const Token& token) {
  using Operator = Comparison::Operator;
  if (token.Is(Kind::kIdentifier, "contains")) return Operator::kContains;
  if (token.kind != Kind::kOperator) return std::nullopt;
  if (token.text == "==") return Operator::kEqual;
  if (token.text == "!=" || token.text == "<>") return Operator::kNotEqual;
  if (token.text == "<") return Operator::kLess;
  if (token.text == "<=") return Operator::kLessOrEqual;
  if (token.text == ">") return Operator::kGreater;
  return Operator::kGreaterOrEqual;
}

}  // namespace

absl::StatusOr<Markup> Markup::Of(std::string_view source, std::string_view markup) {
  CADENZA_ASSIGN_OR_RETURN(std::vector<Token> tokens, Tokenize(source, markup));
  return Markup(source, std::move(tokens));
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
    case Kind::kFloat:
      return Make<LiteralExpression>(NumberLiteral(Take()));
    case Kind::kString:
      return Make<LiteralExpression>(Value::String(std::string(Take().text)));
    case Kind::kIdentifier:
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

absl::StatusOr<ExpressionPtr> Markup::Variable() {
  std::string_view name;
  ExpressionPtr name_expression;
  if (Peek().kind == Kind::kIdentifier) {
    name = Take().text;
  } else {
    Take();
    CADENZA_ASSIGN_OR_RETURN(name_expression, Primary());
    CADENZA_RETURN_IF_ERROR(Expect(Kind::kPunctuation, "]"));
  }
  std::vector<VariableExpression::Segment> segments;
  while (true) {
    if (Accept(Kind::kPunctuation, ".")) {
      CADENZA_ASSIGN_OR_RETURN(const std::string_view member, ExpectIdentifier("a name after '.'"));
      segments.push_back({Value::String(std::string(member)), nullptr});
    } else if (Accept(Kind::kPunctuation, "[")) {
      CADENZA_ASSIGN_OR_RETURN(ExpressionPtr index, Primary());
      CADENZA_RETURN_IF_ERROR(Expect(Kind::kPunctuation, "]"));
      segments.push_back({Value(), std::move(index)});
    } else {
      break;
    }
  }
  if (name_expression == nullptr && segments.empty()) {
    if (std::optional<Datum> literal = WordLiteral(name)) return Make<LiteralExpression>(*std::move(literal));
  }
  return Make<VariableExpression>(name, std::move(name_expression), std::move(segments));
}

absl::StatusOr<ExpressionPtr> Markup::Filtered() {
  CADENZA_ASSIGN_OR_RETURN(ExpressionPtr input, Primary());
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
  if (step.filter == nullptr) return ErrorAt(source_, step.place, StrCat("unknown filter '", step.place, "'"));
  if (Accept(Kind::kPunctuation, ":")) {
    do {
      CADENZA_RETURN_IF_ERROR(FilterArgument(&step));
    } while (Accept(Kind::kPunctuation, ",") && !AtEnd() && !AtPunctuation("|"));
  }
  const size_t given = step.arguments.size();
  const Filter& filter = *step.filter;
  if (given >= filter.least_arguments && given <= filter.most_arguments) return step;
  const std::string range = filter.least_arguments == filter.most_arguments
                                ? StrCat(filter.least_arguments)
                                : StrCat(filter.least_arguments, " to ", filter.most_arguments);
  return ErrorAt(source_, step.place, StrCat("'", filter.name, "' takes ", range, " arguments, not ", given));
}

absl::Status Markup::FilterArgument(FilteredExpression::Step* step) {
  const bool is_named = Peek().kind == Kind::kIdentifier && tokens_[next_ + 1].Is(Kind::kPunctuation, ":");
  if (is_named) {
    if (step->filter->option.empty() || Peek().text != step->filter->option) {
      return Error(StrCat("'", step->filter->name, "' has no argument named '", Peek().text, "'"));
    }
    Take();
    Take();
  }
  CADENZA_ASSIGN_OR_RETURN(ExpressionPtr argument, Primary());
  if (is_named) {
    step->option = std::move(argument);
  } else {
    step->arguments.push_back(std::move(argument));
  }
  return absl::OkStatus();
}

absl::StatusOr<Comparison> Markup::ParseComparison() {
  Comparison comparison;
  CADENZA_ASSIGN_OR_RETURN(comparison.left, Primary());
  if (const std::optional<Comparison::Operator> op = OperatorOf(Peek())) {
    Take();
    comparison.op = *op;
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
