// has(), all(), exists(), exists_one(), map(), filter(), and those of the extensions: calls by their looks, but not by
// their meaning (github.com/google/cel-spec, "Macros"; github.com/google/cel-go, ext/README.md).
#ifndef CADENZA_SERVER_RULES_CEL_MACROS_H_
#define CADENZA_SERVER_RULES_CEL_MACROS_H_

#include "server/rules/cel/ast.h"

namespace cadenza::cel {

// If `call` (a kCall) is a macro by name, kind of call and number of arguments, makes it what it stands for. What is
// wrong with its arguments, or empty.
std::string ExpandMacro(const Extensions& extensions, Expr* call);

}  // namespace cadenza::cel

#endif  // CADENZA_SERVER_RULES_CEL_MACROS_H_
