// Protobuf's wire format (protobuf.dev, "Encoding"), read in place, without message objects.
//
// Not thread-safe; a plain value that borrows the bytes. Once something is wrong, ok() stays false and every read gives
// nothing.
#ifndef CADENZA_STORAGE_CODEC_WIRE_READER_H_
#define CADENZA_STORAGE_CODEC_WIRE_READER_H_

#include <cstdint>
#include <cstring>
#include <string_view>

#include "storage/codec/wire_writer.h"

namespace cadenza {

class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  bool ok() const { return ok_; }
  bool done() const { return at_ == end_; }
  // Whether every varint so far was as short as it can be, as all encoders write them.
  bool shortest() const { return shortest_; }
  const char* position() const { return at_; }

  // The field and the type of what comes next: as WireTag, or more where the field is over 15. 0 at the end, and when
  // something is wrong.
  uint32_t Tag() {
    if (done()) return 0;
    const uint64_t tag = Varint();
    if (tag >> 3 == 0 || tag > UINT32_MAX) return Fail();
    return static_cast<uint32_t>(tag);
  }
  // Reads the tag if it is this one.
  bool TakeTag(uint8_t tag) {
    if (done() || static_cast<uint8_t>(*at_) != tag) return false;
    ++at_;
    return true;
  }

  uint64_t Varint() {
    if (!done() && static_cast<uint8_t>(*at_) < 0x80) return static_cast<uint8_t>(*at_++);
    uint64_t value = 0;
    for (int i = 0; i < 10 && !done(); ++i) {
      const auto byte = static_cast<uint8_t>(*at_++);
      value |= static_cast<uint64_t>(byte & 0x7F) << (7 * i);
      if (byte >= 0x80) continue;
      if ((byte == 0 && i > 0) || (i == 9 && byte > 1)) shortest_ = false;
      return value;
    }
    return Fail();
  }
  int64_t Int64() { return static_cast<int64_t>(Varint()); }
  double Double() {
    double value = 0;
    const std::string_view bytes = Take(sizeof(value));
    if (!bytes.empty()) std::memcpy(&value, bytes.data(), sizeof(value));
    return value;
  }
  std::string_view Bytes() { return Take(Varint()); }

  // Past the value of a field of no interest.
  void Skip(uint32_t tag) {
    switch (static_cast<WireType>(tag & 7)) {
      case WireType::kVarint:
        Varint();
        return;
      case WireType::kFixed64:
        Take(8);
        return;
      case WireType::kBytes:
        Bytes();
        return;
      case WireType::kFixed32:
        Take(4);
        return;
      default:
        Fail();
    }
  }

  static int64_t UnZigZag(uint64_t value) {
    return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
  }

 private:
  std::string_view Take(uint64_t size) {
    if (size > static_cast<uint64_t>(end_ - at_)) {
      Fail();
      return {};
    }
    const std::string_view taken(at_, size);
    at_ += size;
    return taken;
  }
  int Fail() {
    ok_ = false;
    at_ = end_;
    return 0;
  }

  const char* at_;
  const char* end_;
  bool ok_ = true;
  bool shortest_ = true;
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_CODEC_WIRE_READER_H_
