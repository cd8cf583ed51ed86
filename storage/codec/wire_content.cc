#include "storage/codec/wire_content.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/codec/catalog_codec.h"
#include "storage/codec/wire.h"
#include "storage/codec/wire_error.h"

namespace cadenza {

absl::StatusOr<int64_t> RevisionFromEtag(const std::string& etag, std::string_view thing) {
  int64_t revision = 0;
  if (etag.empty()) return revision;
  if (!absl::SimpleAtoi(etag, &revision) || revision < 1 || etag != StrCat(revision)) {
    return BadField("etag", StrCat("is not one that the server gave; read ", thing, " and use its etag"));
  }
  return revision;
}

Catalog FromProto(std::string_view workspace, const v1::Catalog& proto) {
  Catalog catalog;
  catalog.workspace = std::string(workspace);
  catalog.catalog_id = proto.catalog_id();
  catalog.display_name = proto.display_name();
  return catalog;
}

void ToProto(const Catalog& catalog, v1::Catalog* proto) {
  proto->set_catalog_id(catalog.catalog_id);
  proto->set_display_name(catalog.display_name);
  proto->set_item_count(catalog.item_count);
  ToProto(catalog.create_time, proto->mutable_create_time());
  ToProto(catalog.update_time, proto->mutable_update_time());
}

absl::StatusOr<ValueMap> FieldsFromProto(const v1::CatalogItem& proto) {
  ValueMap fields;
  for (const auto& [name, field] : proto.fields()) {
    CADENZA_ASSIGN_UNDER(StrCat("fields.", FieldKey(name)), Value value, FromProto(field));
    fields.Set(name, std::move(value));
  }
  return fields;
}

absl::Status ToProto(const CatalogItemRow& item, v1::CatalogItem* proto) {
  CADENZA_ASSIGN_OR_RETURN(const ValueMap fields, DecodeFields(item.fields));
  proto->set_item_id(item.item_id);
  for (const auto& [name, value] : fields) ToProto(value, &(*proto->mutable_fields())[name]);
  ToProto(item.update_time, proto->mutable_update_time());
  return absl::OkStatus();
}

absl::StatusOr<ContentBlock> FromProto(std::string_view workspace, const v1::ContentBlock& proto) {
  ContentBlock block;
  block.workspace = std::string(workspace);
  block.content_block_id = proto.content_block_id();
  block.display_name = proto.display_name();
  block.content = proto.content();
  CADENZA_ASSIGN_OR_RETURN(block.revision, RevisionFromEtag(proto.etag(), "the content block"));
  return block;
}

void ToProto(const ContentBlock& block, v1::ContentBlock* proto) {
  proto->set_content_block_id(block.content_block_id);
  proto->set_display_name(block.display_name);
  proto->set_content(block.content);
  if (block.revision == 0) return;  // never stored
  ToProto(block.create_time, proto->mutable_create_time());
  ToProto(block.update_time, proto->mutable_update_time());
  proto->set_etag(StrCat(block.revision));
}

}  // namespace cadenza
