#include "server/lanes/hot_cache.h"

#include <utility>

namespace cadenza::lanes {

HotUser* HotCache::Find(const UserKey& key) {
  auto it = index_.find(key);
  if (it == index_.end()) return nullptr;
  list_.splice(list_.begin(), list_, it->second);
  return &it->second->user;
}

HotUser* HotCache::Put(const UserKey& key, HotUser user) {
  Erase(key);
  list_.push_front({key, std::move(user)});
  HotUser* put = &list_.front().user;
  put->bytes_ = 0;
  Measure(put, put->profile.ByteSize());
  index_.emplace(key, list_.begin());
  return put;
}

void HotCache::Erase(const UserKey& key) {
  auto it = index_.find(key);
  if (it == index_.end()) return;
  bytes_ -= it->second->user.bytes_;
  list_.erase(it->second);
  index_.erase(it);
}

void HotCache::Measure(HotUser* user, size_t profile_bytes) {
  constexpr size_t kOverhead = sizeof(Node) + 64;
  bytes_ -= user->bytes_;
  user->bytes_ = kOverhead + user->merged_into.size() + profile_bytes + user->encoded.state.capacity() +
                 user->encoded.extra_bytes();
  bytes_ += user->bytes_;
}

void HotCache::Trim() {
  while (!list_.empty() && (index_.size() > options_.users_max || bytes_ > options_.bytes_max)) {
    UserKey oldest = list_.back().key;
    Erase(oldest);
  }
}

}  // namespace cadenza::lanes
