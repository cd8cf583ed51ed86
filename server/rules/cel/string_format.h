// format() of the strings extension: "%s has %d items".format(["cart", 3]).
#ifndef CADENZA_SERVER_RULES_CEL_STRING_FORMAT_H_
#define CADENZA_SERVER_RULES_CEL_STRING_FORMAT_H_

#include <string_view>

#include "server/rules/cel/functions.h"
#include "server/rules/cel/value.h"

namespace cadenza::cel {

// The largest precision that %f and %e take.
inline constexpr int kMaxPrecision = 1000;

// Fills in the clauses of `format` with `arguments`, in order; those left over are ignored. %s any value, %d a number,
// %f and %e a number with six digits after the point, or as many as %.3f says, %b an integer or bool in binary, %o an
// integer in octal, %x and %X an integer, or the bytes of a text, in hexadecimal, %% a percent sign. An error value for
// other clauses, for values that a clause does not take, and for too few of them.
Value FormatString(std::string_view format, const ListInterface& arguments, CallContext& context);

}  // namespace cadenza::cel

#endif  // CADENZA_SERVER_RULES_CEL_STRING_FORMAT_H_
