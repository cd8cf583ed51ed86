#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "server/rules/liquid/datum.h"
#include "server/rules/liquid/escape.h"
#include "server/rules/liquid/filters.h"
#include "server/rules/liquid/text.h"
#include "storage/base/text.h"
#include "storage/base/utf8.h"

namespace cadenza::liquid {
namespace {

using Result = absl::StatusOr<Value>;

// Whether `text` begins with an entity: "&name;" or "&#123;".
bool StartsWithEntity(std::string_view text) {
  size_t i = 1;
  const bool numeric = i < text.size() && text[i] == '#';
  i += numeric ? 1 : 0;
  const size_t begin = i;
  while (i < text.size() && (numeric ? absl::ascii_isdigit(text[i]) : absl::ascii_isalpha(text[i]))) ++i;
  return i > begin && i < text.size() && text[i] == ';';
}

Result Escape(const FilterCall& call) {
  if (call.input.is_null()) return Value();
  return Value::String(EscapeHtml(ToText(call.input)));
}

Result EscapeOnce(const FilterCall& call) {
  const std::string text = ToText(call.input);
  std::string_view rest = text;
  std::string out;
  while (true) {
    // As far as the next entity.
    size_t at = rest.find('&');
    while (at != std::string_view::npos && !StartsWithEntity(rest.substr(at))) at = rest.find('&', at + 1);
    out.append(EscapeHtml(rest.substr(0, at)));
    if (at == std::string_view::npos) return Value::String(std::move(out));
    out.push_back('&');
    rest.remove_prefix(at + 1);
  }
}

// Takes out <script…</script>, comments, <style…</style>, then what is left of <…>.
class HtmlStripper {
 public:
  std::string Strip(std::string_view text) {
    std::string without_blocks;
    while (!text.empty()) {
      const size_t open = text.find('<');
      without_blocks.append(text.substr(0, open));
      if (open == std::string_view::npos) break;
      text.remove_prefix(open);
      size_t length = BlockLength(text);
      if (length == 0) {
        without_blocks.push_back('<');
        length = 1;
      }
      text.remove_prefix(length);
    }
    return StripTags(without_blocks);
  }

 private:
  struct Block {
    std::string_view open;
    std::string_view close;
    bool exhausted = false;  // there is no `close` in the rest, so nobody need look again
  };

  size_t BlockLength(std::string_view text) {
    for (Block& block : blocks_) {
      if (block.exhausted || !text.starts_with(block.open)) continue;
      const size_t end = FindText(text, block.close, block.open.size());
      if (end != std::string_view::npos) return end + block.close.size();
      block.exhausted = true;
    }
    return 0;
  }

  static std::string StripTags(std::string_view text) {
    std::string out;
    while (true) {
      const size_t open = text.find('<');
      const size_t close = open == std::string_view::npos ? open : text.find('>', open);
      if (close == std::string_view::npos) return StrCat(out, text);
      out.append(text.substr(0, open));
      text.remove_prefix(close + 1);
    }
  }

  Block blocks_[3] = {{"<script", "</script>"}, {"<!--", "-->"}, {"<style", "</style>"}};
};

Result StripHtml(const FilterCall& call) { return Value::String(HtmlStripper().Strip(ToText(call.input))); }

// Bytes other than letters, digits and `kept` as %XX.
std::string PercentEncode(std::string_view text, std::string_view kept) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte) || IsOneOf(c, kept)) {
      out.push_back(c);
    } else {
      out.append({'%', kHex[byte >> 4], kHex[byte & 0xF]});
    }
  }
  return out;
}

Result UrlEncode(const FilterCall& call) {
  if (call.input.is_null()) return Value();
  std::string out = PercentEncode(ToText(call.input), "_.-~ ");
  std::replace(out.begin(), out.end(), ' ', '+');
  return Value::String(std::move(out));
}

// What may stand anywhere in a URL, and what may stand in the value of a parameter.
Result UrlEscape(const FilterCall& call) {
  return Value::String(PercentEncode(ToText(call.input), "_.-~!*'();:@&=+$,/?#[]%"));
}
Result UrlParamEscape(const FilterCall& call) { return Value::String(PercentEncode(ToText(call.input), "_.-~")); }

Result ValidText(std::string text) {
  if (!IsUtf8(text) || text.find('\0') != std::string::npos) {
    return absl::InvalidArgumentError("the result is not UTF-8 text without NUL");
  }
  return Value::String(std::move(text));
}

Result UrlDecode(const FilterCall& call) {
  if (call.input.is_null()) return Value();
  const std::string text = ToText(call.input);
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && absl::ascii_isxdigit(text[i + 1]) &&
        absl::ascii_isxdigit(text[i + 2])) {
      out.append(absl::HexStringToBytes(text.substr(i + 1, 2)));
      i += 2;
    } else {
      out.push_back(text[i] == '+' ? ' ' : text[i]);
    }
  }
  return ValidText(std::move(out));
}

Result Raw(const FilterCall& call) { return call.input; }

Result Base64Encode(const FilterCall& call) { return Value::String(absl::Base64Escape(ToText(call.input))); }

Result Base64UrlSafeEncode(const FilterCall& call) {
  std::string out = absl::WebSafeBase64Escape(ToText(call.input));
  out.append((4 - out.size() % 4) % 4, '=');
  return Value::String(std::move(out));
}

Result Base64Decode(const FilterCall& call) {
  const std::string text = ToText(call.input);
  std::string out;
  if (text.size() % 4 != 0 || !absl::Base64Unescape(text, &out))
    return absl::InvalidArgumentError("invalid base64 provided to base64_decode");
  return ValidText(std::move(out));
}

Result Base64UrlSafeDecode(const FilterCall& call) {
  std::string out;
  if (!absl::WebSafeBase64Unescape(ToText(call.input), &out))
    return absl::InvalidArgumentError("invalid base64 provided to base64_url_safe_decode");
  return ValidText(std::move(out));
}

}  // namespace

absl::Span<const Filter> EncodingFilters() {
  static constexpr Filter kFilters[] = {
      {.name = "escape", .function = Escape, .safe_for = Escaping::kHtml},
      {.name = "h", .function = Escape, .safe_for = Escaping::kHtml},
      {.name = "escape_once", .function = EscapeOnce, .safe_for = Escaping::kHtml},
      {.name = "raw", .function = Raw, .safe_for_all = true},
      {.name = "id", .most_arguments = 1, .function = Raw, .passes_through = true},  // Braze's tag of a content block
      {"url_escape", 0, 0, UrlEscape},
      {"url_param_escape", 0, 0, UrlParamEscape},
      {"strip_html", 0, 0, StripHtml},
      {"url_encode", 0, 0, UrlEncode},
      {"url_decode", 0, 0, UrlDecode},
      {"base64_encode", 0, 0, Base64Encode},
      {"base64_decode", 0, 0, Base64Decode},
      {"base64_url_safe_encode", 0, 0, Base64UrlSafeEncode},
      {"base64_url_safe_decode", 0, 0, Base64UrlSafeDecode},
  };
  return kFilters;
}

}  // namespace cadenza::liquid
