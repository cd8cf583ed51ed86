// Protobuf's wire format (protobuf.dev, "Encoding"), written without message objects. Fields in the order of the calls;
// what proto3 leaves out (a number that is 0) is left out.
//
// Not thread-safe. One writer can be used again and again, which is when it allocates nothing but the result.
#ifndef CADENZA_STORAGE_CODEC_WIRE_WRITER_H_
#define CADENZA_STORAGE_CODEC_WIRE_WRITER_H_

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

namespace cadenza {

enum class WireType : uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

// The tag of a field; fields 1 to 15 take one byte, and no others are needed here.
constexpr uint8_t WireTag(int field, WireType type) {
  return static_cast<uint8_t>(field << 3 | static_cast<int>(type));
}

class WireWriter {
 public:
  void Clear() { size_ = 0; }
  size_t size() const { return size_; }
  std::string_view written() const { return {buffer_.get(), size_}; }

  void Int64(int field, int64_t value) {
    if (value != 0) PresentInt64(field, value);
  }
  // Of a oneof: written also if it is 0.
  void PresentInt64(int field, int64_t value) {
    char* out = Room(1 + kVarintBytes);
    *out++ = static_cast<char>(WireTag(field, WireType::kVarint));
    size_ = static_cast<size_t>(PutVarint(static_cast<uint64_t>(value), out) - buffer_.get());
  }
  void PresentDouble(int field, double value) {
    char* out = Room(1 + sizeof(value));
    *out = static_cast<char>(WireTag(field, WireType::kFixed64));
    std::memcpy(out + 1, &value, sizeof(value));
    size_ += 1 + sizeof(value);
  }
  void Bytes(int field, std::string_view bytes) {
    if (!bytes.empty()) PresentBytes(field, bytes);
  }
  void PresentBytes(int field, std::string_view bytes) {
    char* out = Room(1 + kVarintBytes + bytes.size());
    *out++ = static_cast<char>(WireTag(field, WireType::kBytes));
    out = PutVarint(bytes.size(), out);
    std::memcpy(out, bytes.data(), bytes.size());
    size_ = static_cast<size_t>(out - buffer_.get()) + bytes.size();
  }
  // Without a tag or a length: for what stands inside of a packed field.
  void RawVarint(uint64_t value) { size_ = static_cast<size_t>(PutVarint(value, Room(kVarintBytes)) - buffer_.get()); }
  void RawBytes(std::string_view bytes) {
    std::memcpy(Room(bytes.size()), bytes.data(), bytes.size());
    size_ += bytes.size();
  }

  // What is written between Begin and End is a message, or a packed field. A length of `expected` bytes takes no move.
  struct Mark {
    size_t begin;  // of the content
    size_t length_bytes;
  };
  Mark Begin(int field, size_t expected = 0) {
    char* out = Room(1 + kVarintBytes);
    *out = static_cast<char>(WireTag(field, WireType::kBytes));
    const size_t length_bytes = VarintSize(expected);
    size_ += 1 + length_bytes;
    return {size_, length_bytes};
  }
  void End(Mark mark) {
    const size_t length = size_ - mark.begin;
    const size_t length_bytes = VarintSize(length);
    if (length_bytes != mark.length_bytes) {
      Room(kVarintBytes);
      char* content = buffer_.get() + mark.begin;
      std::memmove(content - mark.length_bytes + length_bytes, content, length);
      size_ = size_ - mark.length_bytes + length_bytes;
    }
    PutVarint(length, buffer_.get() + mark.begin - mark.length_bytes);
  }

  static uint64_t ZigZag(int64_t value) {
    return static_cast<uint64_t>(value) << 1 ^ static_cast<uint64_t>(value >> 63);
  }
  static size_t VarintSize(uint64_t value) { return (static_cast<size_t>(std::bit_width(value | 1)) + 6) / 7; }

 private:
  static constexpr size_t kVarintBytes = 10;

  static char* PutVarint(uint64_t value, char* out) {
    for (; value >= 0x80; value >>= 7) *out++ = static_cast<char>(value | 0x80);
    *out++ = static_cast<char>(value);
    return out;
  }

  // Where the next byte goes, with room for `size` of them.
  char* Room(size_t size) {
    if (size_ + size > capacity_) Grow(size);
    return buffer_.get() + size_;
  }
  void Grow(size_t size) {
    capacity_ = std::max(size_ + size, 2 * capacity_);
    std::unique_ptr<char[]> bigger(new char[capacity_]);
    if (size_ > 0) std::memcpy(bigger.get(), buffer_.get(), size_);
    buffer_ = std::move(bigger);
  }

  std::unique_ptr<char[]> buffer_;
  size_t capacity_ = 0;
  size_t size_ = 0;
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_CODEC_WIRE_WRITER_H_
