// Catalogs and their items: made, changed, read. cadenza.v1.CatalogService says what each call means; here it is done,
// on model types.
#ifndef CADENZA_SERVER_CONTROL_CATALOG_ADMIN_H_
#define CADENZA_SERVER_CONTROL_CATALOG_ADMIN_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/base/clock.h"
#include "storage/model/catalog.h"
#include "storage/model/value.h"
#include "storage/store.h"

namespace cadenza {

struct CatalogPage {
  std::vector<Catalog> catalogs;
  std::string next_page_token;  // empty on the last page
};

struct CatalogItemPage {
  std::vector<CatalogItemRow> items;
  std::string next_page_token;
};

// An item as a caller gives it; `fields` may be why it has none.
struct CatalogItemGiven {
  std::string item_id;
  absl::StatusOr<ValueMap> fields;
};

struct CatalogUpsert {
  int upserted = 0;
  std::vector<std::pair<size_t, absl::Status>> refused;  // by place, with rejections ("items[3].fields.price")
};

// Thread-safe; blocks on the store. The workspace was checked by the caller.
//
// Errors, with a rejection (storage/model/rejection.h) where a field is at fault: INVALID_ARGUMENT, NOT_FOUND,
// ALREADY_EXISTS, RESOURCE_EXHAUSTED (the workspace has no room); UNKNOWN (it may have been done; every call may be
// made again); UNAVAILABLE; INTERNAL; DATA_LOSS.
class CatalogAdmin {
 public:
  // `store` and `clock` must outlive it. `changed`, if given, is called after each change, before the call returns.
  CatalogAdmin(Store* store, Clock* clock, std::function<void()> changed = nullptr)
      : content_(&store->content()), clock_(clock), changed_(std::move(changed)) {}

  // The times and the count of `catalog` are ignored.
  absl::StatusOr<Catalog> Create(Catalog catalog);
  absl::StatusOr<Catalog> Get(std::string_view workspace, std::string_view catalog_id);
  absl::StatusOr<CatalogPage> List(std::string_view workspace, int page_size, std::string_view page_token);
  absl::Status Delete(std::string_view workspace, std::string_view catalog_id);

  absl::StatusOr<CatalogUpsert> Upsert(std::string_view workspace, std::string_view catalog_id,
                                       std::vector<CatalogItemGiven> items);
  absl::StatusOr<CatalogItemRow> GetItem(std::string_view workspace, std::string_view catalog_id,
                                         std::string_view item_id);
  absl::StatusOr<CatalogItemPage> ListItems(std::string_view workspace, std::string_view catalog_id, int page_size,
                                            std::string_view page_token);
  // How many there were.
  absl::StatusOr<int64_t> DeleteItems(std::string_view workspace, std::string_view catalog_id,
                                      const std::vector<std::string>& item_ids);

 private:
  void Changed() const {
    if (changed_) changed_();
  }
  absl::Time Now() const;

  ContentStore* const content_;
  Clock* const clock_;
  const std::function<void()> changed_;
};

}  // namespace cadenza

#endif  // CADENZA_SERVER_CONTROL_CATALOG_ADMIN_H_
