#include "server/rules/fields.h"

#include "absl/strings/ascii.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/model/limits.h"

namespace cadenza::rules {

absl::Status CheckId(std::string_view field, std::string_view id, size_t most) {
  CADENZA_RETURN_IF_ERROR(CheckName(field, id, most));
  bool plain = absl::ascii_islower(id.front());
  for (char c : id) plain = plain && (absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-' || c == '_');
  return plain ? absl::OkStatus() : Invalid(field, "must be of a-z, 0-9, '-' and '_', and start with a letter");
}

absl::Status OfField(std::string_view field, const absl::Status& status) {
  const bool limit = status.code() == absl::StatusCode::kResourceExhausted;
  return limit ? LimitExceeded(field, Std(status.message())) : Invalid(field, Std(status.message()));
}

absl::StatusOr<std::shared_ptr<const cel::Program>> CompileCondition(const std::string& condition, const cel::Env& env,
                                                                     std::string_view field) {
  if (condition.empty()) return nullptr;
  cel::Limits limits;
  limits.expression_bytes = limits::kConditionBytes;
  auto program = cel::Compile(condition, env, limits);
  if (!program.ok()) return OfField(field, program.status());
  const cel::Type& type = (*program)->result_type();
  if (type != cel::Type::Bool()) {
    return Invalid(field,
                   StrCat("must be of type bool, and is of type ", type.DebugString(), "; compare it with a value"));
  }
  return program;
}

}  // namespace cadenza::rules
