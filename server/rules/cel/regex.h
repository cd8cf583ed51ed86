// Regular expressions by RE2 (github.com/google/re2), which takes time linear in the text and bounded memory.
#ifndef CADENZA_SERVER_RULES_CEL_REGEX_H_
#define CADENZA_SERVER_RULES_CEL_REGEX_H_

#include <cstddef>
#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "re2/re2.h"
#include "server/rules/cel/functions.h"

namespace cadenza::cel {

// INVALID_ARGUMENT: malformed, or its program takes more than `program_bytes`.
absl::StatusOr<std::unique_ptr<const re2::RE2>> CompileRegex(std::string_view pattern, size_t program_bytes);

// Whether `pattern` is somewhere in `text`, charged by the length of the one and the size of the other.
Value MatchRegex(const re2::RE2& pattern, std::string_view text, CallContext& context);

}  // namespace cadenza::cel

#endif  // CADENZA_SERVER_RULES_CEL_REGEX_H_
