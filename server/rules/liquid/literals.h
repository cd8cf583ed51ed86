// The literals of the language, as values. Internal to server/rules/liquid.
#ifndef CADENZA_SERVER_RULES_LIQUID_LITERALS_H_
#define CADENZA_SERVER_RULES_LIQUID_LITERALS_H_

#include <optional>
#include <string_view>

#include "server/rules/liquid/datum.h"

namespace cadenza::liquid {

// The words that are values (nil, null, true, false, empty, blank; no word at all is nil); nothing for any other.
std::optional<Datum> WordLiteral(std::string_view word);
// Digits, perhaps after '-': a whole number, or a double where int64 would overflow. 0 for no digits.
Value IntegerLiteral(std::string_view text);
// Digits with a point in them.
Value FloatLiteral(std::string_view text);

}  // namespace cadenza::liquid

#endif  // CADENZA_SERVER_RULES_LIQUID_LITERALS_H_
