#include "server/rules/locale.h"

#include <algorithm>

#include "absl/strings/ascii.h"

namespace cadenza::rules {
namespace {

constexpr size_t kSubtagMax = 8;

bool IsSubtag(std::string_view subtag) {
  return !subtag.empty() && subtag.size() <= kSubtagMax &&
         std::all_of(subtag.begin(), subtag.end(), [](char c) { return absl::ascii_isalnum(c); });
}

}  // namespace

bool IsLanguageTag(std::string_view tag) {
  const std::string_view language = tag.substr(0, tag.find('-'));
  if (language.size() < 2 ||
      !std::all_of(language.begin(), language.end(), [](char c) { return absl::ascii_isalpha(c); }))
    return false;
  while (true) {
    const size_t dash = tag.find('-');
    if (!IsSubtag(tag.substr(0, dash))) return false;
    if (dash == std::string_view::npos) return true;
    tag.remove_prefix(dash + 1);
  }
}

std::string NormalLocale(std::string_view tag) {
  std::string normal(tag);
  for (char& c : normal) c = c == '_' ? '-' : absl::ascii_tolower(c);
  return normal;
}

std::string_view MoreGeneral(std::string_view range) {
  const size_t dash = range.rfind('-');
  if (dash == std::string_view::npos) return {};
  range = range.substr(0, dash);
  if (range.size() >= 2 && range[range.size() - 2] == '-') range.remove_suffix(2);
  return range;
}

}  // namespace cadenza::rules
