#include "server/rules/cel/escape.h"

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/strings/ascii.h"
#include "server/rules/cel/text.h"
#include "server/rules/cel/utf8.h"

namespace cadenza::cel {
namespace {

std::optional<char> SimpleEscape(char c) {
  constexpr std::string_view kNames = "abfnrtv\\?\"'`";
  constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v\\?\"'`";
  const size_t at = kNames.find(c);
  if (at == std::string_view::npos) return std::nullopt;
  return kMeanings[at];
}

// A number written with a fixed count of digits after a fixed prefix.
struct NumericForm {
  size_t prefix = 0;  // bytes between the backslash and the digits
  size_t digits = 0;
  int base = 16;
};

NumericForm FormOf(char c, bool bytes) {
  switch (c) {
    case 'x':
    case 'X':
      return {1, 2, 16};
    case 'u':
      return {1, bytes ? size_t{0} : size_t{4}, 16};
    case 'U':
      return {1, bytes ? size_t{0} : size_t{8}, 16};
    default:
      return {0, c >= '0' && c <= '3' ? size_t{3} : size_t{0}, 8};
  }
}

std::optional<uint32_t> ReadNumber(std::string_view text, const NumericForm& form) {
  if (form.digits == 0 || text.size() < form.prefix + form.digits) return std::nullopt;
  uint32_t value = 0;
  for (const char c : text.substr(form.prefix, form.digits)) {
    if (!absl::ascii_isxdigit(c) || (form.base == 8 && (c < '0' || c > '7'))) return std::nullopt;
    const int digit = absl::ascii_isdigit(c) ? c - '0' : absl::ascii_tolower(c) - 'a' + 10;
    value = value * static_cast<uint32_t>(form.base) + static_cast<uint32_t>(digit);
  }
  return value;
}

}  // namespace

EscapeError ResolveEscapes(bool bytes, std::string* text) {
  if (text->find('\\') == std::string::npos) return {};
  std::string out;
  out.reserve(text->size());
  for (size_t at = 0; at < text->size();) {
    if ((*text)[at] != '\\') {
      out.push_back((*text)[at++]);
      continue;
    }
    const std::string_view rest = std::string_view(*text).substr(at + 1);
    if (const std::optional<char> c = rest.empty() ? std::nullopt : SimpleEscape(rest[0])) {
      out.push_back(*c);
      at += 2;
      continue;
    }
    const NumericForm form = rest.empty() ? NumericForm() : FormOf(rest[0], bytes);
    const std::optional<uint32_t> number = ReadNumber(rest, form);
    if (!number)
      return {Cat("invalid escape sequence \\", rest.substr(0, rest.empty() ? 0 : CodePointBytes(rest))), at};
    if (bytes) {
      out.push_back(static_cast<char>(*number));
    } else if (!AppendCodePoint(*number, &out)) {
      return {"an escape sequence is no Unicode code point", at};
    }
    at += 1 + form.prefix + form.digits;
  }
  *text = std::move(out);
  return {};
}

}  // namespace cadenza::cel
