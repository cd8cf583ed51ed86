#include "clients/cli/formats/catalog_items.h"

#include <string_view>
#include <utility>

#include "clients/cli/formats/json_value.h"
#include "clients/cli/formats/line_reader.h"
#include "clients/cli/formats/proto_json.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::cli {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

absl::Status At(std::string_view where, const absl::Status& status) {
  return status.ok() ? status : absl::Status(status.code(), StrCat(where, ": ", Std(status.message())));
}

absl::Status TakeArray(const std::string& path, std::string_view text,
                       const std::function<absl::Status(v1::CatalogItem)>& take) {
  const absl::StatusOr<ParsedJson> parsed = ParseJson(text);
  if (!parsed.ok()) return At(path, parsed.status());
  const auto& objects = parsed->value.list_value().values();
  for (int i = 0; i < objects.size(); ++i) {
    absl::StatusOr<v1::CatalogItem> item = ItemOf(objects[i]);
    if (!item.ok()) return At(StrCat(path, ", item ", i + 1), item.status());
    CADENZA_RETURN_IF_ERROR(take(*std::move(item)));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::CatalogItem> ItemOf(const v1::Value& object) {
  if (!object.has_map_value()) return absl::InvalidArgumentError("an item must be a JSON object");
  v1::CatalogItem item;
  for (const auto& [name, value] : object.map_value().entries()) {
    if (name != "id") {
      (*item.mutable_fields())[name] = value;
    } else if (value.has_string_value()) {
      item.set_item_id(value.string_value());
    } else if (value.has_int64_value()) {
      item.set_item_id(StrCat(value.int64_value()));
    } else {
      return absl::InvalidArgumentError("\"id\" must be a string or an integer");
    }
  }
  if (item.item_id().empty()) return absl::InvalidArgumentError("an item needs an \"id\"");
  return item;
}

absl::Status ReadItems(const std::string& path, const std::function<absl::Status(v1::CatalogItem item)>& take) {
  CADENZA_ASSIGN_OR_RETURN(LineReader lines, LineReader::Open(path));
  std::string line;
  bool first = true;
  while (true) {
    const absl::StatusOr<bool> more = lines.Next(&line);
    if (!more.ok()) return At(path, more.status());
    if (!*more) return absl::OkStatus();
    const size_t start = line.find_first_not_of(kSpace);
    if (start == std::string::npos) continue;
    if (std::exchange(first, false) && line[start] == '[') {
      CADENZA_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
      return TakeArray(path, text, take);
    }
    const std::string where = StrCat(path, ", line ", lines.line_number());
    const absl::StatusOr<ParsedJson> parsed = ParseJson(line);
    if (!parsed.ok()) return At(where, parsed.status());
    absl::StatusOr<v1::CatalogItem> item = ItemOf(parsed->value);
    if (!item.ok()) return At(where, item.status());
    CADENZA_RETURN_IF_ERROR(take(*std::move(item)));
  }
}

}  // namespace cadenza::cli
