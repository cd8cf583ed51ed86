#include "storage/model/value_check.h"

#include <cmath>
#include <string>

#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/base/utf8.h"
#include "storage/model/limits.h"
#include "storage/model/rejection.h"

namespace cadenza {
namespace {

absl::Status Invalid(std::string_view field, std::string_view message) {
  return Rejected(absl::StatusCode::kInvalidArgument, reasons::kInvalidField, field, message);
}

absl::Status LimitExceeded(std::string_view field, std::string_view message) {
  return Rejected(absl::StatusCode::kInvalidArgument, reasons::kLimitExceeded, field, message);
}

absl::Status CheckContent(const Value& value, int depth) {
  if (depth > limits::kNesting) {
    return LimitExceeded("", StrCat("lists and maps may be nested at most ", limits::kNesting, " deep"));
  }
  switch (value.kind()) {
    case Value::Kind::kDouble:
      return std::isfinite(value.double_value()) ? absl::OkStatus() : Invalid("", "must be a finite number");
    case Value::Kind::kString:
      return CheckText(value.string_value(), limits::kValueBytes);
    case Value::Kind::kList: {
      const ValueList& list = value.list_value();
      for (size_t i = 0; i < list.size(); ++i) {
        const bool nests = list[i].kind() >= Value::Kind::kList;
        absl::Status status = CheckContent(list[i], depth + (nests ? 1 : 0));
        if (!status.ok()) return UnderField(status, StrCat("[", i, "]"));
      }
      return absl::OkStatus();
    }
    case Value::Kind::kMap:
      for (const auto& [key, entry] : value.map_value()) {
        const bool nests = entry.kind() >= Value::Kind::kList;
        absl::Status status = CheckName(key, limits::kNameBytes);
        if (status.ok()) status = CheckContent(entry, depth + (nests ? 1 : 0));
        if (!status.ok()) return UnderField(status, FieldKey(key));
      }
      return absl::OkStatus();
    default:
      return absl::OkStatus();
  }
}

}  // namespace

absl::Status CheckText(std::string_view text, size_t max_bytes) {
  if (text.size() > max_bytes) {
    return LimitExceeded("", StrCat("has ", text.size(), " bytes; at most ", max_bytes, " are allowed"));
  }
  if (IsPrintableAscii(text)) return absl::OkStatus();
  if (!IsUtf8(text)) return Invalid("", "is not UTF-8");
  if (text.find('\0') != std::string_view::npos) return Invalid("", "must not hold the character NUL");
  return absl::OkStatus();
}

absl::Status CheckName(std::string_view name, size_t max_bytes) {
  if (name.empty()) return Invalid("", "is required and must not be empty");
  if (name.size() <= max_bytes && IsPrintableAscii(name)) return absl::OkStatus();
  CADENZA_RETURN_IF_ERROR(CheckText(name, max_bytes));
  if (HasControlCharacter(name)) return Invalid("", "must not hold control characters");
  return absl::OkStatus();
}

absl::Status CheckValue(const Value& value) {
  CADENZA_RETURN_IF_ERROR(CheckContent(value, value.kind() >= Value::Kind::kList ? 1 : 0));
  if (!WithinValueBytes(value)) {
    return LimitExceeded("", StrCat("is larger than ", limits::kValueBytes, " bytes, all of it"));
  }
  return absl::OkStatus();
}

}  // namespace cadenza
