// What texts, names and values may be, wherever they come from: an input, a catalog item, a campaign. Pure,
// thread-safe.
//
// Errors are rejections (rejection.h) without a field, or with the path within the value: INVALID_FIELD and
// LIMIT_EXCEEDED, INVALID_ARGUMENT.
#ifndef CADENZA_STORAGE_MODEL_VALUE_CHECK_H_
#define CADENZA_STORAGE_MODEL_VALUE_CHECK_H_

#include <cstddef>
#include <string_view>

#include "absl/status/status.h"
#include "storage/model/value.h"

namespace cadenza {

// What any text may be: UTF-8, and without NUL, which PostgreSQL's text cannot hold.
absl::Status CheckText(std::string_view text, size_t max_bytes);
// The same, not empty, and without control characters.
absl::Status CheckName(std::string_view name, size_t max_bytes);
// Finite numbers, texts, names as keys; within limits::kNesting and limits::kValueBytes.
absl::Status CheckValue(const Value& value);

}  // namespace cadenza

#endif  // CADENZA_STORAGE_MODEL_VALUE_CHECK_H_
