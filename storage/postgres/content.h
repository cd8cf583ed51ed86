// Catalogs and content blocks in PostgreSQL. Internal to storage/postgres.
#ifndef CADENZA_STORAGE_POSTGRES_CONTENT_H_
#define CADENZA_STORAGE_POSTGRES_CONTENT_H_

#include <string>
#include <string_view>
#include <vector>

#include "storage/content_store.h"
#include "storage/postgres/connection.h"
#include "storage/postgres/pool.h"

namespace cadenza::postgres {

// Thread-safe. Every call ends within the store's deadline.
class PostgresContent : public ContentStore {
 public:
  // `pool` must outlive it.
  PostgresContent(Pool* pool, absl::Duration deadline) : pool_(pool), deadline_(deadline) {}

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

 private:
  absl::StatusOr<Rows> Run(const Statement& statement, const Params& params, OnLoss on_loss = OnLoss::kNothingChanged);
  // In one transaction, on the locked row of the catalog; what the last one answered. NOT_FOUND if there is none.
  absl::StatusOr<Rows> RunLocked(std::string_view workspace, std::string_view catalog_id,
                                 const std::vector<Connection::Call>& calls);

  Pool* const pool_;
  const absl::Duration deadline_;
};

}  // namespace cadenza::postgres

#endif  // CADENZA_STORAGE_POSTGRES_CONTENT_H_
