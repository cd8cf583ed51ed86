// The lists and maps that an expression itself makes.
#ifndef CADENZA_SERVER_RULES_CEL_CONTAINERS_H_
#define CADENZA_SERVER_RULES_CEL_CONTAINERS_H_

#include <optional>
#include <utility>
#include <vector>

#include "server/rules/cel/value.h"

namespace cadenza::cel {

// A map of these entries; an error value for a key of a kind that CEL does not allow, or the same key twice.
Value MakeMap(std::vector<std::pair<Value, Value>> entries);

// The form in which equal keys are the same: a number that a uint or an int can hold exactly becomes an int, or a uint
// above int64. Nothing for what can be no key: 1.5, null, a list.
std::optional<Value> CanonicalKey(const Value& key);

}  // namespace cadenza::cel

#endif  // CADENZA_SERVER_RULES_CEL_CONTAINERS_H_
