#include "server/rules/liquid/tags.h"

#include "absl/container/flat_hash_map.h"

namespace cadenza::liquid {

TagParser FindTag(std::string_view name) {
  static const auto* index = [] {
    auto* made = new absl::flat_hash_map<std::string_view, TagParser>();
    for (absl::Span<const TagEntry> tags : {VariableTags(), ControlTags(), LoopTags(), PartialTags(), BrazeTags()})
      made->insert(tags.begin(), tags.end());
    return made;
  }();
  auto found = index->find(name);
  return found == index->end() ? nullptr : found->second;
}

}  // namespace cadenza::liquid
