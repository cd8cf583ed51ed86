#include "server/rules/cel/lexer.h"

#include <algorithm>
#include <array>
#include <optional>

#include "absl/strings/ascii.h"
#include "server/rules/cel/escape.h"
#include "server/rules/cel/text.h"
#include "server/rules/cel/utf8.h"

namespace cadenza::cel {
namespace {

bool IsIdentStart(char c) { return absl::ascii_isalpha(c) || c == '_'; }
bool IsIdent(char c) { return absl::ascii_isalnum(c) || c == '_'; }

// Of a line in an error, how many code points are shown on either side of the place.
constexpr size_t kShownAround = 60;

// The line and a caret under the end of `left`. A tab stays a tab in both, so that the caret stands right.
std::string Picture(std::string_view left, std::string_view right) {
  const size_t points = CountCodePoints(left);
  std::string shown = "\n  ";
  if (points > kShownAround) {
    left.remove_prefix(*OffsetOfCodePoint(left, points - kShownAround));
    shown += "…";
  }
  std::string caret(points > kShownAround ? 3 : 2, ' ');
  for (size_t at = 0; at < left.size(); at += CodePointBytes(left.substr(at))) {
    caret += left[at] == '\t' ? '\t' : ' ';
  }
  shown += left;
  const std::optional<size_t> cut = OffsetOfCodePoint(right, kShownAround);
  shown += right.substr(0, cut.value_or(right.size()));
  if (cut && *cut < right.size()) shown += "…";
  // A control character would do on a terminal whatever it does there.
  std::replace_if(
      shown.begin() + 1, shown.end(), [](char c) { return absl::ascii_iscntrl(c) && c != '\t'; }, ' ');
  return Cat(shown, "\n", caret, "^");
}

}  // namespace

absl::Status ErrorAt(std::string_view expression, size_t offset, std::string_view message) {
  const std::string_view before = expression.substr(0, offset);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const size_t begin = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  const size_t end = std::min(expression.find('\n', before.size()), expression.size());
  const std::string_view left = expression.substr(begin, before.size() - begin);
  const std::string_view right = expression.substr(before.size(), end - before.size());
  return absl::InvalidArgumentError(
      Cat("line ", line, ", column ", CountCodePoints(left) + 1, ": ", message, Picture(left, right)));
}

bool IsKeyword(std::string_view name) { return name == "true" || name == "false" || name == "null" || name == "in"; }

bool IsReserved(std::string_view name) {
  static constexpr std::array<std::string_view, 17> kWords = {
      "as",  "break", "const",   "continue",  "else",   "for", "function", "if",   "import",
      "let", "loop",  "package", "namespace", "return", "var", "void",     "while"};
  return IsKeyword(name) || std::find(kWords.begin(), kWords.end(), name) != kWords.end();
}

absl::StatusOr<Token> Lexer::Next() {
  SkipSpace();
  const size_t begin = at_;
  if (at_ == source_.size()) return Make(Token::Kind::kEnd, begin, "");
  if (size_t prefix = 0; AtString(&prefix)) return Quoted(prefix);
  if (absl::ascii_isdigit(Peek()) || (Peek() == '.' && absl::ascii_isdigit(Peek(1)))) return Number();
  if (Peek() == '`') return QuotedIdent();
  if (!IsIdentStart(Peek())) return Operator();
  while (IsIdent(Peek())) ++at_;
  const std::string_view name = source_.substr(begin, at_ - begin);
  return Make(name == "in" ? Token::Kind::kOperator : Token::Kind::kIdent, begin, name);
}

void Lexer::SkipSpace() {
  while (at_ < source_.size()) {
    const char c = Peek();
    if (c == '/' && Peek(1) == '/') {
      at_ = std::min(source_.find('\n', at_), source_.size());
    } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f') {
      ++at_;
    } else {
      return;
    }
  }
}

size_t Lexer::Digits() {
  const size_t begin = at_;
  while (absl::ascii_isdigit(Peek())) ++at_;
  return at_ - begin;
}

absl::StatusOr<Token> Lexer::Number() {
  const size_t begin = at_;
  Token::Kind kind = Token::Kind::kInt;
  if (Peek() == '0' && Peek(1) == 'x') {
    at_ += 2;
    while (absl::ascii_isxdigit(Peek())) ++at_;
    if (at_ == begin + 2) return ErrorAt(source_, begin, "a hexadecimal number needs a digit after 0x");
  } else {
    Digits();
    if (Peek() == '.' && absl::ascii_isdigit(Peek(1))) {
      ++at_;
      Digits();
      kind = Token::Kind::kDouble;
    }
    if (absl::ascii_tolower(Peek()) == 'e') {
      ++at_;
      if (Peek() == '+' || Peek() == '-') ++at_;
      if (Digits() == 0) return ErrorAt(source_, begin, "a number's exponent needs a digit");
      kind = Token::Kind::kDouble;
    }
  }
  Token token = Make(kind, begin, source_.substr(begin, at_ - begin));
  if (kind == Token::Kind::kInt && absl::ascii_tolower(Peek()) == 'u') {
    ++at_;
    token.kind = Token::Kind::kUint;
  }
  if (IsIdent(Peek())) return ErrorAt(source_, begin, "a number runs into a name");
  return token;
}

bool Lexer::AtString(size_t* prefix_bytes) const {
  size_t prefix = 0;
  bool raw = false;
  bool bytes = false;
  for (;; ++prefix) {
    const char c = absl::ascii_tolower(Peek(prefix));
    if (c == 'r' && !raw) {
      raw = true;
    } else if (c == 'b' && !bytes) {
      bytes = true;
    } else {
      break;
    }
  }
  *prefix_bytes = prefix;
  return Peek(prefix) == '"' || Peek(prefix) == '\'';
}

absl::StatusOr<Token> Lexer::Quoted(size_t prefix_bytes) {
  const size_t begin = at_;
  const std::string prefix = absl::AsciiStrToLower(Absl(source_.substr(at_, prefix_bytes)));
  const bool raw = prefix.find('r') != std::string::npos;
  const bool bytes = prefix.find('b') != std::string::npos;
  at_ += prefix_bytes;
  const char quote = Peek();
  const bool triple = Peek(1) == quote && Peek(2) == quote;
  const std::string delimiter(triple ? 3 : 1, quote);
  at_ += delimiter.size();
  const size_t content = at_;
  while (true) {
    if (at_ >= source_.size() || (!triple && (Peek() == '\n' || Peek() == '\r'))) {
      return ErrorAt(source_, begin, "a string is not closed");
    }
    if (source_.substr(at_).starts_with(delimiter)) break;
    at_ += !raw && Peek() == '\\' ? 2 : 1;
  }
  Token token = Make(bytes ? Token::Kind::kBytes : Token::Kind::kString, begin, source_.substr(content, at_ - content));
  at_ += delimiter.size();
  if (raw) return token;
  const EscapeError error = ResolveEscapes(bytes, &token.text);
  if (!error.message.empty()) return ErrorAt(source_, content + error.offset, error.message);
  return token;
}

absl::StatusOr<Token> Lexer::QuotedIdent() {
  const size_t begin = at_++;
  const size_t end = source_.find('`', at_);
  if (end == std::string_view::npos) return ErrorAt(source_, begin, "a quoted name is not closed");
  const std::string_view name = source_.substr(at_, end - at_);
  const bool allowed = std::all_of(name.begin(), name.end(),
                                   [](char c) { return IsIdent(c) || c == '.' || c == '-' || c == '/' || c == ' '; });
  if (name.empty() || !allowed)
    return ErrorAt(source_, begin, "a quoted name is of letters, digits and _.-/ and spaces");
  at_ = end + 1;
  return Make(Token::Kind::kQuotedIdent, begin, name);
}

absl::StatusOr<Token> Lexer::Operator() {
  static constexpr std::array<std::string_view, 24> kOperators = {"&&", "||", "==", "!=", "<=", ">=", "<", ">",
                                                                  "+",  "-",  "*",  "/",  "%",  "!",  "?", ":",
                                                                  ".",  ",",  "(",  ")",  "[",  "]",  "{", "}"};
  const size_t begin = at_;
  for (const std::string_view op : kOperators) {
    if (source_.substr(at_, op.size()) != op) continue;
    at_ += op.size();
    return Make(Token::Kind::kOperator, begin, op);
  }
  size_t length = 1;
  while (begin + length < source_.size() && (static_cast<uint8_t>(source_[begin + length]) & 0xC0) == 0x80) ++length;
  return ErrorAt(source_, begin, Cat("unexpected character '", source_.substr(begin, length), "'"));
}

}  // namespace cadenza::cel
