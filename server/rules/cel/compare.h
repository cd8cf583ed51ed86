// Equality and order of values, across numeric types (github.com/google/cel-spec, "Equality" and "Ordering").
#ifndef CADENZA_SERVER_RULES_CEL_COMPARE_H_
#define CADENZA_SERVER_RULES_CEL_COMPARE_H_

#include "server/rules/cel/cost.h"
#include "server/rules/cel/value.h"

namespace cadenza::cel {

// a == b. With a meter, charges for every element and byte compared; meaningless (and soon returned) once it is
// exhausted.
bool Equal(const Value& a, const Value& b, CostMeter* cost);

// kUnordered: one is NaN. kIncomparable: CEL has no < for these kinds.
enum class Ordering : uint8_t { kLess, kEqual, kGreater, kUnordered, kIncomparable };

// Numbers compare across types: int with uint exactly, either with double as doubles.
Ordering Compare(const Value& a, const Value& b);

bool IsNumber(const Value& value);

}  // namespace cadenza::cel

#endif  // CADENZA_SERVER_RULES_CEL_COMPARE_H_
