// The catalog items that a decision may read. Deciding is pure, so nothing is loaded while it goes on: what it asks for
// and is not there is noted, and whoever decides loads it, puts it in, and decides again.
#ifndef CADENZA_SERVER_RULES_CATALOG_ITEMS_H_
#define CADENZA_SERVER_RULES_CATALOG_ITEMS_H_

#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "storage/model/catalog.h"
#include "storage/model/value.h"

namespace cadenza::rules {

// What a template sees of an item: a map of its fields, and its item_id as "id".
Value ItemValue(std::string_view item_id, ValueMap fields);

// What is known does not change while it is in here, so all renderings see the same. Not thread-safe.
class CatalogItems {
 public:
  // Where to look for what is not in here: nothing = not known, a null value = there is no such item.
  using Cache = std::function<std::optional<Value>(const CatalogItemKey& key)>;
  explicit CatalogItems(Cache cache = nullptr) : cache_(std::move(cache)) {}

  // The item. NOT_FOUND: there is none. UNAVAILABLE: it is not known, and noted in missing(). RESOURCE_EXHAUSTED: the
  // same after Close.
  absl::StatusOr<Value> Find(std::string_view workspace, std::string_view catalog_id, std::string_view item_id);

  // A null value = there is no such item.
  void Put(const CatalogItemKey& key, Value item) { items_.insert_or_assign(key, std::move(item)); }
  // Each once, in the order in which they were asked for.
  const std::vector<CatalogItemKey>& missing() const { return missing_; }
  void ClearMissing() { missing_.clear(); }
  // Nothing more will be loaded.
  void Close() { closed_ = true; }
  size_t size() const { return items_.size(); }

 private:
  const Cache cache_;
  absl::flat_hash_map<CatalogItemKey, Value> items_;
  std::vector<CatalogItemKey> missing_;
  bool closed_ = false;
};

}  // namespace cadenza::rules

#endif  // CADENZA_SERVER_RULES_CATALOG_ITEMS_H_
