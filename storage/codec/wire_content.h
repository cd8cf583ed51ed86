// The public protos of catalogs and content blocks <-> the model: as wire.h, conversion only.
#ifndef CADENZA_STORAGE_CODEC_WIRE_CONTENT_H_
#define CADENZA_STORAGE_CODEC_WIRE_CONTENT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "cadenza/v1/catalog.pb.h"
#include "cadenza/v1/content_block.pb.h"
#include "storage/model/catalog.h"
#include "storage/model/content_block.h"
#include "storage/model/value.h"

namespace cadenza {

// Output-only fields of the protos are ignored, but a content block's etag, which becomes `revision`.
Catalog FromProto(std::string_view workspace, const v1::Catalog& proto);
void ToProto(const Catalog& catalog, v1::Catalog* proto);

absl::StatusOr<ValueMap> FieldsFromProto(const v1::CatalogItem& proto);
// DATA_LOSS if the fields cannot be read.
absl::Status ToProto(const CatalogItemRow& item, v1::CatalogItem* proto);

absl::StatusOr<ContentBlock> FromProto(std::string_view workspace, const v1::ContentBlock& proto);
void ToProto(const ContentBlock& block, v1::ContentBlock* proto);

// 0 if the etag is empty. INVALID_ARGUMENT "etag: …" if it is none; `thing` is what to read again ("the campaign").
absl::StatusOr<int64_t> RevisionFromEtag(const std::string& etag, std::string_view thing);

}  // namespace cadenza

#endif  // CADENZA_STORAGE_CODEC_WIRE_CONTENT_H_
