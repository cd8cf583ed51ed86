#include "server/control/catalog_admin.h"

#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "server/control/retry.h"
#include "server/rules/checks.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/codec/catalog_codec.h"
#include "storage/model/limits.h"
#include "storage/model/rejection.h"
#include "storage/model/value_check.h"

namespace cadenza {
namespace {

using rules::CheckPlainId;
using rules::Invalid;
using rules::LimitExceeded;

constexpr size_t kDisplayNameBytes = 255;
constexpr size_t kPageBytes = 2 << 20;  // clients take 4 MiB by default
constexpr std::string_view kIdField = "id";

absl::Status CheckCatalogId(std::string_view id) { return CheckPlainId("catalog_id", id, limits::kCatalogIdBytes); }

absl::Status CheckItemId(std::string_view field, std::string_view id) {
  return rules::CheckName(field, id, limits::kCatalogItemIdBytes);
}

absl::Status CheckFields(const ValueMap& fields) {
  if (fields.size() > limits::kCatalogItemFields) {
    return LimitExceeded("fields",
                         StrCat("are ", fields.size(), "; at most ", limits::kCatalogItemFields, " are allowed"));
  }
  for (const auto& [name, value] : fields) {
    absl::Status status = CheckName(name, limits::kNameBytes);
    if (status.ok() && name == kIdField)
      status = Invalid("", "is what templates call the item_id; choose another name");
    if (status.ok()) status = CheckValue(value);
    if (!status.ok()) return UnderField(status, StrCat("fields.", FieldKey(name)));
  }
  return absl::OkStatus();
}

// The item as it is stored. An error is a rejection with a path from the item.
absl::StatusOr<CatalogItemRow> RowOf(const CatalogItemGiven& item) {
  CADENZA_RETURN_IF_ERROR(CheckItemId("item_id", item.item_id));
  CADENZA_RETURN_IF_ERROR(item.fields.status());
  CADENZA_RETURN_IF_ERROR(CheckFields(*item.fields));
  CatalogItemRow row{item.item_id, EncodeFields(*item.fields), absl::Time()};
  if (row.fields.size() > limits::kCatalogItemBytes) {
    return LimitExceeded(
        "fields", StrCat("take ", row.fields.size(), " bytes; at most ", limits::kCatalogItemBytes, " are allowed"));
  }
  return row;
}

std::string_view AfterToken(std::string_view page_token, size_t id_bytes, absl::Status* status) {
  if (page_token.size() > id_bytes) {
    *status = Invalid("page_token", "is not one that an earlier page gave; start without one");
  }
  return page_token;
}

}  // namespace

// Stores keep microseconds.
absl::Time CatalogAdmin::Now() const { return absl::FromUnixMicros(absl::ToUnixMicros(clock_->Now())); }

absl::StatusOr<Catalog> CatalogAdmin::Create(Catalog catalog) {
  CADENZA_RETURN_IF_ERROR(CheckCatalogId(catalog.catalog_id));
  CADENZA_RETURN_IF_ERROR(rules::CheckText("display_name", catalog.display_name, kDisplayNameBytes));
  catalog.create_time = catalog.update_time = Now();
  catalog.item_count = 0;
  bool unknown = false;
  absl::Status created = WithRetriesOfUnknown([&] {
    absl::Status status = content_->CreateCatalog(catalog);
    unknown |= absl::IsUnknown(status);
    return status;
  });
  if (absl::IsAlreadyExists(created) && unknown) {
    // If it is ours, an attempt of unknown outcome has arrived.
    CADENZA_ASSIGN_OR_RETURN(const Catalog stored, content_->GetCatalog(catalog.workspace, catalog.catalog_id));
    if (stored == catalog) created = absl::OkStatus();
  }
  if (absl::IsAlreadyExists(created)) {
    return absl::AlreadyExistsError(StrCat("catalog ", catalog.catalog_id, " exists; choose another id"));
  }
  CADENZA_RETURN_IF_ERROR(created);
  Changed();
  return catalog;
}

absl::StatusOr<Catalog> CatalogAdmin::Get(std::string_view workspace, std::string_view catalog_id) {
  CADENZA_RETURN_IF_ERROR(CheckCatalogId(catalog_id));
  return content_->GetCatalog(workspace, catalog_id);
}

absl::StatusOr<CatalogPage> CatalogAdmin::List(std::string_view workspace, int page_size, std::string_view page_token) {
  absl::Status status;
  const std::string_view after = AfterToken(page_token, limits::kCatalogIdBytes, &status);
  CADENZA_RETURN_IF_ERROR(status);
  CatalogPage page;
  CADENZA_ASSIGN_OR_RETURN(page.catalogs, content_->ListCatalogs(workspace, after, page_size + 1));
  if (page.catalogs.size() > static_cast<size_t>(page_size)) {
    page.catalogs.pop_back();
    page.next_page_token = page.catalogs.back().catalog_id;
  }
  return page;
}

absl::Status CatalogAdmin::Delete(std::string_view workspace, std::string_view catalog_id) {
  CADENZA_RETURN_IF_ERROR(CheckCatalogId(catalog_id));
  CADENZA_RETURN_IF_ERROR(WithRetries([&] { return content_->DeleteCatalog(workspace, catalog_id); }));
  Changed();
  return absl::OkStatus();
}

absl::StatusOr<CatalogUpsert> CatalogAdmin::Upsert(std::string_view workspace, std::string_view catalog_id,
                                                   std::vector<CatalogItemGiven> items) {
  CADENZA_RETURN_IF_ERROR(CheckCatalogId(catalog_id));
  if (items.empty() || items.size() > limits::kCatalogBatchItems) {
    return LimitExceeded("items", StrCat("are ", items.size(), "; 1 to ", limits::kCatalogBatchItems, " are allowed"));
  }
  CatalogUpsert result;
  std::vector<CatalogItemRow> rows;
  std::vector<size_t> places;  // of the rows
  absl::flat_hash_set<std::string> seen;
  size_t bytes = 0;
  for (size_t i = 0; i < items.size(); ++i) {
    absl::StatusOr<CatalogItemRow> row = RowOf(items[i]);
    if (row.ok() && !seen.insert(row->item_id).second) row = Invalid("item_id", "stands twice in the request");
    if (!row.ok()) {
      result.refused.emplace_back(i, UnderField(row.status(), StrCat("items[", i, "]")));
      continue;
    }
    bytes += row->fields.size();
    rows.push_back(*std::move(row));
    places.push_back(i);
  }
  if (bytes > limits::kCatalogBatchBytes) {
    return LimitExceeded("items", StrCat("take ", bytes, " bytes; at most ", limits::kCatalogBatchBytes,
                                         " are allowed: send them in several requests"));
  }
  if (rows.empty()) {
    CADENZA_RETURN_IF_ERROR(content_->GetCatalog(workspace, catalog_id).status());
    return result;
  }
  const absl::Time now = Now();
  CADENZA_ASSIGN_OR_RETURN(const std::vector<bool> put, WithRetriesOfUnknown([&] {
                             return content_->UpsertCatalogItems(workspace, catalog_id, rows, now);
                           }));
  for (size_t r = 0; r < rows.size(); ++r) {
    if (put[r]) {
      ++result.upserted;
      continue;
    }
    result.refused.emplace_back(places[r],
                                LimitExceeded(StrCat("items[", places[r], "]"),
                                              StrCat("is new, and the catalog has ", limits::kCatalogItems,
                                                     " items, which is all that it can have; delete some first")));
  }
  std::sort(result.refused.begin(), result.refused.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  if (result.upserted > 0) Changed();
  return result;
}

absl::StatusOr<CatalogItemRow> CatalogAdmin::GetItem(std::string_view workspace, std::string_view catalog_id,
                                                     std::string_view item_id) {
  CADENZA_RETURN_IF_ERROR(CheckCatalogId(catalog_id));
  CADENZA_RETURN_IF_ERROR(CheckItemId("item_id", item_id));
  return content_->GetCatalogItem(workspace, catalog_id, item_id);
}

absl::StatusOr<CatalogItemPage> CatalogAdmin::ListItems(std::string_view workspace, std::string_view catalog_id,
                                                        int page_size, std::string_view page_token) {
  CADENZA_RETURN_IF_ERROR(CheckCatalogId(catalog_id));
  absl::Status status;
  const std::string_view after = AfterToken(page_token, limits::kCatalogItemIdBytes, &status);
  CADENZA_RETURN_IF_ERROR(status);
  CADENZA_RETURN_IF_ERROR(content_->GetCatalog(workspace, catalog_id).status());
  CADENZA_ASSIGN_OR_RETURN(std::vector<CatalogItemRow> rows,
                           content_->ListCatalogItems(workspace, catalog_id, after, page_size + 1));
  CatalogItemPage page;
  size_t bytes = 0;
  for (CatalogItemRow& row : rows) {
    bytes += row.fields.size();
    const size_t held = page.items.size();
    if (held == static_cast<size_t>(page_size) || (held > 0 && bytes > kPageBytes)) {
      page.next_page_token = page.items.back().item_id;
      break;
    }
    page.items.push_back(std::move(row));
  }
  return page;
}

absl::StatusOr<int64_t> CatalogAdmin::DeleteItems(std::string_view workspace, std::string_view catalog_id,
                                                  const std::vector<std::string>& item_ids) {
  CADENZA_RETURN_IF_ERROR(CheckCatalogId(catalog_id));
  if (item_ids.empty() || item_ids.size() > limits::kCatalogBatchItems) {
    return LimitExceeded("item_ids",
                         StrCat("are ", item_ids.size(), "; 1 to ", limits::kCatalogBatchItems, " are allowed"));
  }
  for (size_t i = 0; i < item_ids.size(); ++i) {
    CADENZA_RETURN_IF_ERROR(CheckItemId(StrCat("item_ids[", i, "]"), item_ids[i]));
  }
  const absl::Time now = Now();
  CADENZA_ASSIGN_OR_RETURN(const int64_t gone, WithRetries([&] {
                             return content_->DeleteCatalogItems(workspace, catalog_id, item_ids, now);
                           }));
  if (gone > 0) Changed();
  return gone;
}

}  // namespace cadenza
