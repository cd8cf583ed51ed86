// A rejection travels inside as an absl::Status: a canonical code, a message for people, and (as payloads) the reason
// and the field path of cadenza.v1.Rejection.
#ifndef CADENZA_STORAGE_MODEL_REJECTION_H_
#define CADENZA_STORAGE_MODEL_REJECTION_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace cadenza {

namespace reasons {
inline constexpr std::string_view kInvalidField = "INVALID_FIELD";
inline constexpr std::string_view kLimitExceeded = "LIMIT_EXCEEDED";
inline constexpr std::string_view kEventIdTooOld = "EVENT_ID_TOO_OLD";
inline constexpr std::string_view kEventIdReused = "EVENT_ID_REUSED";
inline constexpr std::string_view kEventTimeInFuture = "EVENT_TIME_IN_FUTURE";
inline constexpr std::string_view kAttributeTypeMismatch = "ATTRIBUTE_TYPE_MISMATCH";
inline constexpr std::string_view kAttributeOverflow = "ATTRIBUTE_OVERFLOW";
inline constexpr std::string_view kIdentityTaken = "IDENTITY_TAKEN";
}  // namespace reasons

// `message` should say what is wrong and what to do; the field is put before it.
absl::Status Rejected(absl::StatusCode code, std::string_view reason, std::string_view field, std::string_view message);

// Empty if the status carries none.
std::string RejectionReason(const absl::Status& status);
std::string RejectionField(const absl::Status& status);

// The same rejection with `prefix` put before its field path ("inputs[3]." + "event_id").
absl::Status WithFieldPrefix(const absl::Status& status, std::string_view prefix);

// The same rejection one level deeper: its field becomes "parent.field", or "parent[2]" where the field starts with an
// index, or "parent" where there was none.
absl::Status UnderField(const absl::Status& status, std::string_view parent);

// A key of a map as a part of a field path: as it is, two quotes if empty, or escaped and cut if it is not a name that
// may be shown (too long, control characters, not UTF-8).
std::string FieldKey(std::string_view key);

}  // namespace cadenza

#endif  // CADENZA_STORAGE_MODEL_REJECTION_H_
