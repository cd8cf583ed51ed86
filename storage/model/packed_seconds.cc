#include "storage/model/packed_seconds.h"

#include <cstring>
#include <utility>

namespace cadenza {
namespace {

constexpr size_t kVarintBytes = 10;

// Of a difference, which is not negative: its ZigZag form is twice it.
size_t PutDifference(uint64_t difference, char* out) {
  uint64_t rest = difference << 1;
  size_t size = 0;
  for (; rest >= 0x80; rest >>= 7) out[size++] = static_cast<char>(rest | 0x80);
  out[size++] = static_cast<char>(rest);
  return size;
}

// Reads one varint; nothing if it is cut off, too long or not the shortest.
std::optional<uint64_t> TakeVarint(std::string_view bytes, size_t* at) {
  uint64_t value = 0;
  for (size_t i = 0; i < kVarintBytes && *at < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[(*at)++]);
    if (i == kVarintBytes - 1 && byte > 1) return std::nullopt;
    value |= static_cast<uint64_t>(byte & 0x7F) << (7 * i);
    if (byte < 0x80) return byte == 0 && i > 0 ? std::nullopt : std::optional<uint64_t>(value);
  }
  return std::nullopt;
}

int64_t UnZigZag(uint64_t n) { return static_cast<int64_t>(n >> 1) ^ -static_cast<int64_t>(n & 1); }

// The sum of the eight differences in eight bytes if each of them is one byte and not negative.
inline bool EightDifferences(const char* bytes, int64_t* sum) {
  uint64_t word;
  std::memcpy(&word, bytes, sizeof(word));
  if ((word & 0x8181818181818181) != 0) return false;
  constexpr uint64_t kEvenBytes = 0x00FF00FF00FF00FF;
  const uint64_t pairs = (word & kEvenBytes) + ((word >> 8) & kEvenBytes);
  *sum = static_cast<int64_t>((pairs * 0x0001000100010001) >> 48) / 2;
  return true;
}

// The next difference of bytes that were checked before.
inline int64_t TakeDifference(std::string_view bytes, size_t* at) {
  const char* next = bytes.data() + *at;
  auto byte = static_cast<unsigned char>(*next++);
  uint64_t value = byte & 0x7F;
  for (int shift = 7; byte >= 0x80; shift += 7) {
    byte = static_cast<unsigned char>(*next++);
    value |= static_cast<uint64_t>(byte & 0x7F) << shift;
  }
  *at = static_cast<size_t>(next - bytes.data());
  return static_cast<int64_t>(value >> 1);
}

// The difference that ends before `*at`; `*at` becomes its beginning.
inline int64_t TakeDifferenceBack(std::string_view bytes, size_t* at) {
  size_t begin = *at - 1;  // of its last byte, the only one without the high bit
  uint64_t value = static_cast<unsigned char>(bytes[begin]);
  while (begin > 0 && static_cast<unsigned char>(bytes[begin - 1]) >= 0x80) {
    value = value << 7 | (static_cast<unsigned char>(bytes[--begin]) & 0x7F);
  }
  *at = begin;
  return static_cast<int64_t>(value >> 1);
}

}  // namespace

void PackedSeconds::Add(int64_t second) {
  char buffer[2 * kVarintBytes];
  if (size_ == 0) {
    front_ = back_ = second;
  } else if (second >= back_) {
    differences_.append(buffer, PutDifference(static_cast<uint64_t>(second - back_), buffer));
    back_ = second;
  } else if (second < front_) {
    differences_.insert(0, buffer, PutDifference(static_cast<uint64_t>(front_ - second), buffer));
    front_ = second;
  } else {
    // The difference that spans `second` becomes two.
    const Place place = Find(second);
    size_t end = place.offset;
    const int64_t next = place.value + TakeDifference(differences_, &end);
    size_t size = PutDifference(static_cast<uint64_t>(second - place.value), buffer);
    size += PutDifference(static_cast<uint64_t>(next - second), buffer + size);
    differences_.replace(place.offset, end - place.offset, buffer, size);
  }
  ++size_;
}

int64_t PackedSeconds::PopFront() {
  const int64_t popped = front_;
  if (size_ == 1) {
    *this = PackedSeconds();
    return popped;
  }
  size_t end = 0;
  front_ += TakeDifference(differences_, &end);
  differences_.erase(0, end);
  --size_;
  return popped;
}

PackedSeconds::Place PackedSeconds::Find(int64_t second) const {
  Place place{1, front_, 0};
  while (place.count < size_) {
    int64_t eight = 0;
    if (place.offset + 8 <= differences_.size() && EightDifferences(differences_.data() + place.offset, &eight) &&
        place.value + eight <= second) {
      place = {place.count + 8, place.value + eight, place.offset + 8};
      continue;
    }
    size_t end = place.offset;
    const int64_t next = place.value + TakeDifference(differences_, &end);
    if (next > second) break;
    place = {place.count + 1, next, end};
  }
  return place;
}

size_t PackedSeconds::CountUpTo(int64_t second) const {
  if (size_ == 0 || second < front_) return 0;
  if (second >= back_) return size_;
  // Windows end now and are asked for again and again: what they leave out is mostly the larger part.
  const bool nearer_front = static_cast<uint64_t>(second) - static_cast<uint64_t>(front_) <
                            static_cast<uint64_t>(back_) - static_cast<uint64_t>(second);
  return nearer_front ? Find(second).count : CountFromBack(second);
}

size_t PackedSeconds::CountFromBack(int64_t second) const {
  size_t count = size_;
  int64_t value = back_;  // of the last of `count`
  size_t offset = differences_.size();
  while (value > second) {
    int64_t eight = 0;
    // The first of eight bytes must not be the end of a longer difference.
    const bool whole = offset == 8 || (offset > 8 && static_cast<unsigned char>(differences_[offset - 9]) < 0x80);
    if (whole && EightDifferences(differences_.data() + offset - 8, &eight) && value - eight > second) {
      count -= 8;
      value -= eight;
      offset -= 8;
      continue;
    }
    value -= TakeDifferenceBack(differences_, &offset);
    --count;
  }
  return count;
}

std::vector<int64_t> PackedSeconds::ToVector() const {
  std::vector<int64_t> seconds;
  seconds.reserve(size_);
  int64_t value = front_;
  size_t at = 0;
  for (size_t i = 0; i < size_; ++i) {
    if (i > 0) value += TakeDifference(differences_, &at);
    seconds.push_back(value);
  }
  return seconds;
}

std::optional<PackedSeconds> PackedSeconds::FromStored(std::string_view stored) {
  PackedSeconds seconds;
  if (stored.empty()) return seconds;
  size_t at = 0;
  const std::optional<uint64_t> first = TakeVarint(stored, &at);
  if (!first) return std::nullopt;
  seconds.front_ = seconds.back_ = UnZigZag(*first);
  seconds.size_ = 1;
  seconds.differences_.assign(stored.substr(at));
  while (at < stored.size()) {
    int64_t difference = 0;
    if (at + 8 <= stored.size() && EightDifferences(stored.data() + at, &difference)) {
      at += 8;
      seconds.size_ += 8;
    } else {
      const std::optional<uint64_t> one = TakeVarint(stored, &at);
      if (!one || (*one & 1) != 0) return std::nullopt;
      difference = static_cast<int64_t>(*one >> 1);
      ++seconds.size_;
    }
    if (__builtin_add_overflow(seconds.back_, difference, &seconds.back_)) return std::nullopt;
  }
  return seconds;
}

}  // namespace cadenza
