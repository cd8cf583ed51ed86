// Catalogs and content blocks of the memory store.
#ifndef CADENZA_STORAGE_MEMORY_MEMORY_CONTENT_H_
#define CADENZA_STORAGE_MEMORY_MEMORY_CONTENT_H_

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "storage/content_store.h"
#include "storage/store.h"

namespace cadenza {

// One mutex guards everything; while it is held nothing else is called, but the `rest` of PutWith.
class MemoryContent : public ContentStore {
 public:
  absl::Status CreateCatalog(const Catalog& catalog) override;
  absl::StatusOr<Catalog> GetCatalog(std::string_view workspace, std::string_view catalog_id) override;
  absl::StatusOr<std::vector<Catalog>> ListCatalogs(std::string_view workspace, std::string_view after,
                                                    int limit) override;
  absl::StatusOr<std::vector<CatalogRevision>> ListCatalogRevisions() override;
  absl::Status DeleteCatalog(std::string_view workspace, std::string_view catalog_id) override;
  absl::StatusOr<std::vector<bool>> UpsertCatalogItems(std::string_view workspace, std::string_view catalog_id,
                                                       const std::vector<CatalogItemRow>& items,
                                                       absl::Time now) override;
  absl::StatusOr<CatalogItemRow> GetCatalogItem(std::string_view workspace, std::string_view catalog_id,
                                                std::string_view item_id) override;
  absl::StatusOr<std::vector<CatalogItemRow>> ListCatalogItems(std::string_view workspace, std::string_view catalog_id,
                                                               std::string_view after, int limit) override;
  absl::StatusOr<int64_t> DeleteCatalogItems(std::string_view workspace, std::string_view catalog_id,
                                             const std::vector<std::string>& item_ids, absl::Time now) override;
  absl::Status PutContentBlock(const ContentBlock& block) override;
  absl::StatusOr<ContentBlock> GetContentBlock(std::string_view workspace, std::string_view id) override;
  absl::StatusOr<std::vector<ContentBlock>> ListContentBlocks(std::string_view workspace, std::string_view after,
                                                              int limit) override;
  absl::Status DeleteContentBlock(std::string_view workspace, std::string_view id, int64_t revision) override;

  // All of them as PutContentBlock, or none, if `rest`, called while they could be put and nobody else can put any, is
  // fine.
  absl::Status PutWith(const std::vector<ContentBlock>& blocks, const std::function<absl::Status()>& rest);

  // How often content blocks (rule_set), and catalogs, have changed.
  Revisions Changes();
  // The fields of items, for Store::Load. Parallel to `keys`.
  std::vector<std::optional<std::string>> LoadItems(const std::vector<CatalogItemKey>& keys);

 private:
  using Key = std::pair<std::string, std::string>;  // workspace, id
  struct StoredCatalog {
    Catalog catalog;
    int64_t revision = 0;
    std::map<std::string, CatalogItemRow, std::less<>> items;
  };

  absl::StatusOr<StoredCatalog*> Find(std::string_view workspace, std::string_view catalog_id)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Changed(StoredCatalog* catalog, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  absl::Status CheckPut(const ContentBlock& block) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  absl::Mutex mu_;
  std::map<Key, StoredCatalog> catalogs_ ABSL_GUARDED_BY(mu_);
  std::map<Key, ContentBlock> blocks_ ABSL_GUARDED_BY(mu_);
  Revisions changes_ ABSL_GUARDED_BY(mu_);
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_MEMORY_MEMORY_CONTENT_H_
