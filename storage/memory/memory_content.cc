#include "storage/memory/memory_content.h"

#include <algorithm>
#include <set>

#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/model/limits.h"

namespace cadenza {
namespace {

absl::Status NoCatalog(std::string_view id) { return absl::NotFoundError(StrCat("there is no catalog \"", id, "\"")); }

absl::Status NoBlock(std::string_view id) {
  return absl::NotFoundError(StrCat("there is no content block \"", id, "\""));
}

template <typename Map>
auto CountIn(const Map& map, std::string_view workspace) {
  return std::count_if(map.begin(), map.end(), [&](const auto& entry) { return entry.first.first == workspace; });
}

}  // namespace

absl::StatusOr<MemoryContent::StoredCatalog*> MemoryContent::Find(std::string_view workspace,
                                                                  std::string_view catalog_id) {
  auto it = catalogs_.find(Key(workspace, catalog_id));
  if (it == catalogs_.end()) return NoCatalog(catalog_id);
  return &it->second;
}

void MemoryContent::Changed(StoredCatalog* catalog, absl::Time now) {
  catalog->revision = ++changes_.catalogs;
  catalog->catalog.item_count = static_cast<int64_t>(catalog->items.size());
  catalog->catalog.update_time = now;
}

absl::Status MemoryContent::CreateCatalog(const Catalog& catalog) {
  absl::MutexLock lock(&mu_);
  const Key key(catalog.workspace, catalog.catalog_id);
  if (catalogs_.contains(key)) {
    return absl::AlreadyExistsError(StrCat("catalog \"", catalog.catalog_id, "\" exists already"));
  }
  if (CountIn(catalogs_, catalog.workspace) >= limits::kCatalogs) {
    return absl::ResourceExhaustedError(StrCat("the workspace has ", limits::kCatalogs, " catalogs, and no room"));
  }
  StoredCatalog& stored = catalogs_[key];
  stored.catalog = catalog;
  Changed(&stored, catalog.update_time);
  return absl::OkStatus();
}

absl::StatusOr<Catalog> MemoryContent::GetCatalog(std::string_view workspace, std::string_view catalog_id) {
  absl::MutexLock lock(&mu_);
  CADENZA_ASSIGN_OR_RETURN(StoredCatalog * found, Find(workspace, catalog_id));
  return found->catalog;
}

absl::StatusOr<std::vector<Catalog>> MemoryContent::ListCatalogs(std::string_view workspace, std::string_view after,
                                                                 int limit) {
  absl::MutexLock lock(&mu_);
  std::vector<Catalog> found;
  for (auto it = catalogs_.upper_bound(Key(workspace, after)); it != catalogs_.end(); ++it) {
    if (it->first.first != workspace || static_cast<int>(found.size()) == limit) break;
    found.push_back(it->second.catalog);
  }
  return found;
}

absl::StatusOr<std::vector<CatalogRevision>> MemoryContent::ListCatalogRevisions() {
  absl::MutexLock lock(&mu_);
  std::vector<CatalogRevision> found;
  found.reserve(catalogs_.size());
  for (const auto& [key, stored] : catalogs_) found.push_back({key.first, key.second, stored.revision});
  return found;
}

absl::Status MemoryContent::DeleteCatalog(std::string_view workspace, std::string_view catalog_id) {
  absl::MutexLock lock(&mu_);
  if (catalogs_.erase(Key(workspace, catalog_id)) == 0) return NoCatalog(catalog_id);
  ++changes_.catalogs;
  return absl::OkStatus();
}

absl::StatusOr<std::vector<bool>> MemoryContent::UpsertCatalogItems(std::string_view workspace,
                                                                    std::string_view catalog_id,
                                                                    const std::vector<CatalogItemRow>& items,
                                                                    absl::Time now) {
  absl::MutexLock lock(&mu_);
  CADENZA_ASSIGN_OR_RETURN(StoredCatalog * found, Find(workspace, catalog_id));
  std::vector<bool> put;
  put.reserve(items.size());
  bool any = false;
  for (const CatalogItemRow& item : items) {
    const bool known = found->items.contains(item.item_id);
    put.push_back(known || static_cast<int64_t>(found->items.size()) < limits::kCatalogItems);
    if (!put.back()) continue;
    any = true;
    CatalogItemRow& row = found->items[item.item_id];
    row = item;
    row.update_time = now;
  }
  if (any) Changed(found, now);
  return put;
}

absl::StatusOr<CatalogItemRow> MemoryContent::GetCatalogItem(std::string_view workspace, std::string_view catalog_id,
                                                             std::string_view item_id) {
  absl::MutexLock lock(&mu_);
  CADENZA_ASSIGN_OR_RETURN(StoredCatalog * found, Find(workspace, catalog_id));
  auto it = found->items.find(item_id);
  if (it == found->items.end()) return absl::NotFoundError(StrCat("there is no item \"", item_id, "\""));
  return it->second;
}

absl::StatusOr<std::vector<CatalogItemRow>> MemoryContent::ListCatalogItems(std::string_view workspace,
                                                                            std::string_view catalog_id,
                                                                            std::string_view after, int limit) {
  absl::MutexLock lock(&mu_);
  std::vector<CatalogItemRow> rows;
  absl::StatusOr<StoredCatalog*> found = Find(workspace, catalog_id);
  if (!found.ok()) return rows;
  const auto& items = (*found)->items;
  for (auto it = items.upper_bound(after); it != items.end() && static_cast<int>(rows.size()) < limit; ++it) {
    rows.push_back(it->second);
  }
  return rows;
}

absl::StatusOr<int64_t> MemoryContent::DeleteCatalogItems(std::string_view workspace, std::string_view catalog_id,
                                                          const std::vector<std::string>& item_ids, absl::Time now) {
  absl::MutexLock lock(&mu_);
  CADENZA_ASSIGN_OR_RETURN(StoredCatalog * found, Find(workspace, catalog_id));
  int64_t gone = 0;
  for (const std::string& id : item_ids) gone += static_cast<int64_t>(found->items.erase(id));
  if (gone > 0) Changed(found, now);
  return gone;
}

absl::Status MemoryContent::PutContentBlock(const ContentBlock& block) {
  return PutWith({block}, [] { return absl::OkStatus(); });
}

absl::Status MemoryContent::CheckPut(const ContentBlock& block) const {
  if (block.revision < 1) return absl::InvalidArgumentError("revision: must be at least 1");
  const auto it = blocks_.find(Key(block.workspace, block.content_block_id));
  if (block.revision == 1) {
    if (it == blocks_.end()) return absl::OkStatus();
    return absl::AlreadyExistsError(StrCat("content block \"", block.content_block_id, "\" exists already"));
  }
  if (it == blocks_.end()) return NoBlock(block.content_block_id);
  if (it->second.revision == block.revision - 1) return absl::OkStatus();
  return absl::AbortedError(StrCat("content block \"", block.content_block_id, "\" is at revision ",
                                   it->second.revision, ", not ", block.revision - 1));
}

absl::Status MemoryContent::PutWith(const std::vector<ContentBlock>& blocks,
                                    const std::function<absl::Status()>& rest) {
  absl::MutexLock lock(&mu_);
  std::map<std::string, int64_t> added;  // by workspace
  std::set<Key> keys;
  for (const ContentBlock& block : blocks) {
    CADENZA_RETURN_IF_ERROR(CheckPut(block));
    if (!keys.emplace(block.workspace, block.content_block_id).second) {
      return absl::InvalidArgumentError(
          StrCat("content block \"", block.content_block_id, "\" stands twice in one change"));
    }
    if (block.revision == 1 && CountIn(blocks_, block.workspace) + added[block.workspace]++ >= limits::kContentBlocks) {
      return absl::ResourceExhaustedError(
          StrCat("the workspace has room for ", limits::kContentBlocks, " content blocks, and no more"));
    }
  }
  CADENZA_RETURN_IF_ERROR(rest());
  for (const ContentBlock& block : blocks) {
    blocks_.insert_or_assign(Key(block.workspace, block.content_block_id), block);
    ++changes_.rule_set;
  }
  return absl::OkStatus();
}

absl::StatusOr<ContentBlock> MemoryContent::GetContentBlock(std::string_view workspace, std::string_view id) {
  absl::MutexLock lock(&mu_);
  auto it = blocks_.find(Key(workspace, id));
  if (it == blocks_.end()) return NoBlock(id);
  return it->second;
}

absl::StatusOr<std::vector<ContentBlock>> MemoryContent::ListContentBlocks(std::string_view workspace,
                                                                           std::string_view after, int limit) {
  absl::MutexLock lock(&mu_);
  std::vector<ContentBlock> found;
  for (const auto& [key, block] : blocks_) {
    if ((!workspace.empty() && key.first != workspace) || key.second <= after) continue;
    if (limit > 0 && static_cast<int>(found.size()) == limit) break;
    found.push_back(block);
  }
  return found;
}

absl::Status MemoryContent::DeleteContentBlock(std::string_view workspace, std::string_view id, int64_t revision) {
  absl::MutexLock lock(&mu_);
  auto it = blocks_.find(Key(workspace, id));
  if (it == blocks_.end()) return NoBlock(id);
  if (revision != 0 && it->second.revision != revision) {
    return absl::AbortedError(
        StrCat("content block \"", id, "\" is at revision ", it->second.revision, ", not ", revision));
  }
  blocks_.erase(it);
  ++changes_.rule_set;
  return absl::OkStatus();
}

Revisions MemoryContent::Changes() {
  absl::MutexLock lock(&mu_);
  return changes_;
}

std::vector<std::optional<std::string>> MemoryContent::LoadItems(const std::vector<CatalogItemKey>& keys) {
  absl::MutexLock lock(&mu_);
  std::vector<std::optional<std::string>> fields(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    absl::StatusOr<StoredCatalog*> found = Find(keys[i].workspace, keys[i].catalog_id);
    if (!found.ok()) continue;
    auto it = (*found)->items.find(keys[i].item_id);
    if (it != (*found)->items.end()) fields[i] = it->second.fields;
  }
  return fields;
}

}  // namespace cadenza
