// The parser and the checker of CEL: whatever the text, a program or an error that says where, in valid UTF-8.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "server/rules/cel/utf8.h"
#include "tests/fuzz/cel_world.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using cadenza::cel::Compile;
  using cadenza::cel::CompileUnchecked;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  cadenza::cel::Limits limits;
  limits.cost = 2'000;  // for what is folded
  limits.regex_program_bytes = 64 << 10;
  for (const auto compile : {Compile, CompileUnchecked}) {
    const auto program = compile(text, cadenza::cel::FuzzEnv(), limits);
    if (program.ok()) continue;
    const std::string message(program.status().message());
    if (message.empty() || !cadenza::cel::ValidUtf8(message)) std::abort();
  }
  return 0;
}
