#include "server/rules/catalog_items.h"

#include <algorithm>
#include <string>

namespace cadenza::rules {

Value ItemValue(std::string_view item_id, ValueMap fields) {
  fields.Set("id", Value::String(std::string(item_id)));
  return Value::Map(std::move(fields));
}

absl::StatusOr<Value> CatalogItems::Find(std::string_view workspace, std::string_view catalog_id,
                                         std::string_view item_id) {
  CatalogItemKey key{std::string(workspace), std::string(catalog_id), std::string(item_id)};
  auto known = items_.find(key);
  if (known == items_.end() && cache_) {
    if (std::optional<Value> cached = cache_(key)) known = items_.emplace(key, *std::move(cached)).first;
  }
  if (known != items_.end()) {
    if (known->second.is_null()) return absl::NotFoundError("there is no such item");
    return known->second;
  }
  if (closed_) return absl::ResourceExhaustedError("the message reads too many catalog items");
  if (std::find(missing_.begin(), missing_.end(), key) == missing_.end()) missing_.push_back(std::move(key));
  return absl::UnavailableError("the item is not loaded yet");
}

}  // namespace cadenza::rules
