#include "server/rules/fields.h"

#include "absl/strings/ascii.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/base/utf8.h"
#include "storage/model/limits.h"
#include "storage/model/rejection.h"

namespace cadenza::rules {

absl::Status Invalid(std::string_view field, std::string_view message) {
  return Rejected(absl::StatusCode::kInvalidArgument, reasons::kInvalidField, field, message);
}

absl::Status LimitExceeded(std::string_view field, std::string_view message) {
  return Rejected(absl::StatusCode::kInvalidArgument, reasons::kLimitExceeded, field, message);
}

absl::Status CheckText(std::string_view field, std::string_view text, size_t most) {
  if (text.size() > most) {
    return LimitExceeded(field, StrCat("has ", text.size(), " bytes; at most ", most, " are allowed"));
  }
  if (!IsUtf8(text)) return Invalid(field, "is not UTF-8");
  if (text.find('\0') != std::string_view::npos) return Invalid(field, "must not hold the character NUL");
  return absl::OkStatus();
}

absl::Status CheckName(std::string_view field, std::string_view name, size_t most) {
  if (name.empty()) return Invalid(field, "is required and must not be empty");
  CADENZA_RETURN_IF_ERROR(CheckText(field, name, most));
  return HasControlCharacter(name) ? Invalid(field, "must not hold control characters") : absl::OkStatus();
}

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

absl::StatusOr<std::shared_ptr<const cel::Program>> CompileCondition(const std::string& condition,
                                                                     const cel::Env& env) {
  if (condition.empty()) return nullptr;
  cel::Limits limits;
  limits.expression_bytes = limits::kConditionBytes;
  auto program = cel::Compile(condition, env, limits);
  if (!program.ok()) return OfField("condition", program.status());
  const cel::Type& type = (*program)->result_type();
  if (type != cel::Type::Bool()) {
    return Invalid("condition",
                   StrCat("must be of type bool, and is of type ", type.DebugString(), "; compare it with a value"));
  }
  return program;
}

}  // namespace cadenza::rules
