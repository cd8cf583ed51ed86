// What campaigns and segments check alike, beyond checks.h. Every error is a rejection (storage/model/rejection.h) that
// names the field. Internal to server/rules.
#ifndef CADENZA_SERVER_RULES_FIELDS_H_
#define CADENZA_SERVER_RULES_FIELDS_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/rules/cel/cel.h"
#include "server/rules/checks.h"

namespace cadenza::rules {

inline constexpr size_t kDisplayNameBytes = 255;

// A name of a-z, 0-9, '-' and '_' that starts with a letter.
absl::Status CheckId(std::string_view field, std::string_view id, size_t most);

// An error of a compiler (its text has line and column) as a rejection of the field.
absl::Status OfField(std::string_view field, const absl::Status& status);

// A condition: of type bool, at most limits::kConditionBytes long. Null if it is empty.
absl::StatusOr<std::shared_ptr<const cel::Program>> CompileCondition(const std::string& condition, const cel::Env& env,
                                                                     std::string_view field = "condition");

}  // namespace cadenza::rules

#endif  // CADENZA_SERVER_RULES_FIELDS_H_
