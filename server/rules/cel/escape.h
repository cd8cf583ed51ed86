// The escape sequences of string and bytes literals.
#ifndef CADENZA_SERVER_RULES_CEL_ESCAPE_H_
#define CADENZA_SERVER_RULES_CEL_ESCAPE_H_

#include <cstddef>
#include <string>

namespace cadenza::cel {

struct EscapeError {
  std::string message;  // empty: no error
  size_t offset = 0;    // of the backslash, in the text given
};

// Replaces the escapes of `text` by what they stand for. \x41 and \101 are a code point in a string and a byte in
// bytes; \u0041 and \U00000041 are for strings only. REQUIRES: `text` is valid UTF-8.
EscapeError ResolveEscapes(bool bytes, std::string* text);

}  // namespace cadenza::cel

#endif  // CADENZA_SERVER_RULES_CEL_ESCAPE_H_
