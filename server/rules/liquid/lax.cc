#include "server/rules/liquid/lax.h"

#include "absl/strings/ascii.h"
#include "server/rules/liquid/literals.h"
#include "server/rules/liquid/text.h"
#include "storage/base/text.h"

namespace cadenza::liquid {
namespace {

// Nesting of brackets in one expression.
constexpr int kMostDepth = 32;

bool IsWord(char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_'; }
bool IsFragmentCharacter(char c) { return !IsSpace(c) && !IsOneOf(c, ",|'\""); }
std::string_view Strip(std::string_view text) { return StripRight(StripLeft(text)); }

// The bytes of the quoted string that `text` begins with; 0 if it does not, or if it is not closed.
size_t QuotedBytes(std::string_view text) {
  if (text.empty() || (text[0] != '"' && text[0] != '\'')) return 0;
  const size_t end = text.find(text[0], 1);
  return end == std::string_view::npos ? 0 : end + 1;
}

ExpressionPtr Literal(Datum datum) { return std::make_unique<LiteralExpression>(std::move(datum)); }
ExpressionPtr Parse(ParseState& state, std::string_view markup, int depth);

// "(first..last)" without blanks inside its bounds; nothing for any other text.
std::optional<std::pair<std::string_view, std::string_view>> RangeBounds(std::string_view markup) {
  if (markup.size() < 2 || markup.front() != '(' || markup.back() != ')') return std::nullopt;
  const std::string_view inside = Strip(markup.substr(1, markup.size() - 2));
  const size_t dots = inside.rfind("..");
  if (dots == std::string_view::npos) return std::nullopt;
  const std::string_view first = Strip(inside.substr(0, dots)), last = Strip(inside.substr(dots + 2));
  for (std::string_view bound : {first, last}) {
    if (bound.empty() || bound.find_first_of(" \t\r\n") != std::string_view::npos) return std::nullopt;
  }
  return std::pair(first, last);
}

// A number as far as it is one: "1.2.3" is 1.2. Nothing if a character is neither digit nor dot, or it starts with
// neither.
std::optional<Value> LaxNumber(std::string_view markup) {
  const size_t sign = markup.starts_with('-') ? 1 : 0;
  if (markup.size() == sign || markup.find_first_not_of("0123456789.", sign) != std::string_view::npos) {
    return std::nullopt;
  }
  const size_t dot = markup.find('.');
  if (dot == std::string_view::npos || dot == 0) return IntegerLiteral(markup.substr(0, dot == 0 ? 0 : markup.size()));
  const size_t second = markup.find('.', dot + 1);
  return FloatLiteral(markup.substr(0, second));
}

// For each opening bracket where its closing one is; 0 where there is none.
std::vector<size_t> ClosingBrackets(std::string_view markup) {
  std::vector<size_t> closing(markup.size(), 0);
  std::vector<size_t> open;
  for (size_t i = 0; i < markup.size(); ++i) {
    if (markup[i] == '[') open.push_back(i);
    if (markup[i] != ']' || open.empty()) continue;
    closing[open.back()] = i;
    open.pop_back();
  }
  return closing;
}

// name.member[index]…: runs of word characters and dashes, and what is in brackets; all else is passed over.
ExpressionPtr ParseVariable(ParseState& state, std::string_view markup, int depth) {
  std::string_view name;
  ExpressionPtr name_expression;
  std::vector<VariableExpression::Segment> segments;
  bool is_first = true, is_plain = true;
  VariableUse use{markup.substr(0, 0), {}};
  const std::vector<size_t> closing = ClosingBrackets(markup);
  for (size_t i = 0; i < markup.size();) {
    if (markup[i] == '[') {
      const size_t end = closing[i];
      if (end == 0) {
        ++i;
        continue;
      }
      ExpressionPtr index = Parse(state, markup.substr(i + 1, end - i - 1), depth + 1);
      if (is_first) {
        name_expression = std::move(index);
      } else {
        segments.push_back({Value(), std::move(index)});
      }
      is_plain = is_first = false;
      i = end + 1;
      continue;
    }
    size_t end = i;
    while (end < markup.size() && (IsWord(markup[end]) || markup[end] == '-')) ++end;
    if (end == i) {
      ++i;
      continue;
    }
    if (end < markup.size() && markup[end] == '?') ++end;
    const std::string_view word = markup.substr(i, end - i);
    if (is_first) {
      name = word;
      use.place = word;
    } else {
      segments.push_back({Value::String(std::string(word)), nullptr});
    }
    if (is_plain) use.path.push_back(word);
    is_first = false;
    i = end;
  }
  if (is_first) return Literal(Value());
  if (!use.path.empty()) state.Uses(std::move(use));
  return std::make_unique<VariableExpression>(name, std::move(name_expression), std::move(segments));
}

ExpressionPtr Parse(ParseState& state, std::string_view markup, int depth) {
  if (depth > kMostDepth) return Literal(Value());
  markup = Strip(markup);
  if (markup.starts_with("{{")) markup = Strip(markup.substr(2, markup.size() - (markup.ends_with("}}") ? 4 : 2)));
  if (markup.size() > 1 && markup.front() == markup.back() && IsOneOf(markup.front(), "'\"")) {
    return Literal(Value::String(std::string(markup.substr(1, markup.size() - 2))));
  }
  if (markup.starts_with("${") && markup.ends_with('}')) {
    state.Uses({markup, {markup}});
    return std::make_unique<VariableExpression>(markup, nullptr, std::vector<VariableExpression::Segment>());
  }
  if (std::optional<Datum> word = WordLiteral(markup)) return Literal(*std::move(word));
  if (const auto bounds = RangeBounds(markup)) {
    return std::make_unique<RangeExpression>(Parse(state, bounds->first, depth + 1),
                                             Parse(state, bounds->second, depth + 1));
  }
  if (std::optional<Value> number = LaxNumber(markup)) return Literal(*std::move(number));
  return ParseVariable(state, markup, depth);
}

// One filter, between bars. False if it has no name.
bool ParseStep(ParseState& state, std::string_view markup, FilteredExpression::Step* step) {
  LaxScanner scanner(markup);
  while (!scanner.AtEnd() && (step->place = scanner.Word(false)).empty())
    scanner = LaxScanner(scanner.rest().substr(1));
  if (step->place.empty()) return false;
  step->filter = FindFilter(step->place);
  if (step->filter == nullptr) state.Warn(step->place, StrCat("unknown filter '", step->place, "'"));
  while (!scanner.AtEnd()) {
    if (!scanner.Accept(":") && !scanner.Accept(",")) {
      scanner = LaxScanner(scanner.rest().substr(std::max<size_t>(1, QuotedBytes(scanner.rest()))));
      continue;
    }
    scanner.SkipSpaces();
    LaxScanner ahead = scanner;
    const std::string_view name = ahead.Word(true);
    ahead.SkipSpaces();
    if (!name.empty() && ahead.Accept(":")) {
      ahead.SkipSpaces();
      if (const auto value = ahead.Fragment()) {
        step->options.emplace_back(name, LaxExpression(state, *value));
        scanner = ahead;
        continue;
      }
    }
    if (const auto value = scanner.Fragment()) step->arguments.push_back(LaxExpression(state, *value));
  }
  return true;
}

// fragment operator fragment.
absl::StatusOr<Comparison> ParseComparison(ParseState& state, std::string_view markup) {
  LaxScanner scanner(markup);
  const std::optional<std::string_view> left = scanner.FindFragment();
  if (!left.has_value()) return absl::InvalidArgumentError("expected a condition");
  Comparison comparison;
  comparison.left = LaxExpression(state, *left);
  scanner.SkipSpaces();
  size_t end = 0;
  while (end < scanner.rest().size() &&
         (absl::ascii_islower(scanner.rest()[end]) || IsOneOf(scanner.rest()[end], "=!<>_"))) {
    ++end;
  }
  if (end == 0) return comparison;
  comparison.op_text = scanner.rest().substr(0, end);
  comparison.op = OperatorNamed(comparison.op_text);
  scanner.Accept(comparison.op_text);
  scanner.SkipSpaces();
  comparison.right = LaxExpression(state, scanner.Fragment().value_or(""));
  return comparison;
}

// The word `and` or `or` at the front; empty if there is neither.
std::string_view Conjunction(std::string_view text) {
  for (std::string_view word : {"and", "or"}) {
    if (text.starts_with(word) && (text.size() == word.size() || !IsWord(text[word.size()]))) {
      return text.substr(0, word.size());
    }
  }
  return {};
}

}  // namespace

void LaxScanner::SkipSpaces() { rest_ = StripLeft(rest_); }

std::optional<std::string_view> LaxScanner::Fragment() {
  size_t end = QuotedBytes(rest_);
  while (end == 0 || !IsOneOf(rest_[0], "'\"")) {
    if (end >= rest_.size()) break;
    const size_t quoted = QuotedBytes(rest_.substr(end));
    if (quoted == 0 && !IsFragmentCharacter(rest_[end])) break;
    end += std::max<size_t>(1, quoted);
  }
  if (end == 0) return std::nullopt;
  const std::string_view fragment = rest_.substr(0, end);
  rest_.remove_prefix(end);
  return fragment;
}

std::optional<std::string_view> LaxScanner::FindFragment() {
  for (; !rest_.empty(); rest_.remove_prefix(1)) {
    if (auto fragment = Fragment()) return fragment;
  }
  return std::nullopt;
}

std::string_view LaxScanner::Word(bool dashes) {
  size_t end = 0;
  while (end < rest_.size() && (IsWord(rest_[end]) || (dashes && end > 0 && rest_[end] == '-'))) ++end;
  const std::string_view word = rest_.substr(0, end);
  rest_.remove_prefix(end);
  return word;
}

bool LaxScanner::Accept(std::string_view text) {
  if (!rest_.starts_with(text)) return false;
  rest_.remove_prefix(text.size());
  return true;
}

ExpressionPtr LaxExpression(ParseState& state, std::string_view markup) { return Parse(state, markup, 0); }

ExpressionPtr LaxFiltered(ParseState& state, std::string_view markup) {
  LaxScanner scanner(markup);
  const std::optional<std::string_view> input = scanner.FindFragment();
  if (!input.has_value()) return nullptr;
  ExpressionPtr expression = LaxExpression(state, *input);
  std::vector<FilteredExpression::Step> steps;
  std::string_view rest = scanner.rest();
  rest.remove_prefix(std::min(rest.size(), rest.find('|')));
  while (!rest.empty()) {
    size_t end = 1;
    while (end < rest.size() && rest[end] != '|') end += std::max<size_t>(1, QuotedBytes(rest.substr(end)));
    FilteredExpression::Step step;
    if (ParseStep(state, rest.substr(1, end - 1), &step)) steps.push_back(std::move(step));
    rest.remove_prefix(end);
  }
  if (steps.empty()) return expression;
  return std::make_unique<FilteredExpression>(std::move(expression), std::move(steps));
}

absl::StatusOr<Condition> LaxCondition(ParseState& state, std::string_view markup) {
  Condition condition;
  LaxScanner scanner(markup);
  while (true) {
    scanner.SkipSpaces();
    const std::string_view begin = scanner.rest();
    std::string_view conjunction;
    while (!scanner.AtEnd() && (conjunction = Conjunction(scanner.rest())).empty()) {
      if (!scanner.Fragment().has_value()) scanner = LaxScanner(scanner.rest().substr(1));
      scanner.SkipSpaces();
    }
    auto comparison = ParseComparison(state, begin.substr(0, begin.size() - scanner.rest().size()));
    if (!comparison.ok()) return comparison.status();
    condition.Add(*std::move(comparison), conjunction == "and");
    if (conjunction.empty()) return condition;
    scanner.Accept(conjunction);
  }
}

std::vector<std::pair<std::string_view, ExpressionPtr>> LaxAttributes(ParseState& state, std::string_view markup) {
  std::vector<std::pair<std::string_view, ExpressionPtr>> attributes;
  LaxScanner scanner(markup);
  while (!scanner.AtEnd()) {
    const std::string_view name = scanner.Word(true);
    if (name.empty()) {
      scanner = LaxScanner(scanner.rest().substr(std::max<size_t>(1, QuotedBytes(scanner.rest()))));
      continue;
    }
    LaxScanner ahead = scanner;
    ahead.SkipSpaces();
    if (!ahead.Accept(":")) continue;
    ahead.SkipSpaces();
    const std::optional<std::string_view> value = ahead.Fragment();
    if (!value.has_value()) continue;
    attributes.emplace_back(name, LaxExpression(state, *value));
    scanner = ahead;
  }
  return attributes;
}

}  // namespace cadenza::liquid
