// The tags: each is a function that parses what follows the tag's name, and its block, into a node. Internal to
// server/rules/liquid.
#ifndef CADENZA_SERVER_RULES_LIQUID_TAGS_H_
#define CADENZA_SERVER_RULES_LIQUID_TAGS_H_

#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "server/rules/liquid/lexer.h"
#include "server/rules/liquid/node.h"

namespace cadenza::liquid {

class Parser;

using TagParser = absl::StatusOr<NodePtr> (*)(Parser& parser, const Piece& tag);
using TagEntry = std::pair<std::string_view, TagParser>;

// Nullptr if there is none.
TagParser FindTag(std::string_view name);

// {{ … }}, and {% echo … %}.
absl::StatusOr<NodePtr> ParseOutput(Parser& parser, const Piece& piece);

// The tags by subject, each list in its own file.
absl::Span<const TagEntry> VariableTags();  // assign, capture, increment, decrement, echo, cycle
absl::Span<const TagEntry> ControlTags();   // if, unless, case, ifchanged
absl::Span<const TagEntry> LoopTags();      // for, tablerow, break, continue
absl::Span<const TagEntry> PartialTags();   // include, render
absl::Span<const TagEntry> BrazeTags();     // abort_message, content_blocks, catalog_items, …

}  // namespace cadenza::liquid

#endif  // CADENZA_SERVER_RULES_LIQUID_TAGS_H_
