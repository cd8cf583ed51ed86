// Upper and lower case of all of Unicode, as tables. Internal to server/rules/liquid (text.h).
#ifndef CADENZA_SERVER_RULES_LIQUID_CASE_TABLES_H_
#define CADENZA_SERVER_RULES_LIQUID_CASE_TABLES_H_

#include <cstdint>
#include <string_view>

#include "absl/types/span.h"

namespace cadenza::liquid {

// Every `stride`-th character from first to last becomes itself plus delta.
struct CaseRange {
  char32_t first;
  char32_t last;
  uint8_t stride;
  int32_t delta;
};

// A character that becomes several ("ß" -> "SS").
struct CaseWord {
  char32_t from;
  std::string_view to;
};

// Sorted by their characters, beyond ASCII. Words go before ranges. Title case is upper case but for TitleWords.
absl::Span<const CaseRange> UpperRanges();
absl::Span<const CaseRange> LowerRanges();
absl::Span<const CaseWord> UpperWords();
absl::Span<const CaseWord> TitleWords();
absl::Span<const CaseWord> LowerWords();

}  // namespace cadenza::liquid

#endif  // CADENZA_SERVER_RULES_LIQUID_CASE_TABLES_H_
