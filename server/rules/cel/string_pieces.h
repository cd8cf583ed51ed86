// Looking for, cutting and replacing parts of a text, in time linear in the text, whatever both are made of. Texts are
// valid UTF-8.
#ifndef CADENZA_SERVER_RULES_CEL_STRING_PIECES_H_
#define CADENZA_SERVER_RULES_CEL_STRING_PIECES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/rules/cel/cost.h"
#include "server/rules/cel/value.h"

namespace cadenza::cel {

// The first place of `part` at or after byte `from`; npos if there is none. REQUIRES: from <= text.size().
size_t FindText(std::string_view text, std::string_view part, size_t from);
// The last place that begins at or before byte `from`.
size_t FindLastText(std::string_view text, std::string_view part, size_t from);

// Without the white space around it (Unicode's property White_Space).
std::string_view TrimSpace(std::string_view text);

// As a literal of CEL between double quotes.
std::string QuoteText(std::string_view text);

// The first `limit` places of `part` replaced, all if it is negative. An empty part is before every code point and at
// the end. Nothing if the meter is exhausted.
std::optional<std::string> ReplaceText(std::string_view text, std::string_view part, std::string_view by, int64_t limit,
                                       CostMeter& cost);

// What is between the places of `separator`, at most `limit` pieces, the last of which is all the rest; any number if
// it is negative. An empty separator is between any two code points. False if the meter is exhausted.
bool SplitText(std::string_view text, std::string_view separator, int64_t limit, CostMeter& cost,
               std::vector<Value>* pieces);

}  // namespace cadenza::cel

#endif  // CADENZA_SERVER_RULES_CEL_STRING_PIECES_H_
