// A ProfileCache in front of another one, whose writing is done by a thread of its own: nobody who commits waits for
// it, and of a user who changes often only the newest row is written.
//
// A row waits for Options::linger. Until it is written, Get of this process answers with it; other processes may still
// be given an older one, which the store's fence finds out. Of 40,000 events a second for 100,000 users (Zipf 1.0), two
// seconds' worth concern some 18,000 users: a write for every fourth or fifth event, where writing after each commit
// would be one for every second.
#ifndef CADENZA_STORAGE_WRITE_BEHIND_CACHE_H_
#define CADENZA_STORAGE_WRITE_BEHIND_CACHE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "storage/profile_cache.h"

namespace cadenza {

// Thread-safe, if the cache behind it is, which must outlive it.
class WriteBehindCache : public ProfileCache {
 public:
  struct Options {
    absl::Duration linger = absl::Seconds(2);
    // Of the rows that wait. Beyond it the cache behind is only told to drop a user, which takes less of everything.
    size_t bytes_max = 32 << 20;
    // Of the users that wait. Beyond it a change is not passed on at all.
    size_t users_max = 100'000;
    size_t users_per_write = 512;
  };

  WriteBehindCache(ProfileCache* cache, Options options);
  explicit WriteBehindCache(ProfileCache* cache) : WriteBehindCache(cache, Options()) {}
  // Writes what waits, and returns; as long as that takes the cache behind (not long if it does not answer).
  ~WriteBehindCache() override;

  // Asks the cache behind, but for users who wait.
  std::vector<std::optional<ProfileRow>> Get(const std::vector<UserKey>& keys) override;
  // Do not block.
  void PutIfNewer(const std::vector<std::pair<UserKey, ProfileRow>>& rows) override;
  void Drop(const std::vector<UserKey>& keys) override;

  // Returns once all that was put and dropped before is written. For tests.
  void Flush();

 private:
  // What is to become of a user in the cache behind: this row, or nothing.
  using Change = std::optional<ProfileRow>;
  struct Due {
    UserKey key;
    absl::Time time;
  };

  void ChangeLocked(const UserKey& key, const ProfileRow* row, absl::Time due) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Run();
  // The users whose time has come, at most Options::users_per_write.
  std::vector<std::pair<UserKey, Change>> TakeLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Write(std::vector<std::pair<UserKey, Change>> changes);

  ProfileCache* const cache_;
  const Options options_;
  absl::Mutex mu_;
  absl::flat_hash_map<UserKey, Change> waiting_ ABSL_GUARDED_BY(mu_);
  std::deque<Due> order_ ABSL_GUARDED_BY(mu_);  // of waiting_, by the time of the first change
  size_t bytes_ ABSL_GUARDED_BY(mu_) = 0;       // of the rows in waiting_
  bool writing_ ABSL_GUARDED_BY(mu_) = false;
  int flushing_ ABSL_GUARDED_BY(mu_) = 0;  // callers of Flush
  bool stopped_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_WRITE_BEHIND_CACHE_H_
