// The tokens of an expression (github.com/google/cel-spec, "Syntax").
#ifndef CADENZA_SERVER_RULES_CEL_LEXER_H_
#define CADENZA_SERVER_RULES_CEL_LEXER_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace cadenza::cel {

struct Token {
  enum class Kind : uint8_t {
    kEnd,
    kIdent,        // `text` is the name; reserved words too, for they may name fields
    kQuotedIdent,  // between backquotes; `text` without them
    kInt,          // `text` is the digits, "0x" and all, without the sign
    kUint,         // `text` without the u
    kDouble,
    kString,  // `text` is the content, escapes resolved
    kBytes,
    kOperator,  // `text` is "&&", "(", "in" ...
  };
  Kind kind = Kind::kEnd;
  size_t offset = 0;  // in the expression, in bytes
  std::string text;

  bool Is(std::string_view op) const { return kind == Kind::kOperator && text == op; }
};

// INVALID_ARGUMENT: "line L, column C: message", columns in code points from 1; then, indented on lines of their own,
// the line of the expression and a caret under the place. Of a long line only what is around the place is shown.
absl::Status ErrorAt(std::string_view expression, size_t offset, std::string_view message);

// true, false, null, in.
bool IsKeyword(std::string_view name);
// The keywords, and the words that CEL reserves: no variable or function may have their name.
bool IsReserved(std::string_view name);

// REQUIRES: `source` is valid UTF-8 and outlives the lexer.
class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(source) {}
  // The next token; kEnd for ever after the last. Not to be called again after an error.
  absl::StatusOr<Token> Next();

 private:
  void SkipSpace();
  absl::StatusOr<Token> Number();
  absl::StatusOr<Token> Quoted(size_t prefix_bytes);
  absl::StatusOr<Token> QuotedIdent();
  absl::StatusOr<Token> Operator();
  // The bytes of a literal's prefix (r, b, rb ...) if a string literal begins here.
  bool AtString(size_t* prefix_bytes) const;
  size_t Digits();

  char Peek(size_t ahead = 0) const { return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0'; }
  Token Make(Token::Kind kind, size_t begin, std::string_view text) const { return {kind, begin, std::string(text)}; }

  std::string_view source_;
  size_t at_ = 0;
};

}  // namespace cadenza::cel

#endif  // CADENZA_SERVER_RULES_CEL_LEXER_H_
