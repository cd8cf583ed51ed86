// Catalog items as people keep them: a JSON object with "id" and any other members, which become the fields.
#ifndef CADENZA_CLIENTS_CLI_FORMATS_CATALOG_ITEMS_H_
#define CADENZA_CLIENTS_CLI_FORMATS_CATALOG_ITEMS_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cadenza/v1/catalog.pb.h"
#include "cadenza/v1/value.pb.h"

namespace cadenza::cli {

// INVALID_ARGUMENT: not a map, or its "id" is missing, or neither a string nor an integer.
absl::StatusOr<v1::CatalogItem> ItemOf(const v1::Value& object);

// Gives each item of a file to `take`, in order: of a JSON array of objects, or of a file with one object a line (gzip
// or not). INVALID_ARGUMENT says which ("pizzas.ndjson, line 3"); NOT_FOUND: no such file; what `take` returns ends it.
absl::Status ReadItems(const std::string& path, const std::function<absl::Status(v1::CatalogItem item)>& take);

}  // namespace cadenza::cli

#endif  // CADENZA_CLIENTS_CLI_FORMATS_CATALOG_ITEMS_H_
