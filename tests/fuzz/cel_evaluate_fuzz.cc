// The evaluation of CEL: whatever the expression, a value or an error, the same every time, within its cost.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "server/rules/cel/utf8.h"
#include "tests/fuzz/cel_world.h"

namespace {

std::string Shown(const absl::StatusOr<cadenza::cel::Value>& result) {
  return result.ok() ? result->DebugString() : std::string(result.status().message());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const cadenza::cel::MapActivation& values =
      *new cadenza::cel::MapActivation(cadenza::cel::MakeFuzzActivation());
  // The first byte chooses between a checked and an unchecked program.
  if (size == 0) return 0;
  const auto compile = (data[0] & 1) == 0 ? cadenza::cel::Compile : cadenza::cel::CompileUnchecked;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  cadenza::cel::Limits limits;
  limits.cost = 5'000;
  limits.regex_program_bytes = 64 << 10;
  const auto program = compile(text, cadenza::cel::FuzzEnv(), limits);
  if (!program.ok()) return 0;
  const std::string first = Shown((*program)->Evaluate(values));
  if (!cadenza::cel::ValidUtf8(first) || first != Shown((*program)->Evaluate(values))) std::abort();
  return 0;
}
