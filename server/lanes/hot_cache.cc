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
  Node& node = list_.front();
  node.bytes = SizeOf(node);
  bytes_ += node.bytes;
  index_.emplace(key, list_.begin());
  return &node.user;
}

void HotCache::Erase(const UserKey& key) {
  auto it = index_.find(key);
  if (it == index_.end()) return;
  bytes_ -= it->second->bytes;
  list_.erase(it->second);
  index_.erase(it);
}

void HotCache::Measure(const UserKey& key) {
  auto it = index_.find(key);
  if (it == index_.end()) return;
  Node& node = *it->second;
  bytes_ -= node.bytes;
  node.bytes = SizeOf(node);
  bytes_ += node.bytes;
}

void HotCache::Trim() {
  while (!list_.empty() && (index_.size() > options_.users_max || bytes_ > options_.bytes_max)) {
    UserKey oldest = list_.back().key;
    Erase(oldest);
  }
}

size_t HotCache::SizeOf(const Node& node) {
  constexpr size_t kOverhead = sizeof(Node) + 64;
  return kOverhead + node.user.merged_into.size() + node.user.profile.ByteSize();
}

}  // namespace cadenza::lanes
