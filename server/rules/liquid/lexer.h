// The two lexers: a template into text, outputs and tags, and what stands in an output or a tag into tokens. Internal
// to server/rules/liquid.
#ifndef CADENZA_SERVER_RULES_LIQUID_LEXER_H_
#define CADENZA_SERVER_RULES_LIQUID_LEXER_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace cadenza::liquid {

// A piece of a template. Views point into the template's source.
struct Piece {
  enum class Kind : uint8_t { kText, kOutput, kTag };
  Kind kind = Kind::kText;
  bool verbatim = false;  // kText that came from {% raw %}
  std::string_view
      content;            // kText: the text; kOutput: what is between the braces; kTag: what follows the name, trimmed
  std::string_view name;  // kTag
};

// White space control is done, raw blocks have become text; comments and docs are gone.
absl::StatusOr<std::vector<Piece>> SplitTemplate(std::string_view source);
// The lines of a {% liquid %} tag, each one a tag. `lines` must be a part of `source`.
absl::StatusOr<std::vector<Piece>> SplitLines(std::string_view source, std::string_view lines);

struct Token {
  enum class Kind : uint8_t {
    kEnd,
    kIdentifier,  // starts with a letter or '_', then also digits and '-', at most one '?' at the end
    kDollar,      // Braze's ${name}; text: all of it
    kInteger,
    kFloat,
    kString,  // text: without the quotes
    kDotDot,
    kOperator,    // == != <> <= >= < >
    kPunctuation  // | . : , [ ] ( ) =
  };
  Kind kind = Kind::kEnd;
  std::string_view text;
  bool Is(Kind k, std::string_view t) const { return kind == k && text == t; }
};

// The tokens of `markup`, a part of `source`; the last one is kEnd. Braces within a tag or an output ({% if {{ x }} %},
// as Braze writes it) are passed over.
absl::StatusOr<std::vector<Token>> Tokenize(std::string_view source, std::string_view markup);
// The name in a kDollar.
std::string_view DollarName(std::string_view text);

}  // namespace cadenza::liquid

#endif  // CADENZA_SERVER_RULES_LIQUID_LEXER_H_
