#include "server/rules/liquid/parse_state.h"

#include <algorithm>

#include "server/rules/liquid/place.h"
#include "storage/base/text.h"

namespace cadenza::liquid {
namespace {

// More warnings than anybody reads.
constexpr size_t kMostWarnings = 100;

std::string Joined(const std::vector<std::string_view>& path) {
  std::string joined;
  for (std::string_view name : path) StrAppend(&joined, joined.empty() ? "" : ".", name);
  return joined;
}

void SortOnce(std::vector<std::string>* names) {
  std::sort(names->begin(), names->end());
  names->erase(std::unique(names->begin(), names->end()), names->end());
}

bool IsPseudoMember(std::string_view name) { return name == "size" || name == "first" || name == "last"; }

}  // namespace

void ParseState::Warn(std::string_view place, std::string text) {
  if (warnings_.size() >= kMostWarnings) return;
  const Place at = PlaceOf(source_, place);
  warnings_.push_back({at.line, at.column, std::move(text)});
}

void ParseState::TakeBack(const Mark& mark) {
  warnings_.resize(mark.warnings);
  uses_.resize(mark.uses);
}

bool ParseState::IsKnown(const VariableUse& use) const {
  absl::Span<const std::string_view> path = use.path;
  if (options_.is_known(path)) return true;
  while (path.size() > 1 && IsPseudoMember(path.back())) {
    path.remove_suffix(1);
    if (options_.is_known(path)) return true;
  }
  return false;
}

void ParseState::Finish() {
  for (const VariableUse& use : uses_) {
    if (own_names_.contains(use.path.front())) continue;
    reads_.variables.push_back(Joined(use.path));
    if (options_.is_known == nullptr || includes_ || IsKnown(use)) continue;
    Warn(use.place, StrCat("unknown attribute '", reads_.variables.back(), "'"));
  }
  std::sort(warnings_.begin(), warnings_.end(),
            [](const Warning& a, const Warning& b) { return std::tie(a.line, a.column) < std::tie(b.line, b.column); });
  for (auto* names : {&reads_.catalogs, &reads_.content_blocks, &reads_.partials, &reads_.variables}) SortOnce(names);
}

}  // namespace cadenza::liquid
