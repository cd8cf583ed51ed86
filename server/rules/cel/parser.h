// From text to tree, by recursive descent.
#ifndef CADENZA_SERVER_RULES_CEL_PARSER_H_
#define CADENZA_SERVER_RULES_CEL_PARSER_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "server/rules/cel/ast.h"

namespace cadenza::cel {

// The extensions say which macros there are, and whether the syntax of optionals is allowed.
//
// INVALID_ARGUMENT with line and column; RESOURCE_EXHAUSTED over limits.expression_bytes or limits.depth. The tree is
// never higher than 8 * limits.depth.
absl::StatusOr<ExprPtr> Parse(std::string_view expression, const Limits& limits,
                              const Extensions& extensions = Extensions::All());

}  // namespace cadenza::cel

#endif  // CADENZA_SERVER_RULES_CEL_PARSER_H_
