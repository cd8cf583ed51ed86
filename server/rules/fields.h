// Checks of fields that campaigns and segments share. Every error is a rejection (storage/model/rejection.h) that names
// the field. Internal to server/rules.
#ifndef CADENZA_SERVER_RULES_FIELDS_H_
#define CADENZA_SERVER_RULES_FIELDS_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/rules/cel/cel.h"

namespace cadenza::rules {

inline constexpr size_t kDisplayNameBytes = 255;

absl::Status Invalid(std::string_view field, std::string_view message);
absl::Status LimitExceeded(std::string_view field, std::string_view message);

// UTF-8 without NUL, of at most `most` bytes.
absl::Status CheckText(std::string_view field, std::string_view text, size_t most);
// A text that is not empty and holds no control characters.
absl::Status CheckName(std::string_view field, std::string_view name, size_t most);
// A name of a-z, 0-9, '-' and '_' that starts with a letter.
absl::Status CheckId(std::string_view field, std::string_view id, size_t most);

// An error of a compiler (its text has line and column) as a rejection of the field.
absl::Status OfField(std::string_view field, const absl::Status& status);

// The field "condition": of type bool, at most limits::kConditionBytes long. Null if it is empty.
absl::StatusOr<std::shared_ptr<const cel::Program>> CompileCondition(const std::string& condition, const cel::Env& env);

}  // namespace cadenza::rules

#endif  // CADENZA_SERVER_RULES_FIELDS_H_
