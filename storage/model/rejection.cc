#include "storage/model/rejection.h"

#include "absl/strings/cord.h"
#include "absl/strings/escaping.h"
#include "storage/base/text.h"
#include "storage/base/utf8.h"
#include "storage/model/limits.h"

namespace cadenza {
namespace {

constexpr std::string_view kReasonUrl = "cadenza/rejection.reason";
constexpr std::string_view kFieldUrl = "cadenza/rejection.field";

std::string Payload(const absl::Status& status, std::string_view url) {
  const auto payload = status.GetPayload(Sv(url));
  return payload.has_value() ? std::string(*payload) : std::string();
}

// `prefix` directly before the field; a status without a field gets it for one.
absl::Status Prefixed(const absl::Status& status, std::string_view prefix) {
  if (status.ok()) return status;
  const std::string field = Payload(status, kFieldUrl);
  absl::Status prefixed(status.code(), StrCat(prefix, field.empty() ? ": " : "", Std(status.message())));
  if (const std::string reason = Payload(status, kReasonUrl); !reason.empty()) {
    prefixed.SetPayload(Sv(kReasonUrl), absl::Cord(reason));
  }
  prefixed.SetPayload(Sv(kFieldUrl), absl::Cord(StrCat(prefix, field)));
  return prefixed;
}

}  // namespace

absl::Status Rejected(absl::StatusCode code, std::string_view reason, std::string_view field,
                      std::string_view message) {
  absl::Status status(code, field.empty() ? std::string(message) : StrCat(field, ": ", message));
  status.SetPayload(Sv(kReasonUrl), absl::Cord(std::string(reason)));
  if (!field.empty()) status.SetPayload(Sv(kFieldUrl), absl::Cord(std::string(field)));
  return status;
}

std::string RejectionReason(const absl::Status& status) { return Payload(status, kReasonUrl); }

std::string RejectionField(const absl::Status& status) { return Payload(status, kFieldUrl); }

absl::Status WithFieldPrefix(const absl::Status& status, std::string_view prefix) {
  if (RejectionField(status).empty() && !prefix.empty() && prefix.back() == '.') prefix.remove_suffix(1);
  return Prefixed(status, prefix);
}

absl::Status UnderField(const absl::Status& status, std::string_view parent) {
  const std::string field = RejectionField(status);
  return Prefixed(status, field.empty() || field.front() == '[' ? std::string(parent) : StrCat(parent, "."));
}

std::string FieldKey(std::string_view key) {
  constexpr size_t kShownBytes = 64;
  if (key.empty()) return "\"\"";
  if (key.size() <= limits::kNameBytes && IsUtf8(key) && !HasControlCharacter(key)) return std::string(key);
  return StrCat(absl::CHexEscape(Sv(key.substr(0, kShownBytes))), key.size() > kShownBytes ? "..." : "");
}

}  // namespace cadenza
