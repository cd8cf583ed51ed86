#include <string>

#include "server/rules/liquid/datum.h"
#include "server/rules/liquid/filters.h"
#include "server/rules/liquid/number.h"
#include "server/rules/liquid/text.h"
#include "storage/base/text.h"

namespace cadenza::liquid {
namespace {

using Result = absl::StatusOr<Value>;

std::string Input(const FilterCall& call) { return ToText(call.input); }

Result Append(const FilterCall& call) { return Value::String(Input(call) + call.Text(0)); }
Result Prepend(const FilterCall& call) { return Value::String(call.Text(0) + Input(call)); }
Result Upcase(const FilterCall& call) { return Value::String(ToUpper(Input(call))); }
Result Downcase(const FilterCall& call) { return Value::String(ToLower(Input(call))); }

Result Capitalize(const FilterCall& call) { return Value::String(Capitalized(Input(call))); }

Result Strip(const FilterCall& call) { return Value::String(std::string(StripRight(StripLeft(Input(call))))); }
Result Squish(const FilterCall& call) {
  std::string out;
  const std::string text = Input(call);
  for (std::string_view word : Words(text)) StrAppend(&out, out.empty() ? "" : " ", word);
  return Value::String(std::move(out));
}
Result LStrip(const FilterCall& call) { return Value::String(std::string(StripLeft(Input(call)))); }
Result RStrip(const FilterCall& call) { return Value::String(std::string(StripRight(Input(call)))); }

// Every occurrence; with an empty `needle`, every gap between characters.
Result ReplaceAll(const FilterCall& call, std::string_view text, std::string_view needle, std::string_view by) {
  std::string out;
  while (true) {
    const size_t at = needle.empty() ? 0 : FindText(text, needle, 0);
    if (at == std::string_view::npos) break;
    StrAppend(&out, text.substr(0, at), by);
    text.remove_prefix(at + needle.size());
    if (needle.empty()) {
      if (text.empty()) break;
      const size_t character = PrefixBytes(text, 1);
      out.append(text.substr(0, character));
      text.remove_prefix(character);
    }
    if (out.size() > call.most_bytes) return TooLong(call);
  }
  out.append(text);
  return Value::String(std::move(out));
}

Result ReplaceAt(std::string text, size_t at, size_t length, std::string_view by) {
  if (at != std::string::npos) text.replace(at, length, by);
  return Value::String(std::move(text));
}

Result Replace(const FilterCall& call) { return ReplaceAll(call, Input(call), call.Text(0), call.Text(1)); }
Result Remove(const FilterCall& call) { return ReplaceAll(call, Input(call), call.Text(0), ""); }

// Also remove_first: without a second argument the replacement is "".
Result ReplaceFirst(const FilterCall& call) {
  const std::string text = Input(call), needle = call.Text(0);
  return ReplaceAt(text, FindText(text, needle, 0), needle.size(), call.Text(1));
}

Result ReplaceLast(const FilterCall& call) {
  const std::string text = Input(call), needle = call.Text(0);
  return ReplaceAt(text, FindLastText(text, needle), needle.size(), call.Text(1));
}

Result Split(const FilterCall& call) {
  const std::string text = Input(call), separator = call.Text(0);
  std::vector<std::string_view> pieces;
  if (separator == " ") {
    pieces = Words(text);
  } else if (separator.empty()) {
    pieces = Characters(text);
  } else {
    std::string_view rest = text;
    for (size_t at = FindText(rest, separator, 0); at != std::string_view::npos; at = FindText(rest, separator, 0)) {
      pieces.push_back(rest.substr(0, at));
      rest.remove_prefix(at + separator.size());
    }
    pieces.push_back(rest);
  }
  while (!pieces.empty() && pieces.back().empty()) pieces.pop_back();
  ValueList list;
  list.reserve(pieces.size());
  for (std::string_view piece : pieces) list.push_back(Value::String(std::string(piece)));
  return Value::List(std::move(list));
}

// The whole number in argument `index`; `otherwise` if it was not given.
absl::StatusOr<int64_t> Integer(const FilterCall& call, size_t index, int64_t otherwise) {
  if (index >= call.arguments.size()) return otherwise;
  const std::optional<int64_t> whole = ToInteger(call.arguments[index]);
  if (!whole.has_value()) return absl::InvalidArgumentError("invalid integer");
  return *whole;
}

Result Truncate(const FilterCall& call) {
  const absl::StatusOr<int64_t> length = Integer(call, 0, 50);
  if (!length.ok()) return length.status();
  const std::string text = Input(call), ellipsis = call.Text(1, "...");
  if (CountCharacters(text) <= *length) return Value::String(text);
  const int64_t kept = std::max<int64_t>(0, *length - CountCharacters(ellipsis));
  return Value::String(StrCat(text.substr(0, PrefixBytes(text, kept)), ellipsis));
}

Result TruncateWords(const FilterCall& call) {
  const absl::StatusOr<int64_t> count = Integer(call, 0, 15);
  if (!count.ok()) return count.status();
  const std::string text = Input(call);
  const std::vector<std::string_view> words = Words(text);
  const size_t kept = static_cast<size_t>(std::max<int64_t>(1, *count));
  if (words.size() <= kept) return Value::String(text);
  std::string out;
  for (size_t i = 0; i < kept; ++i) StrAppend(&out, i == 0 ? "" : " ", words[i]);
  return Value::String(out + call.Text(1, "..."));
}

// Where a slice lies in something of `size` elements; false if it is outside.
bool ClampSlice(int64_t size, int64_t* start, int64_t* length) {
  if (*start < 0) *start += size;
  if (*start < 0 || *start > size || *length < 0) return false;
  *length = std::min(*length, size - *start);
  return true;
}

Result Slice(const FilterCall& call) {
  const absl::StatusOr<int64_t> first = Integer(call, 0, 0);
  if (!first.ok()) return first.status();
  const absl::StatusOr<int64_t> count = call.Has(1) ? Integer(call, 1, 1) : 1;
  if (!count.ok()) return count.status();
  int64_t start = *first, length = *count;
  if (call.input.kind() == Value::Kind::kList) {
    const ValueList& list = call.input.list_value();
    if (!ClampSlice(static_cast<int64_t>(list.size()), &start, &length)) return Value::List({});
    return Value::List(ValueList(list.begin() + start, list.begin() + start + length));
  }
  const std::string text = Input(call);
  if (!ClampSlice(CountCharacters(text), &start, &length)) return Value::String("");
  const std::string_view rest = std::string_view(text).substr(PrefixBytes(text, start));
  return Value::String(std::string(rest.substr(0, PrefixBytes(rest, length))));
}

// Each line end, with the carriage return before it, becomes `by`.
std::string ReplaceLineEnds(std::string_view text, std::string_view by) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    if (text[i] == '\n') {
      out.append(by);
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

Result StripNewlines(const FilterCall& call) { return Value::String(ReplaceLineEnds(Input(call), "")); }
Result NewlineToBr(const FilterCall& call) { return Value::String(ReplaceLineEnds(Input(call), "<br />\n")); }

}  // namespace

absl::Span<const Filter> StringFilters() {
  static constexpr Filter kFilters[] = {
      {"append", 1, 1, Append},
      {"prepend", 1, 1, Prepend},
      {"upcase", 0, 0, Upcase},
      {"downcase", 0, 0, Downcase},
      {"capitalize", 0, 0, Capitalize},
      {"strip", 0, 0, Strip},
      {"squish", 0, 0, Squish},
      {"lstrip", 0, 0, LStrip},
      {"rstrip", 0, 0, RStrip},
      {"replace", 1, 2, Replace},
      {"replace_first", 1, 2, ReplaceFirst},
      {"replace_last", 2, 2, ReplaceLast},
      {"remove", 1, 1, Remove},
      {"remove_first", 1, 1, ReplaceFirst},
      {"remove_last", 1, 1, ReplaceLast},
      {"split", 1, 1, Split},
      {"truncate", 0, 2, Truncate},
      {"truncatewords", 0, 2, TruncateWords},
      {"slice", 1, 2, Slice},
      {"strip_newlines", 0, 0, StripNewlines},
      {"newline_to_br", 0, 0, NewlineToBr},
  };
  return kFilters;
}

}  // namespace cadenza::liquid
