// Host name -> numeric address, under a deadline. getaddrinfo has none, so it runs on a thread of its own, at most one
// at a time for each name.
#ifndef CADENZA_STORAGE_REDIS_RESOLVER_H_
#define CADENZA_STORAGE_REDIS_RESOLVER_H_

#include <chrono>
#include <string>

#include "absl/status/statusor.h"

namespace cadenza::redis {

// Thread-safe. A numeric address is returned as it is. If the name service does not answer in time, the last known
// answer is used; DEADLINE_EXCEEDED if there is none, UNAVAILABLE if the name does not exist.
absl::StatusOr<std::string> Resolve(const std::string& host, std::chrono::steady_clock::time_point deadline);

}  // namespace cadenza::redis

#endif  // CADENZA_STORAGE_REDIS_RESOLVER_H_
