// Value <-> the bytes of a cadenza.v1.Value, without message objects. Pure, thread-safe.
#ifndef CADENZA_STORAGE_CODEC_VALUE_WIRE_H_
#define CADENZA_STORAGE_CODEC_VALUE_WIRE_H_

#include <string_view>

#include "storage/codec/wire_writer.h"
#include "storage/model/value.h"

namespace cadenza {

// What SerializeDeterministic writes of ToProto(value), as field `field` of the message under way.
void WriteValue(int field, const Value& value, WireWriter* out);

// What ReadValue takes.
enum class ValueForm : uint8_t {
  // Anything that means a value: fields in any order, unknown ones are skipped, of several kinds the last holds.
  kAny,
  // Only what SerializeDeterministic would write: such bytes can be kept instead of being written again.
  kDeterministic,
};
// False if `bytes` are none of that form, or no value at all (no kind, a timestamp out of range, lists and maps nested
// over 50 deep).
bool ReadValue(std::string_view bytes, ValueForm form, Value* value);

}  // namespace cadenza

#endif  // CADENZA_STORAGE_CODEC_VALUE_WIRE_H_
