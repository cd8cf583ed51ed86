// From the checked tree to nodes. What is constant is computed here, once.
#ifndef CADENZA_SERVER_RULES_CEL_PLANNER_H_
#define CADENZA_SERVER_RULES_CEL_PLANNER_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "server/rules/cel/ast.h"
#include "server/rules/cel/node.h"

namespace cadenza::cel {

struct Plan {
  NodePtr root;
  size_t variables = 0;  // what Frame::variables must hold
};

// INVALID_ARGUMENT with line and column: a constant regular expression that is malformed or too large.
absl::StatusOr<Plan> MakePlan(std::string_view expression, const Expr& tree, const Env& env, const Limits& limits);

}  // namespace cadenza::cel

#endif  // CADENZA_SERVER_RULES_CEL_PLANNER_H_
