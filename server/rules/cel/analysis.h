// What a checked expression reads, found without evaluating it. (When its value can change by itself is found while
// evaluating: horizon.h.)
#ifndef CADENZA_SERVER_RULES_CEL_ANALYSIS_H_
#define CADENZA_SERVER_RULES_CEL_ANALYSIS_H_

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "server/rules/cel/ast.h"
#include "server/rules/cel/cel.h"

namespace cadenza::cel {

// Of `tree`, which was checked against `env`: nothing that an evaluation could read of the environment's is missing;
// what only one branch reads is there too.
Reads FindReads(const Expr& tree, const Env& env, const Limits& limits);

}  // namespace cadenza::cel

#endif  // CADENZA_SERVER_RULES_CEL_ANALYSIS_H_
