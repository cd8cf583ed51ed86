#include "server/rules/liquid/text.h"

#include <string.h>

namespace cadenza::liquid {
namespace {

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// The length that a leading byte announces; 1 for a byte that cannot lead.
size_t SequenceLength(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  if (byte >= 0xF0 && byte < 0xF5) return 4;
  if (byte >= 0xE0) return byte < 0xF0 ? 3 : 1;
  return byte >= 0xC2 ? 2 : 1;
}

// Decodes two-byte sequences only: every letter whose case is changed here has one or two bytes in both cases.
char32_t DecodePair(char lead, char trail) {
  return (static_cast<char32_t>(lead & 0x1F) << 6) | static_cast<char32_t>(trail & 0x3F);
}

void AppendPair(char32_t c, std::string* out) {
  out->push_back(static_cast<char>(0xC0 | (c >> 6)));
  out->push_back(static_cast<char>(0x80 | (c & 0x3F)));
}

bool In(char32_t c, char32_t first, char32_t last) { return c >= first && c <= last; }

// Blocks of Latin Extended-A in which an upper-case letter is followed by its lower-case one: those that start at even,
// and at odd code points.
bool PairsFromEven(char32_t c) { return In(c, 0x100, 0x12F) || In(c, 0x132, 0x137) || In(c, 0x14A, 0x177); }
bool PairsFromOdd(char32_t c) { return In(c, 0x139, 0x148) || In(c, 0x179, 0x17E); }

char32_t Upper(char32_t c) {
  if ((In(c, 0xE0, 0xFE) && c != 0xF7) || (In(c, 0x3B1, 0x3CB) && c != 0x3C2) || In(c, 0x430, 0x44F)) return c - 0x20;
  if (c == 0xFF) return 0x178;
  if (c == 0x3C2) return 0x3A3;
  if (In(c, 0x450, 0x45F)) return c - 0x50;
  if (PairsFromEven(c)) return c & ~char32_t{1};
  if (PairsFromOdd(c)) return c % 2 == 0 ? c - 1 : c;
  return c;
}

char32_t Lower(char32_t c) {
  if ((In(c, 0xC0, 0xDE) && c != 0xD7) || (In(c, 0x391, 0x3AB) && c != 0x3A2) || In(c, 0x410, 0x42F)) return c + 0x20;
  if (c == 0x178) return 0xFF;
  if (In(c, 0x400, 0x40F)) return c + 0x50;
  if (PairsFromEven(c)) return c | char32_t{1};
  if (PairsFromOdd(c)) return c % 2 == 1 ? c + 1 : c;
  return c;
}

template <typename Ascii, typename Wide>
std::string MapCase(std::string_view text, Ascii ascii, Wide wide) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (static_cast<unsigned char>(c) < 0x80) {
      out.push_back(ascii(c));
    } else if (SequenceLength(c) == 2 && i + 1 < text.size() && IsContinuation(text[i + 1])) {
      wide(DecodePair(c, text[++i]), &out);
    } else {
      out.push_back(c);
    }
  }
  return out;
}

}  // namespace

int64_t CountCharacters(std::string_view text) {
  int64_t count = 0;
  for (char c : text) count += IsContinuation(c) ? 0 : 1;
  return count;
}

size_t PrefixBytes(std::string_view text, int64_t count) {
  size_t i = 0;
  for (; i < text.size(); ++i) {
    if (!IsContinuation(text[i]) && count-- <= 0) break;
  }
  return i;
}

std::vector<std::string_view> Characters(std::string_view text) {
  std::vector<std::string_view> characters;
  while (!text.empty()) {
    const size_t bytes = PrefixBytes(text, 1);
    characters.push_back(text.substr(0, bytes));
    text.remove_prefix(bytes);
  }
  return characters;
}

std::string ToUpper(std::string_view text) {
  return MapCase(
      text, [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; },
      [](char32_t c, std::string* out) {
        if (c == 0xDF) {
          out->append("SS");
        } else {
          AppendPair(Upper(c), out);
        }
      });
}

std::string ToLower(std::string_view text) {
  return MapCase(
      text, [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; },
      [](char32_t c, std::string* out) { AppendPair(Lower(c), out); });
}

// memmem of glibc is the two-way algorithm: linear, where std::string_view::find is quadratic at worst.
size_t FindText(std::string_view text, std::string_view needle, size_t from) {
  if (from > text.size()) return std::string_view::npos;
  if (needle.empty()) return from;
  const void* found = memmem(text.data() + from, text.size() - from, needle.data(), needle.size());
  if (found == nullptr) return std::string_view::npos;
  return static_cast<size_t>(static_cast<const char*>(found) - text.data());
}

size_t FindLastText(std::string_view text, std::string_view needle) {
  const std::string reversed_text(text.rbegin(), text.rend());
  const std::string reversed_needle(needle.rbegin(), needle.rend());
  const size_t found = FindText(reversed_text, reversed_needle, 0);
  return found == std::string_view::npos ? found : text.size() - found - needle.size();
}

bool IsOneOf(char c, std::string_view characters) { return characters.find(c) != std::string_view::npos; }

bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string_view StripLeft(std::string_view text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  return text;
}

std::string_view StripRight(std::string_view text) {
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> Words(std::string_view text) {
  std::vector<std::string_view> words;
  for (text = StripLeft(text); !text.empty(); text = StripLeft(text)) {
    size_t end = 0;
    while (end < text.size() && !IsSpace(text[end])) ++end;
    words.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return words;
}

}  // namespace cadenza::liquid
