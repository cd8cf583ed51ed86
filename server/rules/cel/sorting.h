// Putting lists in order, for sort() and sortBy().
#ifndef CADENZA_SERVER_RULES_CEL_SORTING_H_
#define CADENZA_SERVER_RULES_CEL_SORTING_H_

#include <vector>

#include "server/rules/cel/functions.h"
#include "server/rules/cel/value.h"

namespace cadenza::cel {

// The elements of `list` in the order of `keys`, of which there are as many; those of equal keys keep their order, and
// a NaN goes before all other numbers. An error value if the keys are not all of one kind, or of one that has no order.
Value SortByKeys(const ListInterface& list, const std::vector<Value>& keys, CallContext& context);

}  // namespace cadenza::cel

#endif  // CADENZA_SERVER_RULES_CEL_SORTING_H_
