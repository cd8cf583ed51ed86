#include "server/rules/cel/string_pieces.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "server/rules/cel/text.h"
#include "server/rules/cel/utf8.h"

namespace cadenza::cel {
namespace {

constexpr size_t kNone = std::string_view::npos;

// White_Space above ASCII, in UTF-8.
constexpr std::array<std::string_view, 19> kWideSpaces = {
    "\u0085", "\u00A0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006",
    "\u2007", "\u2008", "\u2009", "\u200A", "\u2028", "\u2029", "\u202F", "\u205F", "\u3000"};

bool IsAsciiSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// The bytes of the white space that `text` begins, or ends, with; 0 if there is none.
size_t SpaceBefore(std::string_view text) {
  if (text.empty()) return 0;
  if (IsAsciiSpace(text.front())) return 1;
  for (const std::string_view space : kWideSpaces) {
    if (text.starts_with(space)) return space.size();
  }
  return 0;
}

size_t SpaceAfter(std::string_view text) {
  if (text.empty()) return 0;
  if (IsAsciiSpace(text.back())) return 1;
  for (const std::string_view space : kWideSpaces) {
    if (text.ends_with(space)) return space.size();
  }
  return 0;
}

// The Z function of `text`: for every place, how much of the beginning of the text is repeated there (Gusfield,
// Algorithms on Strings, Trees and Sequences, 1.4).
std::vector<size_t> Repeats(std::string_view text) {
  std::vector<size_t> repeats(text.size(), 0);
  size_t begin = 0;
  size_t end = 0;
  for (size_t i = 1; i < text.size(); ++i) {
    if (i < end) repeats[i] = std::min(end - i, repeats[i - begin]);
    while (i + repeats[i] < text.size() && text[repeats[i]] == text[i + repeats[i]]) ++repeats[i];
    if (i + repeats[i] > end) {
      begin = i;
      end = i + repeats[i];
    }
  }
  return repeats;
}

// Appends `piece`, if the meter allows it.
bool Append(std::string_view piece, CostMeter& cost, std::string* out) {
  if (!cost.ChargeBytes(piece.size())) return false;
  *out += piece;
  return true;
}

// Where to cut next, at or after byte `from`: the place of `part`; of an empty one the end of a code point.
size_t NextCut(std::string_view text, std::string_view part, size_t from) {
  if (!part.empty()) return FindText(text, part, from);
  if (from == text.size()) return kNone;
  const size_t next = from + CodePointBytes(text.substr(from));
  return next == text.size() ? kNone : next;
}

}  // namespace

// memmem is linear, whatever the texts are made of; std::string::find is not.
size_t FindText(std::string_view text, std::string_view part, size_t from) {
  if (part.empty()) return from;
  const void* found = memmem(text.data() + from, text.size() - from, part.data(), part.size());
  return found == nullptr ? kNone : static_cast<size_t>(static_cast<const char*>(found) - text.data());
}

// There is no memmem from behind: both are turned around, and the beginning of the one is looked for in the other.
size_t FindLastText(std::string_view text, std::string_view part, size_t from) {
  if (part.size() > text.size()) return kNone;
  if (part.empty()) return from;
  const size_t end = std::min(text.size(), from + part.size());
  std::string turned(part.rbegin(), part.rend());
  turned.append(text.rend() - static_cast<std::ptrdiff_t>(end), text.rend());
  const std::vector<size_t> repeats = Repeats(turned);
  for (size_t i = part.size(); i < turned.size(); ++i) {
    if (repeats[i] >= part.size()) return turned.size() - i - part.size();
  }
  return kNone;
}

std::string_view TrimSpace(std::string_view text) {
  while (const size_t bytes = SpaceBefore(text)) text.remove_prefix(bytes);
  while (const size_t bytes = SpaceAfter(text)) text.remove_suffix(bytes);
  return text;
}

std::string QuoteText(std::string_view text) {
  constexpr std::string_view kEscaped = "\a\b\f\n\r\t\v\\\"";
  constexpr std::string_view kNames = "abfnrtv\\\"";
  std::string out = "\"";
  for (const char c : text) {
    const size_t at = kEscaped.find(c);
    if (at != kNone) out += '\\';
    out += at == kNone ? c : kNames[at];
  }
  out += '"';
  return out;
}

std::optional<std::string> ReplaceText(std::string_view text, std::string_view part, std::string_view by, int64_t limit,
                                       CostMeter& cost) {
  if (!cost.ChargeBytes(text.size() + part.size())) return std::nullopt;
  std::string out;
  size_t at = 0;
  for (bool first = true; limit != 0; first = false, --limit) {
    // An empty part is found where the last code point ended, and before the first.
    size_t found = part.empty() ? at : FindText(text, part, at);
    if (part.empty() && !first) found = at == text.size() ? kNone : at + CodePointBytes(text.substr(at));
    if (found == kNone) break;
    if (!cost.Charge(1) || !Append(text.substr(at, found - at), cost, &out) || !Append(by, cost, &out)) {
      return std::nullopt;
    }
    at = found + part.size();
  }
  if (!Append(text.substr(at), cost, &out)) return std::nullopt;
  return out;
}

bool SplitText(std::string_view text, std::string_view separator, int64_t limit, CostMeter& cost,
               std::vector<Value>* pieces) {
  if (!cost.ChargeBytes(text.size() + separator.size())) return false;
  if (limit == 0 || (text.empty() && separator.empty())) return true;
  size_t at = 0;
  for (; limit != 1; --limit) {
    const size_t cut = NextCut(text, separator, at);
    if (cut == kNone) break;
    if (!cost.Charge(1)) return false;
    pieces->push_back(Value::String(std::string(text.substr(at, cut - at))));
    at = cut + separator.size();
  }
  pieces->push_back(Value::String(std::string(text.substr(at))));
  return true;
}

}  // namespace cadenza::cel
