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
  if (status.ok()) return status;
  const std::string field = RejectionField(status);
  std::string_view whole = prefix;
  if (field.empty() && !whole.empty() && whole.back() == '.') whole.remove_suffix(1);
  absl::Status prefixed(status.code(), StrCat(whole, field.empty() ? ": " : "", Std(status.message())));
  if (const std::string reason = RejectionReason(status); !reason.empty()) {
    prefixed.SetPayload(Sv(kReasonUrl), absl::Cord(std::string(reason)));
  }
  prefixed.SetPayload(Sv(kFieldUrl), absl::Cord(StrCat(whole, field)));
  return prefixed;
}

absl::Status UnderField(const absl::Status& status, std::string_view parent) {
  const std::string field = RejectionField(status);
  return WithFieldPrefix(status, field.empty() || field.front() == '[' ? std::string(parent) : StrCat(parent, "."));
}

std::string FieldKey(std::string_view key) {
  constexpr size_t kShownBytes = 64;
  if (key.size() <= limits::kNameBytes && IsUtf8(key) && !HasControlCharacter(key)) return std::string(key);
  return StrCat(absl::CHexEscape(Sv(key.substr(0, kShownBytes))), key.size() > kShownBytes ? "..." : "");
}

}  // namespace cadenza
