// The fields of a catalog item <-> the bytes that stores keep (a cadenza.v1.Value, a map). Pure, thread-safe.
#ifndef CADENZA_STORAGE_CODEC_CATALOG_CODEC_H_
#define CADENZA_STORAGE_CODEC_CATALOG_CODEC_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "storage/model/value.h"

namespace cadenza {

std::string EncodeFields(const ValueMap& fields);
// DATA_LOSS if `bytes` are none.
absl::StatusOr<ValueMap> DecodeFields(std::string_view bytes);

}  // namespace cadenza

#endif  // CADENZA_STORAGE_CODEC_CATALOG_CODEC_H_
