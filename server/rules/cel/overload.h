// Which types fit which: gradual typing, where dyn fits everything and is checked when evaluated.
#ifndef CADENZA_SERVER_RULES_CEL_OVERLOAD_H_
#define CADENZA_SERVER_RULES_CEL_OVERLOAD_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "server/rules/cel/cel.h"
#include "server/rules/cel/value.h"

namespace cadenza::cel {

// The type of what nothing is known of yet: the elements of [], the value of optional.none(). It fits everything, and
// becomes what it meets; what is left of it in the end is dyn.
Type FreeType();
// Whether only evaluation will tell: dyn, or free.
bool IsDynamic(const Type& type);
// `type` with dyn in place of what is free.
Type WithoutFree(const Type& type);

// The type of a value that may be of either, if there is one: dyn if one is dyn, the other if one is null and the other
// may be (a timestamp, a duration, an object).
std::optional<Type> Unify(const Type& a, const Type& b);

// The result of a function with these arguments; nothing if they do not fit. A parameter that no argument says anything
// of is free.
std::optional<Type> MatchSignature(const std::vector<Type>& parameters, const Type& result,
                                   const std::vector<Type>& arguments);

// Whether the values, by their kinds, may be arguments of these types.
bool Accepts(const std::vector<Type>& parameters, absl::Span<const Value> arguments);
bool Accepts(const Type& parameter, const Value& argument);

}  // namespace cadenza::cel

#endif  // CADENZA_SERVER_RULES_CEL_OVERLOAD_H_
