// A cache of profile rows shared by processes (Redis). It may always miss, lose, or hold an old version: the store's
// fence decides. It must never hold a version that was not committed.
#ifndef CADENZA_STORAGE_PROFILE_CACHE_H_
#define CADENZA_STORAGE_PROFILE_CACHE_H_

#include <optional>
#include <utility>
#include <vector>

#include "storage/base/ids.h"
#include "storage/store.h"

namespace cadenza {

// Thread-safe. Never fails: trouble is a miss. A call returns within the cache's deadline (50 ms), at once while its
// circuit breaker is open.
class ProfileCache {
 public:
  virtual ~ProfileCache() = default;
  // Parallel to `keys`.
  virtual std::vector<std::optional<ProfileRow>> Get(const std::vector<UserKey>& keys) = 0;
  // Keeps each row unless a newer version is there.
  virtual void PutIfNewer(const std::vector<std::pair<UserKey, ProfileRow>>& rows) = 0;
  virtual void Drop(const std::vector<UserKey>& keys) = 0;
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_PROFILE_CACHE_H_
