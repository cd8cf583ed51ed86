// Text made safe for a place in HTML or JSON. Internal to server/rules/liquid.
#ifndef CADENZA_SERVER_RULES_LIQUID_ESCAPE_H_
#define CADENZA_SERVER_RULES_LIQUID_ESCAPE_H_

#include <string>
#include <string_view>

namespace cadenza::liquid {

// & < > " ' as entities.
std::string EscapeHtml(std::string_view text);
// The inside of a JSON string (RFC 8259): quotes, backslashes and control characters, and the line ends of JavaScript
// (U+2028, U+2029).
std::string EscapeJson(std::string_view text);

}  // namespace cadenza::liquid

#endif  // CADENZA_SERVER_RULES_LIQUID_ESCAPE_H_
