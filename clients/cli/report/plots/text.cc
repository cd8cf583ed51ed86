#include "clients/cli/report/plots/text.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/strings/str_format.h"

namespace cadenza::plots {
namespace {

constexpr char kEllipsis[] = "\xE2\x80\xA6";
constexpr char32_t kReplacement = 0xFFFD;

// Splits UTF-8; a byte that begins no character stands for U+FFFD.
struct Character {
  std::string_view bytes;
  char32_t code;
};

std::vector<Character> Characters(std::string_view text) {
  std::vector<Character> characters;
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t length = lead < 0x80 ? 1 : (lead >> 5) == 6 ? 2 : (lead >> 4) == 14 ? 3 : (lead >> 3) == 30 ? 4 : 0;
    char32_t code = length < 2 ? lead : lead & (0x7F >> length);
    bool whole = length > 0 && i + length <= text.size();
    for (size_t k = 1; whole && k < length; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      whole = (next & 0xC0) == 0x80;
      code = code << 6 | (next & 0x3F);
    }
    characters.push_back({text.substr(i, whole ? length : 1), whole ? code : kReplacement});
    i += whole ? length : 1;
  }
  return characters;
}

bool IsControl(char32_t code) {
  // With those that change the direction of what follows.
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x202A && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069);
}

// Unicode 15, EastAsianWidth.txt, the blocks that hold W and F.
size_t WidthOf(char32_t code) {
  if ((code >= 0x300 && code < 0x370) || (code >= 0x200B && code <= 0x200F) || (code >= 0xFE00 && code <= 0xFE0F)) {
    return 0;
  }
  const bool wide = (code >= 0x1100 && code <= 0x115F) || (code >= 0x2E80 && code <= 0xA4CF) ||
                    (code >= 0xAC00 && code <= 0xD7A3) || (code >= 0xF900 && code <= 0xFAFF) ||
                    (code >= 0xFE30 && code <= 0xFE6F) || (code >= 0xFF00 && code <= 0xFF60) ||
                    (code >= 0x1F300 && code <= 0x1FAFF) || (code >= 0x20000 && code <= 0x3FFFD);
  return wide ? 2 : 1;
}

std::string Signed(double value, const std::string& text) { return value > 0 && text[0] != '-' ? "+" + text : text; }

}  // namespace

std::string Count(int64_t count) {
  std::string digits = std::to_string(count);
  const size_t first = count < 0 ? 1 : 0;
  for (size_t at = digits.size(); at > first + 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

std::string Percent(double part) {
  const double percent = part * 100;
  if (std::abs(percent) >= 99.95) return Count(std::llround(percent)) + "%";
  if (percent == 0) return "0%";
  return absl::StrFormat("%.*f%%", std::abs(percent) >= 9.995 ? 1 : 2, percent);
}

std::string SignedPercent(double part) { return Signed(part, Percent(part)); }

std::string SignedPoints(double difference) {
  const std::string percent = SignedPercent(difference);
  return percent.substr(0, percent.size() - 1);
}

size_t Columns(std::string_view text) {
  size_t columns = 0;
  for (const Character& character : Characters(text)) columns += WidthOf(character.code);
  return columns;
}

std::string Fit(std::string_view text, size_t columns) {
  if (Columns(text) <= columns) return std::string(text);
  const std::vector<Character> characters = Characters(text);
  const size_t room = std::max<size_t>(columns, 1) - 1;
  std::string head, tail;
  size_t used = 0, begin = 0, end = characters.size();
  while (begin < end && used + WidthOf(characters[begin].code) <= (room + 1) / 2) {
    used += WidthOf(characters[begin].code);
    head += characters[begin++].bytes;
  }
  while (end > begin && used + WidthOf(characters[end - 1].code) <= room) {
    used += WidthOf(characters[--end].code);
    tail.insert(0, characters[end].bytes);
  }
  return head + kEllipsis + tail;
}

std::string PadRight(std::string_view text, size_t columns) {
  const size_t width = Columns(text);
  return std::string(text) + std::string(width < columns ? columns - width : 0, ' ');
}

std::string PadLeft(std::string_view text, size_t columns) {
  const size_t width = Columns(text);
  return std::string(width < columns ? columns - width : 0, ' ') + std::string(text);
}

std::string Markup(std::string_view text) {
  std::string out;
  for (const Character& character : Characters(text)) {
    switch (character.code) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += IsControl(character.code) || character.code == kReplacement || (character.code | 1) == 0xFFFF
                   ? "\xEF\xBF\xBD"
                   : character.bytes;
    }
  }
  return out;
}

std::string Printable(std::string_view text, bool utf8) {
  std::string out;
  for (const Character& character : Characters(text)) {
    if (character.bytes == kEllipsis && !utf8) {
      out += '~';
    } else if (IsControl(character.code) || character.code == kReplacement || (!utf8 && character.code >= 0x80)) {
      out += '?';
    } else {
      out += character.bytes;
    }
  }
  return out;
}

}  // namespace cadenza::plots
