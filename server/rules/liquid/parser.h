// From the source of a template to its tree. Internal to server/rules/liquid.
#ifndef CADENZA_SERVER_RULES_LIQUID_PARSER_H_
#define CADENZA_SERVER_RULES_LIQUID_PARSER_H_

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

namespace cadenza::liquid {

// The tokens of one output or tag, and the grammar of expressions over them. Every error is INVALID_ARGUMENT with its
// place.
class Markup {
 public:
  static absl::StatusOr<Markup> Of(std::string_view source, std::string_view markup);

  const Token& Peek() const { return tokens_[next_]; }
  bool AtEnd() const { return Peek().kind == Token::Kind::kEnd; }
  bool AtPunctuation(std::string_view text) const { return Peek().Is(Token::Kind::kPunctuation, text); }
  Token Take();
  // Takes the next token if it is this one.
  bool Accept(Token::Kind kind, std::string_view text);
  absl::Status Expect(Token::Kind kind, std::string_view text);
  absl::StatusOr<std::string_view> ExpectIdentifier(std::string_view what);
  absl::Status ExpectEnd();
  absl::Status Error(std::string_view text) const { return ErrorAt(source_, Peek().text, text); }

  // A literal, a variable or a range.
  absl::StatusOr<ExpressionPtr> Primary();
  // A primary and its filters.
  absl::StatusOr<ExpressionPtr> Filtered();
  absl::StatusOr<Condition> ParseCondition();

 private:
  Markup(std::string_view source, std::vector<Token> tokens) : source_(source), tokens_(std::move(tokens)) {}
  absl::StatusOr<ExpressionPtr> PrimaryInside();
  absl::StatusOr<ExpressionPtr> Variable();
  absl::StatusOr<ExpressionPtr> RangeAfterParenthesis();
  absl::StatusOr<FilteredExpression::Step> FilterStep();
  absl::Status FilterArgument(FilteredExpression::Step* step);
  absl::StatusOr<Comparison> ParseComparison();

  std::string_view source_;
  std::vector<Token> tokens_;
  size_t next_ = 0;
  int depth_ = 0;
};

class Parser {
 public:
  Parser(std::string_view source, const Limits& limits) : source_(source), limits_(limits) {}

  absl::StatusOr<Block> ParseTemplate();

  // For the parsers of tags:
  // The tokens of what follows the tag's name.
  absl::StatusOr<Markup> Open(const Piece& tag) const { return Markup::Of(source_, tag.content); }
  // Parses into `block` up to a tag of one of these names, which it returns. It is an error if there is none.
  absl::StatusOr<Piece> ParseBlock(const Piece& opener, std::initializer_list<std::string_view> ends, Block* block);

 private:
  // As ParseBlock; without `opener`, up to the end of the pieces.
  absl::StatusOr<Piece> ParseNodes(const Piece* opener, std::initializer_list<std::string_view> ends, Block* block);
  absl::Status ParsePiece(const Piece& piece, Block* block);
  absl::Status ParseLiquidTag(const Piece& tag, Block* block);

  std::string_view source_;
  const Limits& limits_;
  std::vector<Piece> pieces_;
  size_t next_ = 0;
  int depth_ = 0;
};

}  // namespace cadenza::liquid

#endif  // CADENZA_SERVER_RULES_LIQUID_PARSER_H_
