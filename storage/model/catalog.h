// Catalogs and their items as plain C++ (cadenza.v1.Catalog, CatalogItem, which say what each field means).
#ifndef CADENZA_STORAGE_MODEL_CATALOG_H_
#define CADENZA_STORAGE_MODEL_CATALOG_H_

#include <cstdint>
#include <string>
#include <utility>

#include "absl/time/time.h"

namespace cadenza {

struct Catalog {
  std::string workspace;
  std::string catalog_id;
  std::string display_name;
  int64_t item_count = 0;
  absl::Time create_time;
  absl::Time update_time;
  friend bool operator==(const Catalog&, const Catalog&) = default;
};

// A catalog as the process follows it: `revision` changes with every change of its items, and no two catalogs that ever
// had one id share one.
struct CatalogRevision {
  std::string workspace;
  std::string catalog_id;
  int64_t revision = 0;
  friend bool operator==(const CatalogRevision&, const CatalogRevision&) = default;
};

// The name of an item. A plain value: copy, compare, hash.
struct CatalogItemKey {
  std::string workspace;
  std::string catalog_id;
  std::string item_id;

  friend bool operator==(const CatalogItemKey&, const CatalogItemKey&) = default;
  friend auto operator<=>(const CatalogItemKey&, const CatalogItemKey&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const CatalogItemKey& k) {
    return H::combine(std::move(h), k.workspace, k.catalog_id, k.item_id);
  }
};

// An item as it is stored.
struct CatalogItemRow {
  std::string item_id;
  std::string fields;  // encoded, see storage/codec/catalog_codec.h; opaque to engines
  absl::Time update_time;
  friend bool operator==(const CatalogItemRow&, const CatalogItemRow&) = default;
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_MODEL_CATALOG_H_
