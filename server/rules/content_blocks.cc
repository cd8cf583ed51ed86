#include "server/rules/content_blocks.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_join.h"
#include "server/rules/checks.h"
#include "server/rules/liquid_scope.h"
#include "storage/base/status_macros.h"
#include "storage/model/limits.h"

namespace cadenza::rules {
namespace {

constexpr size_t kDisplayNameBytes = 255;

struct Position {
  int line = 0;  // 0 = not known
  int column = 0;
};

// Where `name` stands in the template after `before` and white space.
Position PositionOf(std::string_view source, std::string_view before, std::string_view name) {
  for (size_t at = source.find(before); at != std::string_view::npos; at = source.find(before, at + 1)) {
    const size_t start = source.find_first_not_of(" \t\r\n'\"", at + before.size());
    if (start == std::string_view::npos || source.substr(start, name.size()) != name) continue;
    const std::string_view head = source.substr(0, start);
    const size_t newline = head.rfind('\n');
    const std::string_view line = newline == std::string_view::npos ? head : head.substr(newline + 1);
    // Characters, not bytes: all but the bytes that go on with one.
    const auto characters = std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xC0) != 0x80; });
    return {static_cast<int>(std::count(head.begin(), head.end(), '\n')) + 1, static_cast<int>(characters) + 1};
  }
  return {};
}

absl::Status NoBlock(std::string_view field, std::string_view source, const std::string& name) {
  const Position at = PositionOf(source, "content_blocks.${", name);
  const std::string place = at.line == 0 ? "" : StrCat("line ", at.line, ", column ", at.column, ": ");
  return Invalid(field, StrCat(place, "there is no content block '", name, "'; create it first"));
}

absl::Status ReviewTemplate(std::string_view field, std::string_view source, const liquid::Template& parsed,
                            Review* review) {
  for (const liquid::Warning& warning : parsed.warnings()) {
    review->warnings.push_back({std::string(field), warning.line, warning.column, warning.text});
  }
  for (const std::string& name : parsed.reads().content_blocks) {
    if (review->blocks != nullptr && review->blocks->Find(name) == nullptr) return NoBlock(field, source, name);
  }
  for (const std::string& catalog : parsed.reads().catalogs) {
    if (!review->has_catalog || review->has_catalog(catalog)) continue;
    const Position at = PositionOf(source, "catalog_items", catalog);
    review->warnings.push_back({std::string(field), at.line, at.column, StrCat("unknown catalog '", catalog, "'")});
  }
  return absl::OkStatus();
}

// How deep blocks are nested, each looked at once.
class NestingCheck {
 public:
  using Children = std::function<const std::vector<std::string>*(const std::string&)>;
  explicit NestingCheck(Children children) : children_(std::move(children)) {}

  // How many blocks stand in each other from `id` down; 0 if there is no such block.
  absl::StatusOr<int> HeightOf(const std::string& id) {
    auto known = heights_.find(id);
    if (known != heights_.end()) return known->second;
    if (std::find(way_.begin(), way_.end(), id) != way_.end()) {
      return absl::InvalidArgumentError(
          StrCat("content block '", id, "' leads back to itself: ", absl::StrJoin(way_, " -> "), " -> ", id));
    }
    const std::vector<std::string>* children = children_(id);
    if (children == nullptr) return 0;
    way_.push_back(id);
    int below = 0;
    for (const std::string& child : *children) {
      CADENZA_ASSIGN_OR_RETURN(const int height, HeightOf(child));
      below = std::max(below, height);
    }
    if (static_cast<int>(way_.size()) + below > limits::kContentBlockNesting) {
      return absl::InvalidArgumentError(StrCat("content blocks may stand in each other at most ",
                                               limits::kContentBlockNesting, " deep; more do by way of ",
                                               absl::StrJoin(way_, " -> ")));
    }
    way_.pop_back();
    return heights_[id] = below + 1;
  }

 private:
  const Children children_;
  absl::flat_hash_map<std::string, int> heights_;
  std::vector<std::string> way_;
};

}  // namespace

absl::StatusOr<std::shared_ptr<const liquid::Template>> CompileTemplate(std::string_view field,
                                                                        const std::string& source, Review* review) {
  if (source.empty()) return nullptr;
  liquid::ParseOptions options;
  options.mode = liquid::Mode::kWarn;
  options.limits.template_bytes = limits::kTemplateBytes;
  options.limits.output_bytes = limits::kRenderedBytes;
  if (review != nullptr) options.is_known = IsKnownName;
  auto parsed = liquid::Template::Parse(source, options);
  if (!parsed.ok()) {
    const std::string_view text = Std(parsed.status().message());
    return absl::IsResourceExhausted(parsed.status()) ? LimitExceeded(field, text) : Invalid(field, text);
  }
  if (review != nullptr) CADENZA_RETURN_IF_ERROR(ReviewTemplate(field, source, **parsed, review));
  return parsed;
}

std::shared_ptr<const ContentBlocks> ContentBlocks::Build(const std::vector<ContentBlock>& blocks,
                                                          const ContentBlocks* previous,
                                                          std::vector<std::string>* errors) {
  std::shared_ptr<ContentBlocks> made(new ContentBlocks());
  for (const ContentBlock& block : blocks) {
    Compiled compiled{block.content, nullptr};
    if (previous != nullptr) {
      auto known = previous->blocks_.find(block.content_block_id);
      if (known != previous->blocks_.end() && known->second.content == block.content) compiled = known->second;
    }
    if (compiled.source == nullptr) {
      auto fresh = CompileTemplate("content", block.content, nullptr);
      if (!fresh.ok()) {
        if (errors != nullptr) {
          errors->push_back(StrCat(block.workspace, "/", block.content_block_id, ": ", Std(fresh.status().message())));
        }
        continue;
      }
      compiled.source = *std::move(fresh);
    }
    made->blocks_.insert_or_assign(block.content_block_id, std::move(compiled));
  }
  return made;
}

std::shared_ptr<const liquid::Template> ContentBlocks::Find(std::string_view content_block_id) const {
  auto found = blocks_.find(content_block_id);
  return found == blocks_.end() ? nullptr : found->second.source;
}

absl::Status ContentBlocks::CheckNesting() const {
  NestingCheck check([this](const std::string& id) {
    auto found = blocks_.find(id);
    return found == blocks_.end() || found->second.source == nullptr ? nullptr
                                                                     : &found->second.source->reads().content_blocks;
  });
  for (const auto& [id, block] : blocks_) CADENZA_RETURN_IF_ERROR(check.HeightOf(id).status());
  return absl::OkStatus();
}

bool ContentBlocks::SameAs(const ContentBlocks& other) const {
  if (blocks_.size() != other.blocks_.size()) return false;
  return std::all_of(blocks_.begin(), blocks_.end(), [&other](const auto& entry) {
    auto found = other.blocks_.find(entry.first);
    return found != other.blocks_.end() && found->second.content == entry.second.content;
  });
}

absl::Status CheckContentBlockAlone(const ContentBlock& block) {
  CADENZA_RETURN_IF_ERROR(CheckPlainId("content_block_id", block.content_block_id, limits::kContentBlockIdBytes));
  CADENZA_RETURN_IF_ERROR(CheckText("display_name", block.display_name, kDisplayNameBytes));
  if (block.content.empty()) return Invalid("content", "is required and must not be empty");
  CADENZA_RETURN_IF_ERROR(CheckText("content", block.content, limits::kTemplateBytes));
  return CompileTemplate("content", block.content, nullptr).status();
}

absl::Status CheckContentBlockAmong(const ContentBlock& block, const ContentBlocks& all, Review* review) {
  review->blocks = &all;
  absl::Status named = CompileTemplate("content", block.content, review).status();
  review->blocks = nullptr;
  return named;
}

absl::Status CheckContentBlock(const ContentBlock& block, std::vector<ContentBlock> others, Review* review) {
  CADENZA_RETURN_IF_ERROR(CheckContentBlockAlone(block));
  std::erase_if(others, [&](const ContentBlock& other) { return other.content_block_id == block.content_block_id; });
  others.push_back(block);
  const std::shared_ptr<const ContentBlocks> blocks = ContentBlocks::Build(others, nullptr, nullptr);
  CADENZA_RETURN_IF_ERROR(CheckContentBlockAmong(block, *blocks, review));
  if (absl::Status nesting = blocks->CheckNesting(); !nesting.ok()) return Invalid("content", Std(nesting.message()));
  return absl::OkStatus();
}

}  // namespace cadenza::rules
