#include "server/rules/checks.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "storage/base/status_macros.h"
#include "storage/model/rejection.h"
#include "storage/model/value_check.h"

namespace cadenza::rules {

absl::Status Invalid(std::string_view field, std::string_view message) {
  return Rejected(absl::StatusCode::kInvalidArgument, reasons::kInvalidField, field, message);
}

absl::Status LimitExceeded(std::string_view field, std::string_view message) {
  return Rejected(absl::StatusCode::kInvalidArgument, reasons::kLimitExceeded, field, message);
}

absl::Status CheckText(std::string_view field, std::string_view text, size_t most) {
  const absl::Status status = cadenza::CheckText(text, most);
  return status.ok() ? status : UnderField(status, field);
}

absl::Status CheckName(std::string_view field, std::string_view name, size_t most) {
  const absl::Status status = cadenza::CheckName(name, most);
  return status.ok() ? status : UnderField(status, field);
}

absl::Status CheckPlainId(std::string_view field, std::string_view id, size_t most) {
  CADENZA_RETURN_IF_ERROR(CheckName(field, id, most));
  const bool plain =
      std::all_of(id.begin(), id.end(), [](char c) { return absl::ascii_isalnum(c) || c == '-' || c == '_'; });
  return plain ? absl::OkStatus() : Invalid(field, "must be of A-Z, a-z, 0-9, '-' and '_'");
}

}  // namespace cadenza::rules
