#include "storage/codec/value_wire.h"

#include <iterator>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "storage/codec/wire_reader.h"

namespace cadenza {
namespace {

// cadenza.v1.Value
constexpr int kNull = 1;
constexpr int kBool = 2;
constexpr int kInt64 = 3;
constexpr int kDouble = 4;
constexpr int kString = 5;
constexpr int kTimestamp = 6;
constexpr int kList = 7;
constexpr int kMap = 8;
// ListValue.values, MapValue.entries
constexpr int kElements = 1;
// Of a map's entry.
constexpr int kKey = 1;
constexpr int kEntryValue = 2;

constexpr int kDepthMax = 50;
constexpr int64_t kMinSeconds = -62135596800;  // 0001-01-01
constexpr int64_t kMaxSeconds = 253402300799;  // 9999-12-31T23:59:59
constexpr int64_t kNanos = 1'000'000'000;

void WriteContent(const Value& value, WireWriter* out);

void WriteTimestamp(absl::Time time, WireWriter* out) {
  const auto mark = out->Begin(kTimestamp);
  const int64_t seconds = absl::ToUnixSeconds(time);
  out->Int64(1, seconds);
  out->Int64(2, (time - absl::FromUnixSeconds(seconds)) / absl::Nanoseconds(1));
  out->End(mark);
}

void WriteList(const ValueList& list, WireWriter* out) {
  const auto mark = out->Begin(kList);
  for (const Value& element : list) WriteValue(kElements, element, out);
  out->End(mark);
}

void WriteMap(const ValueMap& map, WireWriter* out) {
  const auto mark = out->Begin(kMap);
  for (const auto& [key, entry] : map) {
    const auto pair = out->Begin(kElements);
    out->PresentBytes(kKey, key);
    WriteValue(kEntryValue, entry, out);
    out->End(pair);
  }
  out->End(mark);
}

void WriteContent(const Value& value, WireWriter* out) {
  switch (value.kind()) {
    case Value::Kind::kNull:
      return out->PresentInt64(kNull, 0);
    case Value::Kind::kBool:
      return out->PresentInt64(kBool, value.bool_value() ? 1 : 0);
    case Value::Kind::kInt:
      return out->PresentInt64(kInt64, value.int_value());
    case Value::Kind::kDouble:
      // Adding 0 turns -0 into 0: they are equal, so their bytes must be.
      return out->PresentDouble(kDouble, value.double_value() + 0.0);
    case Value::Kind::kString:
      return out->PresentBytes(kString, value.string_value());
    case Value::Kind::kTimestamp:
      return WriteTimestamp(value.timestamp_value(), out);
    case Value::Kind::kList:
      return WriteList(value.list_value(), out);
    case Value::Kind::kMap:
      return WriteMap(value.map_value(), out);
  }
}

class ValueReader {
 public:
  explicit ValueReader(ValueForm form) : strict_(form == ValueForm::kDeterministic) {}

  bool Read(std::string_view bytes, int depth, Value* value) {
    WireReader in(bytes);
    bool found = false;
    for (uint32_t tag = in.Tag(); tag != 0; tag = in.Tag()) {
      if (found && strict_) return false;
      bool known = true;
      if (!ReadKind(tag, depth, &in, value, &known)) return false;
      if (strict_ && !known) return false;
      found |= known;
    }
    return found && Fine(in);
  }

 private:
  bool Fine(const WireReader& in) const { return in.ok() && (!strict_ || in.shortest()); }

  bool ReadKind(uint32_t tag, int depth, WireReader* in, Value* value, bool* known) {
    switch (tag) {
      case WireTag(kNull, WireType::kVarint):
        *value = Value::Null();
        return in->Varint() == 0 || !strict_;
      case WireTag(kBool, WireType::kVarint): {
        const uint64_t number = in->Varint();
        value->SetBool(number != 0);
        return number <= 1 || !strict_;
      }
      case WireTag(kInt64, WireType::kVarint):
        value->SetInt(in->Int64());
        return true;
      case WireTag(kDouble, WireType::kFixed64):
        value->SetDouble(in->Double());
        return true;
      case WireTag(kString, WireType::kBytes):
        value->SetString(in->Bytes());
        return true;
      case WireTag(kTimestamp, WireType::kBytes):
        return ReadTimestamp(in->Bytes(), value);
      case WireTag(kList, WireType::kBytes):
        return depth < kDepthMax && ReadList(in->Bytes(), depth + 1, value);
      case WireTag(kMap, WireType::kBytes):
        return depth < kDepthMax && ReadMap(in->Bytes(), depth + 1, value);
      default:
        *known = false;
        in->Skip(tag);
        return in->ok();
    }
  }

  bool ReadTimestamp(std::string_view bytes, Value* value) {
    WireReader in(bytes);
    int64_t seconds = 0;
    int64_t nanos = 0;
    uint32_t before = 0;
    for (uint32_t tag = in.Tag(); tag != 0; before = tag, tag = in.Tag()) {
      int64_t* const field = tag == WireTag(1, WireType::kVarint)   ? &seconds
                             : tag == WireTag(2, WireType::kVarint) ? &nanos
                                                                    : nullptr;
      if (strict_ && (field == nullptr || tag <= before)) return false;
      if (field == nullptr) {
        in.Skip(tag);
        continue;
      }
      *field = in.Int64();
      if (strict_ && *field == 0) return false;
    }
    if (!Fine(in) || seconds < kMinSeconds || seconds > kMaxSeconds || nanos < 0 || nanos >= kNanos) return false;
    *value = Value::Timestamp(absl::FromUnixSeconds(seconds) + absl::Microseconds(nanos / 1000));
    return true;
  }

  bool ReadList(std::string_view bytes, int depth, Value* value) {
    WireReader in(bytes);
    ValueList list;
    for (uint32_t tag = in.Tag(); tag != 0; tag = in.Tag()) {
      if (tag == WireTag(kElements, WireType::kBytes)) {
        if (!Read(in.Bytes(), depth, &list.emplace_back())) return false;
      } else if (strict_) {
        return false;
      } else {
        in.Skip(tag);
      }
    }
    *value = Value::List(std::move(list));
    return Fine(in);
  }

  bool ReadMap(std::string_view bytes, int depth, Value* value) {
    WireReader in(bytes);
    ValueMap map;
    for (uint32_t tag = in.Tag(); tag != 0; tag = in.Tag()) {
      if (tag == WireTag(kElements, WireType::kBytes)) {
        if (!ReadEntry(in.Bytes(), depth, &map)) return false;
      } else if (strict_) {
        return false;
      } else {
        in.Skip(tag);
      }
    }
    *value = Value::Map(std::move(map));
    return Fine(in);
  }

  bool ReadEntry(std::string_view bytes, int depth, ValueMap* map) {
    WireReader in(bytes);
    std::string_view key;
    std::string_view content;
    uint32_t before = 0;
    for (uint32_t tag = in.Tag(); tag != 0; before = tag, tag = in.Tag()) {
      if (strict_ && tag <= before) return false;
      if (tag == WireTag(kKey, WireType::kBytes)) {
        key = in.Bytes();
      } else if (tag == WireTag(kEntryValue, WireType::kBytes)) {
        content = in.Bytes();
      } else if (strict_) {
        return false;
      } else {
        in.Skip(tag);
      }
    }
    if (!Fine(in)) return false;
    // Ascending keys; and both fields were there, since the last one was the value and content is not empty.
    if (strict_ && (!map->empty() && std::prev(map->end())->first >= key)) return false;
    if (strict_ && bytes.substr(0, 1) != std::string_view("\x0a", 1)) return false;
    Value value;
    if (!Read(content, depth, &value)) return false;
    map->Set(key, std::move(value));
    return true;
  }

  const bool strict_;
};

}  // namespace

void WriteValue(int field, const Value& value, WireWriter* out) {
  const auto mark = out->Begin(field);
  WriteContent(value, out);
  out->End(mark);
}

bool ReadValue(std::string_view bytes, ValueForm form, Value* value) { return ValueReader(form).Read(bytes, 0, value); }

}  // namespace cadenza
