// The rendering of Liquid: whatever the template, a text within its limit or an error, the same every time; and UTF-8,
// if the template is. The length chooses the options.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "storage/base/utf8.h"
#include "tests/fuzz/liquid_world.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  cadenza::liquid::FuzzOptions options(static_cast<uint8_t>(size));
  const std::string_view source(reinterpret_cast<const char*>(data), size);
  if (!cadenza::IsUtf8(source)) return 0;
  const auto parsed = cadenza::liquid::Template::Parse(source, options.parse);
  if (!parsed.ok()) return 0;
  cadenza::liquid::FuzzLibrary library;
  library.Set(*parsed);
  options.render.library = &library;
  const auto render = [&] {
    std::string text;
    const absl::Status status = (*parsed)->Render(cadenza::liquid::FuzzScope(), options.render, &text, nullptr);
    if (status.ok() && (text.size() > options.parse.limits.output_bytes || !cadenza::IsUtf8(text))) std::abort();
    return status.ok() ? text : std::string(status.message());
  };
  if (render() != render()) std::abort();
  library.Set(nullptr);
  return 0;
}
