// What texts and ids may be: checks that campaigns, content blocks and catalogs share. Pure, thread-safe.
//
// Errors are rejections (storage/model/rejection.h) of `field`: INVALID_FIELD or LIMIT_EXCEEDED, INVALID_ARGUMENT.
#ifndef CADENZA_SERVER_RULES_CHECKS_H_
#define CADENZA_SERVER_RULES_CHECKS_H_

#include <cstddef>
#include <string_view>

#include "absl/status/status.h"

namespace cadenza::rules {

absl::Status Invalid(std::string_view field, std::string_view message);
absl::Status LimitExceeded(std::string_view field, std::string_view message);

// UTF-8 without NUL, of at most `most` bytes.
absl::Status CheckText(std::string_view field, std::string_view text, size_t most);
// The same, not empty, and without control characters.
absl::Status CheckName(std::string_view field, std::string_view name, size_t most);
// Of A-Z, a-z, 0-9, '-' and '_'; not empty.
absl::Status CheckPlainId(std::string_view field, std::string_view id, size_t most);

}  // namespace cadenza::rules

#endif  // CADENZA_SERVER_RULES_CHECKS_H_
