// From the source of a template to its tree. Internal to server/rules/liquid.
#ifndef CADENZA_SERVER_RULES_LIQUID_PARSER_H_
#define CADENZA_SERVER_RULES_LIQUID_PARSER_H_

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/rules/liquid/expression.h"
#include "server/rules/liquid/lexer.h"
#include "server/rules/liquid/liquid.h"
#include "server/rules/liquid/node.h"
#include "server/rules/liquid/parse_state.h"
#include "server/rules/liquid/place.h"

namespace cadenza::liquid {

// The tokens of one output or tag, and the strict grammar of expressions over them. Every error is INVALID_ARGUMENT
// with its place.
class Markup {
 public:
  static absl::StatusOr<Markup> Of(ParseState& state, std::string_view markup);

  const Token& Peek() const { return tokens_[next_]; }
  // The token after the next.
  const Token& PeekFurther() const { return tokens_[std::min(next_ + 1, tokens_.size() - 1)]; }
  bool AtEnd() const { return Peek().kind == Token::Kind::kEnd; }
  bool AtPunctuation(std::string_view text) const { return Peek().Is(Token::Kind::kPunctuation, text); }
  Token Take();
  // Takes the next token if it is this one.
  bool Accept(Token::Kind kind, std::string_view text);
  absl::Status Expect(Token::Kind kind, std::string_view text);
  absl::StatusOr<std::string_view> ExpectIdentifier(std::string_view what);
  absl::Status ExpectEnd();
  absl::Status Error(std::string_view text) const { return ErrorAt(state_->source(), Peek().text, text); }

  // A literal, a variable or a range.
  absl::StatusOr<ExpressionPtr> Primary();
  // A primary and its filters.
  absl::StatusOr<ExpressionPtr> Filtered();
  absl::StatusOr<Condition> ParseCondition();

 private:
  Markup(ParseState& state, std::vector<Token> tokens) : state_(&state), tokens_(std::move(tokens)) {}
  absl::StatusOr<ExpressionPtr> PrimaryInside();
  bool AtContentBlock() const;
  absl::StatusOr<ExpressionPtr> Variable();
  absl::StatusOr<ExpressionPtr> RangeAfterParenthesis();
  absl::StatusOr<FilteredExpression::Step> FilterStep();
  absl::Status FilterArgument(FilteredExpression::Step* step);
  absl::StatusOr<Comparison> ParseComparison();

  ParseState* state_;
  std::vector<Token> tokens_;
  size_t next_ = 0;
  int depth_ = 0;
};

class Parser {
 public:
  explicit Parser(ParseState& state) : state(state) {}

  absl::StatusOr<Block> ParseTemplate();

  // For the parsers of tags:
  ParseState& state;
  // The tokens of what follows the tag's name.
  absl::StatusOr<Markup> Open(const Piece& tag) const { return Markup::Of(state, tag.content); }
  // Parses into `block` up to a tag of one of these names, which it returns. It is an error if there is none.
  absl::StatusOr<Piece> ParseBlock(const Piece& opener, std::initializer_list<std::string_view> ends, Block* block);
  // The result of `strict`; where that fails and the mode allows it, of `lax`, with what was wrong as a warning.
  template <typename Strict, typename Lax>
  auto Either(const Piece& tag, Strict strict, Lax lax) -> decltype(strict()) {
    const ParseState::Mark mark = state.Now();
    auto result = strict();
    if (result.ok() || state.mode() == Mode::kStrict) return result;
    state.TakeBack(mark);
    auto second = lax();
    if (!second.ok()) return state.mode() == Mode::kWarn ? std::move(result) : std::move(second);
    if (state.mode() == Mode::kWarn) WarnOf(result.status(), tag);
    return second;
  }
  // With Shopify's text and the place of the tag.
  absl::Status SyntaxError(const Piece& tag, std::string_view text) const {
    return ErrorAt(state.source(), tag.name.empty() ? tag.content : tag.name, text);
  }

 private:
  // As ParseBlock; without `opener`, up to the end of the pieces.
  absl::StatusOr<Piece> ParseNodes(const Piece* opener, std::initializer_list<std::string_view> ends, Block* block);
  absl::Status ParsePiece(const Piece& piece, Block* block);
  absl::Status ParseLiquidTag(const Piece& tag, Block* block);
  void WarnOf(const absl::Status& status, const Piece& tag);

  std::vector<Piece> pieces_;
  size_t next_ = 0;
  int depth_ = 0;
};

}  // namespace cadenza::liquid

#endif  // CADENZA_SERVER_RULES_LIQUID_PARSER_H_
