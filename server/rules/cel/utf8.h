// UTF-8 as CEL needs it: strings are sequences of code points, their sizes and escapes count those.
#ifndef CADENZA_SERVER_RULES_CEL_UTF8_H_
#define CADENZA_SERVER_RULES_CEL_UTF8_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cadenza::cel {

// Whether `text` is well-formed (Unicode 15, table 3-7): no overlong forms, no surrogates, nothing above U+10FFFF.
bool ValidUtf8(std::string_view text);

// REQUIRES: ValidUtf8(text).
size_t CountCodePoints(std::string_view text);

// Where the code point of this index begins, in bytes; the size of `text` just after the last; nothing beyond.
// REQUIRES: ValidUtf8(text).
std::optional<size_t> OffsetOfCodePoint(std::string_view text, size_t index);

// The bytes of the code point that begins `text`. REQUIRES: ValidUtf8(text), and it is not empty.
size_t CodePointBytes(std::string_view text);

// REQUIRES: ValidUtf8(text).
std::string ReverseCodePoints(std::string_view text);

// `text` with U+FFFD in place of every byte that is not part of well-formed UTF-8.
std::string ToValidUtf8(std::string_view text);

// False, and nothing appended, for a surrogate or a number above U+10FFFF.
bool AppendCodePoint(uint32_t code_point, std::string* out);

}  // namespace cadenza::cel

#endif  // CADENZA_SERVER_RULES_CEL_UTF8_H_
