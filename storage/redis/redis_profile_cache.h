// ProfileCache in Redis.
//
// Redis commands used: MGET, DEL, EVALSHA and EVAL (in the script MGET and SET), AUTH, SELECT. An ACL may allow
// just these on the key prefix.
#ifndef CADENZA_STORAGE_REDIS_REDIS_PROFILE_CACHE_H_
#define CADENZA_STORAGE_REDIS_REDIS_PROFILE_CACHE_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "storage/profile_cache.h"
#include "storage/redis/client.h"

namespace cadenza::redis {

// Thread-safe: a call takes a connection of its own.
class RedisProfileCache : public ProfileCache {
 public:
  struct Options {
    Client::Options client;
    // Before every key. Deployments (databases) that share a Redis must differ in it: a cached row belongs to one
    // database.
    std::string key_prefix = "cadenza:";
    std::chrono::seconds time_to_live{3600};
    size_t max_value_bytes = 256 << 10;  // bigger rows are not cached
  };

  // What happened so far, for metrics.
  struct Counters {
    std::atomic<int64_t> hits{0};
    std::atomic<int64_t> misses{0};   // asked for and not there, or garbage
    std::atomic<int64_t> garbage{0};  // values that were refused (and dropped)
    std::atomic<int64_t> errors{0};   // calls that failed, those refused by the open breaker included
  };

  explicit RedisProfileCache(Options options);

  std::vector<std::optional<ProfileRow>> Get(const std::vector<UserKey>& keys) override;
  void PutIfNewer(const std::vector<std::pair<UserKey, ProfileRow>>& rows) override;
  void Drop(const std::vector<UserKey>& keys) override;

  const Counters& counters() const { return counters_; }
  const Traffic& traffic() const { return client_.traffic(); }
  CircuitBreaker::State breaker_state() const { return client_.breaker_state(); }
  // The Redis key of a user, for tests and for people who look into Redis.
  std::string RedisKey(const UserKey& key) const;

 private:
  struct Entry {
    std::string redis_key;
    std::string version;
    std::string value;
  };
  bool PutChunks(const std::vector<Entry>& entries, Deadline deadline);
  void DropRedisKeys(std::vector<std::string> redis_keys, Deadline deadline);

  const Options options_;
  Client client_;
  Counters counters_;
};

}  // namespace cadenza::redis

#endif  // CADENZA_STORAGE_REDIS_REDIS_PROFILE_CACHE_H_
