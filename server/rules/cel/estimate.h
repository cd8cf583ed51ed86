// What an expression costs at most, before it is evaluated.
#ifndef CADENZA_SERVER_RULES_CEL_ESTIMATE_H_
#define CADENZA_SERVER_RULES_CEL_ESTIMATE_H_

#include <cstdint>

#include "server/rules/cel/ast.h"
#include "server/rules/cel/cel.h"

namespace cadenza::cel {

// An upper bound of what evaluating a checked tree charges (Limits::cost), if no value from outside is larger than
// limits.sizes; kUnboundedCost where none is known.
//
// The model: for every part of the tree, a bound of its cost and of the size of its value: the bytes of any text in it,
// and the number of values in it. Both branches of a condition are looked at, && and || go to their end, loops run once
// for every value that their range may have, and a function charges for the sizes of its arguments as functions_*.cc
// do. A function of the environment costs 1 and gives a value as large as one from outside. A variable of a loop may be
// as large as the whole range: nested loops over nested data multiply.
int64_t EstimateCost(const Expr& tree, const Limits& limits);

}  // namespace cadenza::cel

#endif  // CADENZA_SERVER_RULES_CEL_ESTIMATE_H_
