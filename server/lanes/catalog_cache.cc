#include "server/lanes/catalog_cache.h"

#include <utility>

namespace cadenza::lanes {
namespace {

// What a node takes besides its item.
constexpr size_t kNodeBytes = 128;

}  // namespace

void CatalogCache::Follow(const std::vector<CatalogRevision>& catalogs) {
  StringMap<StringMap<int64_t>> revisions;
  for (const CatalogRevision& catalog : catalogs) revisions[catalog.workspace][catalog.catalog_id] = catalog.revision;
  absl::MutexLock lock(&mu_);
  revisions_.swap(revisions);
}

int64_t CatalogCache::CurrentRevision(const CatalogItemKey& key) const {
  const auto workspace = revisions_.find(key.workspace);
  if (workspace == revisions_.end()) return 0;
  const auto catalog = workspace->second.find(key.catalog_id);
  return catalog == workspace->second.end() ? 0 : catalog->second;
}

std::optional<Value> CatalogCache::Find(const CatalogItemKey& key) {
  absl::MutexLock lock(&mu_);
  const int64_t revision = CurrentRevision(key);
  const auto found = index_.find(key);
  if (found != index_.end() && found->second->revision != revision) {
    Erase(found->second);
    return revision == 0 ? std::optional(Value()) : std::nullopt;
  }
  if (revision == 0) return Value();
  if (found == index_.end()) return std::nullopt;
  list_.splice(list_.begin(), list_, found->second);
  return found->second->item;
}

int64_t CatalogCache::RevisionOf(const CatalogItemKey& key) const {
  absl::MutexLock lock(&mu_);
  return CurrentRevision(key);
}

void CatalogCache::Put(const CatalogItemKey& key, int64_t revision, Value item) {
  absl::MutexLock lock(&mu_);
  if (revision == 0 || revision != CurrentRevision(key)) return;
  if (const auto known = index_.find(key); known != index_.end()) Erase(known->second);
  const size_t bytes = kNodeBytes + key.item_id.size() + item.ByteSize();
  list_.push_front({key, revision, std::move(item), bytes});
  index_.emplace(key, list_.begin());
  bytes_ += bytes;
  while (!list_.empty() && (list_.size() > options_.items_max || bytes_ > options_.bytes_max)) {
    Erase(std::prev(list_.end()));
  }
}

void CatalogCache::Erase(List::iterator node) {
  bytes_ -= node->bytes;
  index_.erase(node->key);
  list_.erase(node);
}

size_t CatalogCache::size() const {
  absl::MutexLock lock(&mu_);
  return list_.size();
}

size_t CatalogCache::bytes() const {
  absl::MutexLock lock(&mu_);
  return bytes_;
}

}  // namespace cadenza::lanes
