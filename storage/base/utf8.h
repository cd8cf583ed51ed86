// What text may be: checks on bytes that came from outside. Pure, thread-safe.
#ifndef CADENZA_STORAGE_BASE_UTF8_H_
#define CADENZA_STORAGE_BASE_UTF8_H_

#include <string_view>

namespace cadenza {

// Whether `text` is well-formed UTF-8 (Unicode 15, table 3-7: no surrogates, no overlong forms, nothing above
// U+10FFFF).
bool IsUtf8(std::string_view text);

// Whether `text` holds only the printable characters of ASCII, U+0020 to U+007E: then it is UTF-8 and has no control
// character and no NUL. Most text is, and this asks eight bytes at a time.
bool IsPrintableAscii(std::string_view text);

// Whether `text`, which is UTF-8, holds a control character: U+0000 to U+001F, U+007F to U+009F.
bool HasControlCharacter(std::string_view text);

}  // namespace cadenza

#endif  // CADENZA_STORAGE_BASE_UTF8_H_
