#include "server/rules/liquid/parser.h"

#include <algorithm>

#include "server/rules/liquid/tags.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::liquid {

absl::StatusOr<Block> Parser::ParseTemplate() {
  CADENZA_ASSIGN_OR_RETURN(pieces_, SplitTemplate(state.source()));
  Block block;
  CADENZA_RETURN_IF_ERROR(ParseNodes(nullptr, {}, &block).status());
  return block;
}

absl::StatusOr<Piece> Parser::ParseBlock(const Piece& opener, std::initializer_list<std::string_view> ends,
                                         Block* block) {
  if (++depth_ > state.limits().nesting) {
    return LimitAt(state.source(), opener.name, StrCat("tags are nested deeper than ", state.limits().nesting));
  }
  absl::StatusOr<Piece> end = ParseNodes(&opener, ends, block);
  --depth_;
  return end;
}

absl::StatusOr<Piece> Parser::ParseNodes(const Piece* opener, std::initializer_list<std::string_view> ends,
                                         Block* block) {
  while (next_ < pieces_.size()) {
    const Piece piece = pieces_[next_++];
    if (piece.kind == Piece::Kind::kTag && std::find(ends.begin(), ends.end(), piece.name) != ends.end()) return piece;
    CADENZA_RETURN_IF_ERROR(ParsePiece(piece, block));
  }
  if (opener == nullptr) return Piece();
  return ErrorAt(state.source(), opener->name,
                 StrCat("'", opener->name, "' is not closed with '", *(ends.end() - 1), "'"));
}

absl::Status Parser::ParsePiece(const Piece& piece, Block* block) {
  if (piece.kind == Piece::Kind::kText) {
    block->Add(std::make_unique<TextNode>(piece.content, piece.verbatim));
    return absl::OkStatus();
  }
  if (piece.kind == Piece::Kind::kOutput) {
    CADENZA_ASSIGN_OR_RETURN(NodePtr output, ParseOutput(*this, piece));
    block->Add(std::move(output));
    return absl::OkStatus();
  }
  if (piece.name == "liquid") return ParseLiquidTag(piece, block);
  const TagParser parse = FindTag(piece.name);
  if (parse == nullptr) {
    if (piece.name.empty()) return ErrorAt(state.source(), piece.content, "expected the name of a tag");
    const bool misplaced =
        piece.name.starts_with("end") || piece.name == "else" || piece.name == "elsif" || piece.name == "when";
    return ErrorAt(state.source(), piece.name, StrCat(misplaced ? "misplaced '" : "unknown tag '", piece.name, "'"));
  }
  CADENZA_ASSIGN_OR_RETURN(NodePtr node, parse(*this, piece));
  block->Add(std::move(node));
  return absl::OkStatus();
}

// The lines are a document of their own: what is opened in them must be closed in them.
absl::Status Parser::ParseLiquidTag(const Piece& tag, Block* block) {
  if (++depth_ > state.limits().nesting) {
    return LimitAt(state.source(), tag.name, StrCat("tags are nested deeper than ", state.limits().nesting));
  }
  CADENZA_ASSIGN_OR_RETURN(std::vector<Piece> lines, SplitLines(state.source(), tag.content));
  std::swap(pieces_, lines);
  const size_t next = std::exchange(next_, 0);
  const absl::Status status = ParseNodes(nullptr, {}, block).status();
  std::swap(pieces_, lines);
  next_ = next;
  --depth_;
  return status;
}

// The text of an error, without its place and excerpt: the warning has its own.
void Parser::WarnOf(const absl::Status& status, const Piece& tag) {
  std::string_view text = Std(status.message());
  text = text.substr(0, text.find('\n'));
  if (const size_t colon = text.find(": "); text.starts_with("line ") && colon != std::string_view::npos) {
    text.remove_prefix(colon + 2);
  }
  state.Warn(tag.content, StrCat(text, "; read as the lax mode of Liquid reads it"));
}

}  // namespace cadenza::liquid
