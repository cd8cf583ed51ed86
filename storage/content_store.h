// The part of the store that holds what messages are made of besides campaigns: catalogs with their items, and content
// blocks. Reached by Store::content().
//
// Thread-safe; calls block; errors as storage/store.h has them. A change is UNKNOWN if the connection was lost while it
// was made; every one of them may be made again. Ids, sizes and the fields of items are the caller's to check
// (server/control); the counts that limits.h bounds are checked here, since only here they are known.
#ifndef CADENZA_STORAGE_CONTENT_STORE_H_
#define CADENZA_STORAGE_CONTENT_STORE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "storage/model/catalog.h"
#include "storage/model/content_block.h"

namespace cadenza {

class ContentStore {
 public:
  virtual ~ContentStore() = default;

  // --- catalogs --- Every change raises Revisions::catalogs in its transaction. NOT_FOUND: there is no such catalog.
  //
  // ALREADY_EXISTS; RESOURCE_EXHAUSTED: the workspace has limits::kCatalogs (a few more if many are made at once).
  virtual absl::Status CreateCatalog(const Catalog& catalog) = 0;
  virtual absl::StatusOr<Catalog> GetCatalog(std::string_view workspace, std::string_view catalog_id) = 0;
  // In the order of catalog_id, > after. At most `limit`.
  virtual absl::StatusOr<std::vector<Catalog>> ListCatalogs(std::string_view workspace, std::string_view after,
                                                            int limit) = 0;
  // Of all workspaces, in no order.
  virtual absl::StatusOr<std::vector<CatalogRevision>> ListCatalogRevisions() = 0;
  // With its items.
  virtual absl::Status DeleteCatalog(std::string_view workspace, std::string_view catalog_id) = 0;

  // --- items --- No item_id stands twice in one call.
  //
  // Inserts or replaces, in one transaction. Parallel to `items`: false = a new one for which the catalog, which has
  // limits::kCatalogItems, has no room. update_time of the items is that of the catalog from then on.
  virtual absl::StatusOr<std::vector<bool>> UpsertCatalogItems(std::string_view workspace, std::string_view catalog_id,
                                                               const std::vector<CatalogItemRow>& items,
                                                               absl::Time now) = 0;
  // NOT_FOUND: no such item, or no such catalog.
  virtual absl::StatusOr<CatalogItemRow> GetCatalogItem(std::string_view workspace, std::string_view catalog_id,
                                                        std::string_view item_id) = 0;
  // In the order of item_id, > after. At most `limit`. None if there is no such catalog.
  virtual absl::StatusOr<std::vector<CatalogItemRow>> ListCatalogItems(std::string_view workspace,
                                                                       std::string_view catalog_id,
                                                                       std::string_view after, int limit) = 0;
  // How many there were.
  virtual absl::StatusOr<int64_t> DeleteCatalogItems(std::string_view workspace, std::string_view catalog_id,
                                                     const std::vector<std::string>& item_ids, absl::Time now) = 0;

  // --- content blocks --- Every change raises Revisions::rule_set in its transaction.
  //
  // Inserts (block.revision 1; ALREADY_EXISTS if the id is taken; RESOURCE_EXHAUSTED as above, of
  // limits::kContentBlocks) or replaces revision - 1 (ABORTED if that is not the current one, NOT_FOUND if there is
  // none).
  virtual absl::Status PutContentBlock(const ContentBlock& block) = 0;
  // NOT_FOUND if there is none.
  virtual absl::StatusOr<ContentBlock> GetContentBlock(std::string_view workspace, std::string_view id) = 0;
  // In the order of (workspace, content_block_id), of one workspace, or of all if it is empty; id > after. limit 0 =
  // all.
  virtual absl::StatusOr<std::vector<ContentBlock>> ListContentBlocks(std::string_view workspace,
                                                                      std::string_view after, int limit) = 0;
  // `revision`, unless 0, must be the current one (ABORTED). NOT_FOUND.
  virtual absl::Status DeleteContentBlock(std::string_view workspace, std::string_view id, int64_t revision) = 0;
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_CONTENT_STORE_H_
