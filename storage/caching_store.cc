#include "storage/caching_store.h"

#include <optional>
#include <utility>

#include "storage/base/status_macros.h"

namespace cadenza {

absl::StatusOr<LoadResult> CachingStore::Load(const LoadRequest& request) {
  std::vector<std::optional<ProfileRow>> rows(request.keys.size());
  if (!request.fresh && !request.keys.empty()) rows = cache_->Get(request.keys);

  LoadRequest rest{{}, request.events, request.fresh, request.catalog_items};
  std::vector<size_t> positions;  // of the keys in `rest`
  for (size_t i = 0; i < rows.size(); ++i) {
    if (rows[i]) continue;
    rest.keys.push_back(request.keys[i]);
    positions.push_back(i);
  }
  LoadResult result;
  if (!rest.keys.empty() || !rest.events.empty() || !rest.catalog_items.empty()) {
    CADENZA_ASSIGN_OR_RETURN(result, store_->Load(rest));
  }
  result.cached_rows = request.keys.size() - positions.size();
  std::vector<std::pair<UserKey, ProfileRow>> found;
  std::vector<UserKey> absent;
  for (size_t i = 0; i < positions.size(); ++i) {
    std::optional<ProfileRow>& row = result.rows[i];
    if (row) {
      found.emplace_back(rest.keys[i], *row);
    } else if (request.fresh) {
      absent.push_back(rest.keys[i]);
    }
    rows[positions[i]] = std::move(row);
  }
  if (!found.empty()) cache_->PutIfNewer(found);
  if (!absent.empty()) cache_->Drop(absent);
  result.rows = std::move(rows);
  return result;
}

absl::StatusOr<CommitResult> CachingStore::Commit(const CommitBatch& batch) {
  absl::StatusOr<CommitResult> result = store_->Commit(batch);
  if (absl::IsAlreadyExists(result.status())) return result;  // says nothing about the rows
  std::vector<std::pair<UserKey, ProfileRow>> committed;
  std::vector<UserKey> doubtful;
  for (size_t i = 0; i < batch.profiles.size(); ++i) {
    const ProfileWrite& write = batch.profiles[i];
    if (result.ok() && !result->conflicted[i]) {
      committed.emplace_back(write.key, write.row);
    } else {
      doubtful.push_back(write.key);
    }
  }
  if (!committed.empty()) cache_->PutIfNewer(committed);
  if (!doubtful.empty()) cache_->Drop(doubtful);
  return result;
}

}  // namespace cadenza
