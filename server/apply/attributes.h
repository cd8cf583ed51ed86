// Operations on attributes. Pure.
#ifndef CADENZA_SERVER_APPLY_ATTRIBUTES_H_
#define CADENZA_SERVER_APPLY_ATTRIBUTES_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/model/input.h"
#include "storage/model/value.h"

namespace cadenza::apply {

// The attributes after all operations of `change`, in order (cadenza.v1.AttributeOperation says what each does).
//
// Errors name the operation ("attribute_change.operations[2].increment"): ATTRIBUTE_TYPE_MISMATCH, ATTRIBUTE_OVERFLOW,
// and LIMIT_EXCEEDED for an attribute that grew over limits::kValueBytes or kNesting, or more than limits::kAttributes
// of them.
absl::StatusOr<ValueMap> ChangedAttributes(const AttributeChange& change, ValueMap attributes);

// The union of two sets of attributes: what `known` has stays, maps are merged entry by entry. A limit that the union
// breaks is the caller's.
ValueMap MergedAttributes(ValueMap known, const ValueMap& anonymous);

}  // namespace cadenza::apply

#endif  // CADENZA_SERVER_APPLY_ATTRIBUTES_H_
