// The hot profiles of one lane: the users whose inputs it handled last, decoded, bounded by count and by bytes; the
// least recently used go first.
//
// Owned and used by the lane's thread only.
#ifndef CADENZA_SERVER_LANES_HOT_CACHE_H_
#define CADENZA_SERVER_LANES_HOT_CACHE_H_

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "storage/base/ids.h"
#include "storage/codec/profile_codec.h"
#include "storage/model/profile.h"

namespace cadenza::lanes {

// What a name leads to: a profile, or another user's key.
struct HotUser {
  Profile profile;          // profile.version is that of the row as committed, also for a name that leads elsewhere
  std::string merged_into;  // not empty: the name only leads there
  EncodedProfile encoded;   // as committed last, if it was since it was loaded

  // Kept for the batch runner, so that one lookup an input is enough: the batch that touched this user last, and his
  // place in it.
  uint64_t batch = 0;
  size_t touched = 0;

 private:
  friend class HotCache;
  size_t bytes_ = 0;  // as the cache counts it
};

class HotCache {
 public:
  struct Options {
    size_t users_max = 25'000;
    size_t bytes_max = 64 << 20;  // encoded, about
  };
  explicit HotCache(const Options& options) : options_(options) {}

  // Null if absent; else it becomes the most recently used. Valid until Erase of the key, or Trim.
  HotUser* Find(const UserKey& key);
  // Replaces what was there. Valid as above: Put alone never evicts.
  HotUser* Put(const UserKey& key, HotUser user);
  void Erase(const UserKey& key);
  // `user`, which is in the cache, takes `profile_bytes` encoded by now, besides what user->encoded takes.
  void Measure(HotUser* user, size_t profile_bytes);
  // After a batch: evicts down to the bounds.
  void Trim();

  size_t size() const { return index_.size(); }
  size_t bytes() const { return bytes_; }

 private:
  struct Node {
    UserKey key;
    HotUser user;
  };
  using List = std::list<Node>;

  const Options options_;
  List list_;  // most recent first
  absl::flat_hash_map<UserKey, List::iterator> index_;
  size_t bytes_ = 0;
};

}  // namespace cadenza::lanes

#endif  // CADENZA_SERVER_LANES_HOT_CACHE_H_
