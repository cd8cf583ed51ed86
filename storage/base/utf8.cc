#include "storage/base/utf8.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace cadenza {
namespace {

bool IsContinuation(unsigned char byte) { return (byte & 0xc0) == 0x80; }

// The length of the well-formed sequence at the front of `text`, which is not empty; 0 if there is none.
size_t SequenceLength(std::string_view text) {
  const unsigned char lead = text[0];
  if (lead < 0x80) return 1;
  const size_t length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (length == 0 || text.size() < length) return 0;
  const unsigned char second = text[1];
  const unsigned char low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  const unsigned char high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  for (size_t i = 2; i < length; ++i) {
    if (!IsContinuation(text[i])) return 0;
  }
  return length;
}

template <typename Word>
Word Load(const char* bytes) {
  Word word;
  std::memcpy(&word, bytes, sizeof(word));
  return word;
}

// A byte from 0x80 up has the high bit; one below 0x20 gets it by the subtraction, 0x7F by the addition. What a carry
// or a borrow does to the bytes above does not matter: the byte that made it has the bit.
bool IsPrintableAscii(uint64_t word) {
  return ((word | (word - 0x2020202020202020) | (word + 0x0101010101010101)) & 0x8080808080808080) == 0;
}

bool StartsWithEightAscii(std::string_view text) {
  if (text.size() < 8) return false;
  return (Load<uint64_t>(text.data()) & 0x8080808080808080) == 0;
}

}  // namespace

bool IsPrintableAscii(std::string_view text) {
  const size_t size = text.size();
  const char* const end = text.data() + size;
  if (size >= 8) {
    for (const char* at = text.data(); end - at > 8; at += 8) {
      if (!IsPrintableAscii(Load<uint64_t>(at))) return false;
    }
    return IsPrintableAscii(Load<uint64_t>(end - 8));
  }
  if (size >= 4) {
    return IsPrintableAscii(uint64_t{Load<uint32_t>(text.data())} << 32 | Load<uint32_t>(end - 4));
  }
  for (char c : text) {
    if (c < 0x20 || c == 0x7f) return false;
  }
  return true;
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const size_t length = StartsWithEightAscii(text) ? 8 : SequenceLength(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

bool HasControlCharacter(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const unsigned char byte = text[i];
    if (byte < 0x20 || byte == 0x7f) return true;
    if (byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) return true;
  }
  return false;
}

}  // namespace cadenza
