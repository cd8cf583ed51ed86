// Calls of the store that may be made again.
#ifndef CADENZA_SERVER_CONTROL_RETRY_H_
#define CADENZA_SERVER_CONTROL_RETRY_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace cadenza {

inline constexpr int kStoreAttempts = 5;

inline const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

// What `call` answers; made again while others are in its way (ABORTED), a few times.
template <typename Call>
auto WithRetries(Call call) {
  auto result = call();
  for (int attempt = 1; attempt < kStoreAttempts && absl::IsAborted(StatusOf(result)); ++attempt) result = call();
  return result;
}

// The same for a call that changes nothing more when it is made twice: also while its outcome is UNKNOWN.
template <typename Call>
auto WithRetriesOfUnknown(Call call) {
  const auto again = [](const absl::Status& status) { return absl::IsAborted(status) || absl::IsUnknown(status); };
  auto result = call();
  for (int attempt = 1; attempt < kStoreAttempts && again(StatusOf(result)); ++attempt) result = call();
  return result;
}

}  // namespace cadenza

#endif  // CADENZA_SERVER_CONTROL_RETRY_H_
