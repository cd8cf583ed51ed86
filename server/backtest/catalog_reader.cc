#include "server/backtest/catalog_reader.h"

#include <utility>

#include "server/rules/catalog_items.h"
#include "storage/base/status_macros.h"
#include "storage/codec/catalog_codec.h"

namespace cadenza::backtest {
namespace {

absl::StatusOr<Value> Read(const CatalogItemKey& key, Store* store) {
  LoadRequest request;
  request.catalog_items = {key};
  CADENZA_ASSIGN_OR_RETURN(const LoadResult result, store->Load(request));
  if (!result.catalog_items[0].has_value()) return Value();
  CADENZA_ASSIGN_OR_RETURN(ValueMap fields, DecodeFields(*result.catalog_items[0]));
  return rules::ItemValue(key.item_id, std::move(fields));
}

}  // namespace

Value CatalogReader::Find(const CatalogItemKey& key) {
  absl::MutexLock lock(&mu_);
  const auto known = items_.find(key);
  if (known != items_.end()) return known->second;
  if (!status_.ok()) return Value();
  absl::StatusOr<Value> read = Read(key, store_);
  if (!read.ok()) {
    status_ = read.status();
    return Value();
  }
  if (items_.size() == kKept) items_.clear();
  return items_.emplace(key, *std::move(read)).first->second;
}

absl::Status CatalogReader::status() const {
  absl::MutexLock lock(&mu_);
  return status_;
}

}  // namespace cadenza::backtest
