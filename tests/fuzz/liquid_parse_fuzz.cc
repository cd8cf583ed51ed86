// The parsing of Liquid: whatever the bytes, a template or an error that has a place. The length chooses the mode.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "tests/fuzz/liquid_world.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const cadenza::liquid::FuzzOptions options(static_cast<uint8_t>(size));
  const std::string_view source(reinterpret_cast<const char*>(data), size);
  const auto parsed = cadenza::liquid::Template::Parse(source, options.parse);
  if (!parsed.ok()) {
    const std::string message(parsed.status().message());
    if (message.find(" ") == std::string::npos || message.substr(0, 4) != "line") std::abort();
    return 0;
  }
  for (const auto& warning : (*parsed)->warnings()) {
    if (warning.line < 1 || warning.column < 1 || warning.text.empty()) std::abort();
  }
  return 0;
}
