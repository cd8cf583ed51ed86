// The catalog items that this process read last, shared by its lanes: bounded by count and by bytes, the least recently
// used go first.
//
// An item is good for as long as its catalog stays at the revision under which it was loaded, so a change of a catalog
// makes all of its items stale at once, and no loading that overlaps with a change can leave an old item behind.
#ifndef CADENZA_SERVER_LANES_CATALOG_CACHE_H_
#define CADENZA_SERVER_LANES_CATALOG_CACHE_H_

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "storage/base/text.h"
#include "storage/model/catalog.h"
#include "storage/model/value.h"

namespace cadenza::lanes {

// Thread-safe; a look-up is a lock and a hash. Knows no catalog before the first Follow.
class CatalogCache {
 public:
  struct Options {
    size_t items_max = 100'000;
    size_t bytes_max = 64 << 20;  // Value::ByteSize
  };
  explicit CatalogCache(const Options& options) : options_(options) {}

  // The catalogs that there are now, and nothing else.
  void Follow(const std::vector<CatalogRevision>& catalogs) ABSL_LOCKS_EXCLUDED(mu_);

  // Nothing: it is not known. Null: there is no such item, or no such catalog.
  std::optional<Value> Find(const CatalogItemKey& key) ABSL_LOCKS_EXCLUDED(mu_);
  // Of the item's catalog; 0 = there is none. To be asked before an item is loaded, and given to Put after it.
  int64_t RevisionOf(const CatalogItemKey& key) const ABSL_LOCKS_EXCLUDED(mu_);
  // Null: there is no such item. Does nothing if the catalog is at another revision meanwhile.
  void Put(const CatalogItemKey& key, int64_t revision, Value item) ABSL_LOCKS_EXCLUDED(mu_);

  size_t size() const ABSL_LOCKS_EXCLUDED(mu_);
  size_t bytes() const ABSL_LOCKS_EXCLUDED(mu_);

 private:
  struct Node {
    CatalogItemKey key;
    int64_t revision = 0;
    Value item;
    size_t bytes = 0;
  };
  using List = std::list<Node>;

  int64_t CurrentRevision(const CatalogItemKey& key) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Erase(List::iterator node) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const Options options_;
  mutable absl::Mutex mu_;
  StringMap<StringMap<int64_t>> revisions_ ABSL_GUARDED_BY(mu_);  // by workspace, by catalog
  List list_ ABSL_GUARDED_BY(mu_);                                // most recent first
  absl::flat_hash_map<CatalogItemKey, List::iterator> index_ ABSL_GUARDED_BY(mu_);
  size_t bytes_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace cadenza::lanes

#endif  // CADENZA_SERVER_LANES_CATALOG_CACHE_H_
