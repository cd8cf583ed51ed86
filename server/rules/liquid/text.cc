#include "server/rules/liquid/text.h"

#include <string.h>

#include <algorithm>

#include "server/rules/liquid/case_tables.h"

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

// The character that `text` begins with, not ASCII, and its bytes; 0 bytes if it is not UTF-8.
char32_t Decode(std::string_view text, size_t* bytes) {
  const size_t length = SequenceLength(text[0]);
  *bytes = 0;
  if (length < 2 || length > text.size()) return 0;
  char32_t c = static_cast<unsigned char>(text[0]) & (0xFF >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if (!IsContinuation(text[i])) return 0;
    c = (c << 6) | (static_cast<unsigned char>(text[i]) & 0x3F);
  }
  *bytes = length;
  return c;
}

void Encode(char32_t c, std::string* out) {
  const auto tail = [c](int shift) { return static_cast<char>(0x80 | ((c >> shift) & 0x3F)); };
  if (c < 0x80) {
    out->push_back(static_cast<char>(c));
  } else if (c < 0x800) {
    out->append({static_cast<char>(0xC0 | (c >> 6)), tail(0)});
  } else if (c < 0x10000) {
    out->append({static_cast<char>(0xE0 | (c >> 12)), tail(6), tail(0)});
  } else {
    out->append({static_cast<char>(0xF0 | (c >> 18)), tail(12), tail(6), tail(0)});
  }
}

const CaseWord* FindWord(absl::Span<const CaseWord> words, char32_t c) {
  const auto word = std::lower_bound(words.begin(), words.end(), c,
                                     [](const CaseWord& each, char32_t wanted) { return each.from < wanted; });
  return word != words.end() && word->from == c ? &*word : nullptr;
}

char32_t Mapped(absl::Span<const CaseRange> ranges, char32_t c) {
  const auto range = std::lower_bound(ranges.begin(), ranges.end(), c,
                                      [](const CaseRange& each, char32_t wanted) { return each.last < wanted; });
  if (range == ranges.end() || c < range->first || (c - range->first) % range->stride != 0) return c;
  return static_cast<char32_t>(static_cast<int64_t>(c) + range->delta);
}

// Appends the character that `text` begins with, in another case; returns its bytes.
size_t AppendMapped(std::string_view text, absl::Span<const CaseWord> words, absl::Span<const CaseRange> ranges,
                    std::string* out) {
  size_t bytes = 0;
  const char32_t c = Decode(text, &bytes);
  if (bytes == 0) {
    out->push_back(text[0]);
    return 1;
  }
  if (const CaseWord* word = FindWord(words, c)) {
    out->append(word->to);
  } else {
    Encode(Mapped(ranges, c), out);
  }
  return bytes;
}

char UpperAscii(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }
char LowerAscii(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
bool IsAscii(char c) { return static_cast<unsigned char>(c) < 0x80; }

template <typename Ascii>
std::string MapCase(std::string_view text, Ascii ascii, absl::Span<const CaseWord> words,
                    absl::Span<const CaseRange> ranges) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    size_t bytes = 1;
    if (IsAscii(text[0])) {
      out.push_back(ascii(text[0]));
    } else {
      bytes = AppendMapped(text, words, ranges, &out);
    }
    text.remove_prefix(bytes);
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

std::string ToUpper(std::string_view text) { return MapCase(text, UpperAscii, UpperWords(), UpperRanges()); }

std::string ToLower(std::string_view text) { return MapCase(text, LowerAscii, LowerWords(), LowerRanges()); }

std::string Capitalized(std::string_view text) {
  if (text.empty()) return "";
  std::string out;
  size_t bytes = 1;
  if (IsAscii(text[0])) {
    out.push_back(UpperAscii(text[0]));
  } else if (const CaseWord* word = FindWord(TitleWords(), Decode(text, &bytes)); word != nullptr && bytes > 0) {
    out.append(word->to);
  } else {
    bytes = AppendMapped(text, UpperWords(), UpperRanges(), &out);
  }
  return out + ToLower(text.substr(bytes));
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
