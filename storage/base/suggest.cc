#include "storage/base/suggest.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "storage/base/text.h"

namespace cadenza {
namespace {

// Longer names are not compared: nobody types them.
constexpr size_t kLongestName = 64;

}  // namespace

size_t EditDistance(std::string_view a, std::string_view b) {
  // Three rows of the table: of the prefix of `a` before the last, the last, and the one in hand.
  std::vector<size_t> before(b.size() + 1);
  std::vector<size_t> last(b.size() + 1);
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    before.swap(last);
    last.swap(row);
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row[b.size()];
}

std::string DidYouMean(std::string_view name, const std::vector<std::string_view>& candidates) {
  if (name.size() > kLongestName) return "";
  const std::string lower = absl::AsciiStrToLower(Sv(name));
  size_t nearest = 2 * std::max<size_t>(1, name.size() / 3) + 1;
  std::string_view found;
  for (const std::string_view candidate : candidates) {
    if (candidate.size() > kLongestName || candidate == name) continue;
    const size_t folded = 2 * EditDistance(lower, absl::AsciiStrToLower(Sv(candidate))) + 1;
    const size_t distance = std::min(2 * EditDistance(name, candidate), folded);
    // All of a short name replaced is another name.
    if (distance >= nearest || distance >= 2 * std::max(name.size(), candidate.size())) continue;
    nearest = distance;
    found = candidate;
  }
  return found.empty() ? "" : StrCat("; did you mean '", found, "'?");
}

}  // namespace cadenza
