#include "server/rules/cel/regex.h"

#include "server/rules/cel/text.h"

namespace cadenza::cel {
namespace {

// RE2 falls back on an automaton whose steps grow with the program: one unit for this many instructions per sixteen
// bytes of text.
constexpr int64_t kRegexInstructionsPerUnit = 64;

}  // namespace

absl::StatusOr<std::unique_ptr<const re2::RE2>> CompileRegex(std::string_view pattern, size_t program_bytes) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(static_cast<int64_t>(program_bytes));
  auto regex = std::make_unique<const re2::RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
  if (!regex->ok()) {
    return absl::InvalidArgumentError(Cat("invalid regular expression: ", regex->error()));
  }
  return regex;
}

Value MatchRegex(const re2::RE2& pattern, std::string_view text, CallContext& context) {
  const auto blocks = static_cast<int64_t>(text.size() / 16) + 1;
  if (!context.cost.Charge(blocks * (1 + pattern.ProgramSize() / kRegexInstructionsPerUnit))) return CostExceeded();
  return Value::Bool(re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), pattern));
}

}  // namespace cadenza::cel
