#include "storage/codec/catalog_codec.h"

#include <utility>

#include "storage/codec/serialize.h"
#include "storage/codec/value_wire.h"
#include "storage/codec/wire.h"

namespace cadenza {

std::string EncodeFields(const ValueMap& fields) {
  v1::Value proto;
  ToProto(Value::Map(fields), &proto);
  return SerializeDeterministic(proto);
}

absl::StatusOr<ValueMap> DecodeFields(std::string_view bytes) {
  Value value;
  if (!ReadValue(bytes, ValueForm::kAny, &value) || value.kind() != Value::Kind::kMap) {
    return absl::DataLossError("the stored fields of a catalog item cannot be read");
  }
  return value.map_value();
}

}  // namespace cadenza
