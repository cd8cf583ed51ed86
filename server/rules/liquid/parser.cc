#include "server/rules/liquid/parser.h"

#include <algorithm>

#include "server/rules/liquid/tags.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::liquid {

absl::StatusOr<Block> Parser::ParseTemplate() {
  CADENZA_ASSIGN_OR_RETURN(pieces_, SplitTemplate(source_));
  Block block;
  CADENZA_RETURN_IF_ERROR(ParseNodes(nullptr, {}, &block).status());
  return block;
}

absl::StatusOr<Piece> Parser::ParseBlock(const Piece& opener, std::initializer_list<std::string_view> ends,
                                         Block* block) {
  if (++depth_ > limits_.nesting) {
    return absl::ResourceExhaustedError(
        StrCat(Place(source_, opener.name), ": tags are nested deeper than ", limits_.nesting));
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
  return ErrorAt(source_, opener->name, StrCat("'", opener->name, "' is not closed with '", *(ends.end() - 1), "'"));
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
    if (piece.name.empty()) return ErrorAt(source_, piece.content, "expected the name of a tag");
    const bool misplaced =
        piece.name.starts_with("end") || piece.name == "else" || piece.name == "elsif" || piece.name == "when";
    return ErrorAt(source_, piece.name, StrCat(misplaced ? "misplaced '" : "unknown tag '", piece.name, "'"));
  }
  CADENZA_ASSIGN_OR_RETURN(NodePtr node, parse(*this, piece));
  block->Add(std::move(node));
  return absl::OkStatus();
}

// The lines are a document of their own: what is opened in them must be closed in them.
absl::Status Parser::ParseLiquidTag(const Piece& tag, Block* block) {
  if (++depth_ > limits_.nesting) {
    return absl::ResourceExhaustedError(
        StrCat(Place(source_, tag.name), ": tags are nested deeper than ", limits_.nesting));
  }
  CADENZA_ASSIGN_OR_RETURN(std::vector<Piece> lines, SplitLines(source_, tag.content));
  std::swap(pieces_, lines);
  const size_t next = std::exchange(next_, 0);
  const absl::Status status = ParseNodes(nullptr, {}, block).status();
  std::swap(pieces_, lines);
  next_ = next;
  --depth_;
  return status;
}

}  // namespace cadenza::liquid
