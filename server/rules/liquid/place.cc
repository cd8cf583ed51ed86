#include "server/rules/liquid/place.h"

#include <algorithm>

#include "server/rules/liquid/text.h"
#include "storage/base/text.h"

namespace cadenza::liquid {
namespace {

// Characters of a line that an excerpt shows before and after the place.
constexpr int64_t kBefore = 50;
constexpr int64_t kAfter = 50;

std::string Excerpt(std::string_view source, size_t at) {
  const size_t begin = source.substr(0, at).rfind('\n') + 1;  // npos + 1 is 0
  std::string_view before = source.substr(begin, at - begin);
  std::string_view after = source.substr(at, source.substr(at).find_first_of("\r\n"));
  std::string_view cut_before, cut_after;
  if (const int64_t count = CountCharacters(before); count > kBefore) {
    before.remove_prefix(PrefixBytes(before, count - kBefore));
    cut_before = "…";
  }
  if (CountCharacters(after) > kAfter) {
    after = after.substr(0, PrefixBytes(after, kAfter));
    cut_after = "…";
  }
  std::string indent(cut_before.empty() ? 0 : 1, ' ');
  for (char c : before) {
    if (c == '\t') indent.push_back('\t');
    if (c != '\t' && (static_cast<unsigned char>(c) & 0xC0) != 0x80) indent.push_back(' ');
  }
  return StrCat("\n  ", cut_before, before, after, cut_after, "\n  ", indent, "^");
}

}  // namespace

Place PlaceOf(std::string_view source, std::string_view at) {
  const std::string_view before = source.substr(0, static_cast<size_t>(at.data() - source.data()));
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  return {static_cast<int>(lines) + 1, static_cast<int>(CountCharacters(before.substr(line_start))) + 1};
}

std::string WithPlace(std::string_view source, std::string_view at, std::string_view text) {
  const Place place = PlaceOf(source, at);
  return StrCat("line ", place.line, ", column ", place.column, ": ", text,
                Excerpt(source, static_cast<size_t>(at.data() - source.data())));
}

absl::Status ErrorAt(std::string_view source, std::string_view at, std::string_view text) {
  return absl::InvalidArgumentError(WithPlace(source, at, text));
}

absl::Status LimitAt(std::string_view source, std::string_view at, std::string_view text) {
  return absl::ResourceExhaustedError(WithPlace(source, at, text));
}

}  // namespace cadenza::liquid
