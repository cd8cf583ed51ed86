#include "storage/postgres/content.h"

#include <utility>

#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/model/limits.h"
#include "storage/postgres/definitions.h"
#include "storage/postgres/store_impl.h"

namespace cadenza::postgres {
namespace {

using Element = ArrayParam::Element;

absl::Status NoCatalog(std::string_view id) { return absl::NotFoundError(StrCat("there is no catalog \"", id, "\"")); }

absl::Status NoBlock(std::string_view id) {
  return absl::NotFoundError(StrCat("there is no content block \"", id, "\""));
}

// The order of the columns in statements_content.cc.
Catalog CatalogOf(const Rows& rows, int row) {
  return {.workspace = rows.String(row, 0),
          .catalog_id = rows.String(row, 1),
          .display_name = rows.String(row, 2),
          .item_count = rows.Int(row, 3),
          .create_time = FromMicros(rows.Int(row, 4)),
          .update_time = FromMicros(rows.Int(row, 5))};
}

CatalogItemRow ItemOf(const Rows& rows, int row) {
  return {.item_id = rows.String(row, 0), .fields = rows.String(row, 1), .update_time = FromMicros(rows.Int(row, 2))};
}

ContentBlock BlockOf(const Rows& rows, int row) {
  return {.workspace = rows.String(row, 0),
          .content_block_id = rows.String(row, 1),
          .display_name = rows.String(row, 3),
          .content = rows.String(row, 4),
          .create_time = FromMicros(rows.Int(row, 5)),
          .update_time = FromMicros(rows.Int(row, 6)),
          .revision = rows.Int(row, 2)};
}

Params ParamsOf(const ContentBlock& block) {
  Params params;
  params.Text(block.workspace).Text(block.content_block_id).Int(block.revision).Text(block.display_name);
  params.Text(block.content).Int(ToMicros(block.create_time)).Int(ToMicros(block.update_time));
  return params;
}

}  // namespace

absl::StatusOr<Rows> PostgresContent::Run(const Statement& statement, const Params& params, OnLoss on_loss) {
  const Deadline deadline = DeadlineAfter(deadline_);
  CADENZA_ASSIGN_OR_RETURN(Pool::Lease connection, pool_->Borrow(deadline));
  return connection->Run(statement, params, deadline, on_loss);
}

absl::StatusOr<Rows> PostgresContent::RunLocked(std::string_view workspace, std::string_view catalog_id,
                                                const std::vector<Connection::Call>& calls) {
  const Params catalog = std::move(Params().Text(workspace).Text(catalog_id));
  std::vector<Connection::Call> all = {{&kLockCatalog, &catalog}};
  all.insert(all.end(), calls.begin(), calls.end());
  const Deadline deadline = DeadlineAfter(deadline_);
  CADENZA_ASSIGN_OR_RETURN(Pool::Lease connection, pool_->Borrow(deadline));
  CADENZA_ASSIGN_OR_RETURN(std::vector<Rows> answers, connection->RunAll(all, deadline, OnLoss::kMayHaveChanged));
  if (answers.front().size() == 0) return NoCatalog(catalog_id);
  return std::move(answers.back());
}

absl::Status PostgresContent::CreateCatalog(const Catalog& catalog) {
  Params params;
  params.Text(catalog.workspace).Text(catalog.catalog_id).Text(catalog.display_name);
  params.Int(ToMicros(catalog.create_time)).Int(ToMicros(catalog.update_time)).Int(limits::kCatalogs);
  CADENZA_ASSIGN_OR_RETURN(Rows rows, Run(kInsertCatalog, params, OnLoss::kMayHaveChanged));
  if (rows.size() == 1 && rows.Bool(0, 0)) return absl::OkStatus();
  if (rows.size() == 1 && !rows.Bool(0, 1)) {
    return absl::ResourceExhaustedError(StrCat("the workspace has ", limits::kCatalogs, " catalogs, and no room"));
  }
  return absl::AlreadyExistsError(StrCat("catalog \"", catalog.catalog_id, "\" exists already"));
}

absl::StatusOr<Catalog> PostgresContent::GetCatalog(std::string_view workspace, std::string_view catalog_id) {
  CADENZA_ASSIGN_OR_RETURN(Rows rows, Run(kGetCatalog, Params().Text(workspace).Text(catalog_id)));
  if (rows.size() == 0) return NoCatalog(catalog_id);
  return CatalogOf(rows, 0);
}

absl::StatusOr<std::vector<Catalog>> PostgresContent::ListCatalogs(std::string_view workspace, std::string_view after,
                                                                   int limit) {
  CADENZA_ASSIGN_OR_RETURN(Rows rows, Run(kListCatalogs, Params().Text(workspace).Text(after).Int(limit)));
  std::vector<Catalog> catalogs;
  catalogs.reserve(rows.size());
  for (int i = 0; i < rows.size(); ++i) catalogs.push_back(CatalogOf(rows, i));
  return catalogs;
}

absl::StatusOr<std::vector<CatalogRevision>> PostgresContent::ListCatalogRevisions() {
  CADENZA_ASSIGN_OR_RETURN(Rows rows, Run(kListCatalogRevisions, Params()));
  std::vector<CatalogRevision> revisions;
  revisions.reserve(rows.size());
  for (int i = 0; i < rows.size(); ++i) revisions.push_back({rows.String(i, 0), rows.String(i, 1), rows.Int(i, 2)});
  return revisions;
}

absl::Status PostgresContent::DeleteCatalog(std::string_view workspace, std::string_view catalog_id) {
  const Params catalog = std::move(Params().Text(workspace).Text(catalog_id));
  return RunLocked(workspace, catalog_id, {{&kDeleteItemsOfCatalog, &catalog}, {&kDeleteCatalog, &catalog}}).status();
}

absl::StatusOr<std::vector<bool>> PostgresContent::UpsertCatalogItems(std::string_view workspace,
                                                                      std::string_view catalog_id,
                                                                      const std::vector<CatalogItemRow>& items,
                                                                      absl::Time now) {
  ArrayParam ids(Element::kText), fields(Element::kBytea);
  for (const CatalogItemRow& item : items) {
    ids.AddBytes(item.item_id);
    fields.AddBytes(item.fields);
  }
  Params params;
  params.Text(workspace).Text(catalog_id).Array(std::move(ids)).Array(std::move(fields));
  params.Int(ToMicros(now)).Int(limits::kCatalogItems);
  CADENZA_ASSIGN_OR_RETURN(Rows rows, RunLocked(workspace, catalog_id, {{&kUpsertCatalogItems, &params}}));
  std::vector<bool> put(items.size(), false);
  for (int i = 0; i < rows.size(); ++i) put[rows.Int(i, 0) - 1] = true;
  return put;
}

absl::StatusOr<CatalogItemRow> PostgresContent::GetCatalogItem(std::string_view workspace, std::string_view catalog_id,
                                                               std::string_view item_id) {
  CADENZA_ASSIGN_OR_RETURN(Rows rows, Run(kGetCatalogItem, Params().Text(workspace).Text(catalog_id).Text(item_id)));
  if (rows.size() == 1) return ItemOf(rows, 0);
  CADENZA_RETURN_IF_ERROR(GetCatalog(workspace, catalog_id).status());
  return absl::NotFoundError(StrCat("there is no item \"", item_id, "\""));
}

absl::StatusOr<std::vector<CatalogItemRow>> PostgresContent::ListCatalogItems(std::string_view workspace,
                                                                              std::string_view catalog_id,
                                                                              std::string_view after, int limit) {
  CADENZA_ASSIGN_OR_RETURN(Rows rows,
                           Run(kListCatalogItems, Params().Text(workspace).Text(catalog_id).Text(after).Int(limit)));
  std::vector<CatalogItemRow> items;
  items.reserve(rows.size());
  for (int i = 0; i < rows.size(); ++i) items.push_back(ItemOf(rows, i));
  return items;
}

absl::StatusOr<int64_t> PostgresContent::DeleteCatalogItems(std::string_view workspace, std::string_view catalog_id,
                                                            const std::vector<std::string>& item_ids, absl::Time now) {
  ArrayParam ids(Element::kText);
  for (const std::string& id : item_ids) ids.AddBytes(id);
  Params params;
  params.Text(workspace).Text(catalog_id).Array(std::move(ids)).Int(ToMicros(now));
  CADENZA_ASSIGN_OR_RETURN(Rows rows, RunLocked(workspace, catalog_id, {{&kDeleteCatalogItems, &params}}));
  return rows.size() == 1 ? rows.Int(0, 0) : 0;
}

absl::Status PutContentBlockOn(Connection& connection, Deadline deadline, OnLoss on_loss, const ContentBlock& block) {
  if (block.revision < 1) return absl::InvalidArgumentError("revision: must be at least 1");
  Params params = ParamsOf(block);
  if (block.revision == 1) {
    params.Int(limits::kContentBlocks);
    CADENZA_ASSIGN_OR_RETURN(const Rows rows, connection.Run(kInsertContentBlock, params, deadline, on_loss));
    if (rows.size() == 1 && rows.Bool(0, 0)) return absl::OkStatus();
    if (rows.size() == 1 && !rows.Bool(0, 1)) {
      return absl::ResourceExhaustedError(
          StrCat("the workspace has ", limits::kContentBlocks, " content blocks, and no room"));
    }
    return absl::AlreadyExistsError(StrCat("content block \"", block.content_block_id, "\" exists already"));
  }
  CADENZA_ASSIGN_OR_RETURN(const Rows rows, connection.Run(kReplaceContentBlock, params, deadline, on_loss));
  if (rows.size() == 1 && rows.Bool(0, 0)) return absl::OkStatus();
  CADENZA_ASSIGN_OR_RETURN(const Rows found,
                           connection.Run(kGetContentBlock, Params().Text(block.workspace).Text(block.content_block_id),
                                          deadline, OnLoss::kNothingChanged));
  if (found.size() == 0) return NoBlock(block.content_block_id);
  return absl::AbortedError(StrCat("content block \"", block.content_block_id, "\" is at revision ",
                                   BlockOf(found, 0).revision, ", not ", block.revision - 1));
}

absl::Status PostgresContent::PutContentBlock(const ContentBlock& block) {
  const Deadline deadline = DeadlineAfter(deadline_);
  CADENZA_ASSIGN_OR_RETURN(Pool::Lease connection, pool_->Borrow(deadline));
  return PutContentBlockOn(*connection, deadline, OnLoss::kMayHaveChanged, block);
}

absl::StatusOr<ContentBlock> PostgresContent::GetContentBlock(std::string_view workspace, std::string_view id) {
  CADENZA_ASSIGN_OR_RETURN(Rows rows, Run(kGetContentBlock, Params().Text(workspace).Text(id)));
  if (rows.size() == 0) return NoBlock(id);
  return BlockOf(rows, 0);
}

absl::StatusOr<std::vector<ContentBlock>> PostgresContent::ListContentBlocks(std::string_view workspace,
                                                                             std::string_view after, int limit) {
  CADENZA_ASSIGN_OR_RETURN(Rows rows, Run(kListContentBlocks, Params().Text(workspace).Text(after).Int(limit)));
  std::vector<ContentBlock> blocks;
  blocks.reserve(rows.size());
  for (int i = 0; i < rows.size(); ++i) blocks.push_back(BlockOf(rows, i));
  return blocks;
}

absl::Status PostgresContent::DeleteContentBlock(std::string_view workspace, std::string_view id, int64_t revision) {
  CADENZA_ASSIGN_OR_RETURN(
      Rows rows, Run(kDeleteContentBlock, Params().Text(workspace).Text(id).Int(revision), OnLoss::kMayHaveChanged));
  if (rows.size() == 1 && rows.Bool(0, 0)) return absl::OkStatus();
  CADENZA_ASSIGN_OR_RETURN(ContentBlock current, GetContentBlock(workspace, id));
  return absl::AbortedError(StrCat("content block \"", id, "\" is at revision ", current.revision, ", not ", revision));
}

}  // namespace cadenza::postgres
