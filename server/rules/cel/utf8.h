// UTF-8 as CEL needs it: strings are sequences of code points, their sizes and escapes count those.
#ifndef CADENZA_SERVER_RULES_CEL_UTF8_H_
#define CADENZA_SERVER_RULES_CEL_UTF8_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cadenza::cel {

// Whether `text` is well-formed (Unicode 15, table 3-7): no overlong forms, no surrogates, nothing above U+10FFFF.
bool ValidUtf8(std::string_view text);

// REQUIRES: ValidUtf8(text).
size_t CountCodePoints(std::string_view text);

// False, and nothing appended, for a surrogate or a number above U+10FFFF.
bool AppendCodePoint(uint32_t code_point, std::string* out);

}  // namespace cadenza::cel

#endif  // CADENZA_SERVER_RULES_CEL_UTF8_H_
