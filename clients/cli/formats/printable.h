// Text of others on a terminal.
#ifndef CADENZA_CLIENTS_CLI_FORMATS_PRINTABLE_H_
#define CADENZA_CLIENTS_CLI_FORMATS_PRINTABLE_H_

#include <string>
#include <string_view>

#include "absl/strings/str_format.h"

namespace cadenza::cli {

// Without control characters: each becomes "\x1b".
inline std::string Printable(std::string_view text) {
  std::string printable;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    printable += byte < 0x20 || byte == 0x7f ? absl::StrFormat("\\x%02x", byte) : std::string(1, c);
  }
  return printable;
}

}  // namespace cadenza::cli

#endif  // CADENZA_CLIENTS_CLI_FORMATS_PRINTABLE_H_
