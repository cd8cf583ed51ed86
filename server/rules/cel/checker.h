// From the parser's tree to a typed one: every name resolved, every call given its overloads.
#ifndef CADENZA_SERVER_RULES_CEL_CHECKER_H_
#define CADENZA_SERVER_RULES_CEL_CHECKER_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "server/rules/cel/ast.h"

namespace cadenza::cel {

enum class Typing : uint8_t {
  kChecked,
  // Everything is dyn. What has no name or no overload becomes an Expr::problem instead of an error.
  kUnchecked,
};

// Fills in `tree`, which was parsed from `expression`; the number of local slots that it needs. INVALID_ARGUMENT with
// line and column. Afterwards the tree points into `env`.
absl::StatusOr<int> Check(std::string_view expression, const Env& env, Typing typing, Expr* tree);

}  // namespace cadenza::cel

#endif  // CADENZA_SERVER_RULES_CEL_CHECKER_H_
