#include "server/rules/checks.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/base/utf8.h"
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

absl::Status CheckPlainId(std::string_view field, std::string_view id, size_t most) {
  CADENZA_RETURN_IF_ERROR(CheckName(field, id, most));
  const bool plain =
      std::all_of(id.begin(), id.end(), [](char c) { return absl::ascii_isalnum(c) || c == '-' || c == '_'; });
  return plain ? absl::OkStatus() : Invalid(field, "must be of A-Z, a-z, 0-9, '-' and '_'");
}

}  // namespace cadenza::rules
