#include <string>

#include "server/rules/liquid/datum.h"
#include "server/rules/liquid/escape.h"
#include "server/rules/liquid/filters.h"
#include "server/rules/liquid/json.h"
#include "server/rules/liquid/number.h"
#include "server/rules/liquid/text.h"
#include "storage/base/text.h"

namespace cadenza::liquid {
namespace {

using Result = absl::StatusOr<Value>;

Result Json(const FilterCall& call) {
  std::string out;
  AppendJson(call.input, &out);
  return Value::String(std::move(out));
}

Result JsonEscape(const FilterCall& call) { return Value::String(EscapeJson(ToText(call.input))); }

// What is no text is parsed already.
Result JsonParse(const FilterCall& call) {
  return call.input.kind() == Value::Kind::kString ? ParseJson(call.input.string_value()) : Result(call.input);
}

Result PropertyAccessor(const FilterCall& call) {
  const Datum member = Owned(Member(&call.input, call.arguments[0], false));
  const Value* value = ValueIn(member);
  return value == nullptr ? Value() : *value;
}

// How a language writes numbers: what stands between thousands, and before the fraction (Unicode CLDR).
struct NumberStyle {
  std::string_view delimiter = ",";
  std::string_view point = ".";
};

NumberStyle StyleOf(std::string_view locale) {
  const std::string_view language = locale.substr(0, locale.find_first_of("-_"));
  const std::string_view region = language.size() < locale.size() ? locale.substr(language.size() + 1) : "";
  if (region == "CH" || region == "LI") return {"\u2019", "."};
  if (language == "es" && (region == "MX" || region == "US")) return {};
  for (std::string_view dotted : {"de", "es", "it", "nl", "pt", "id", "tr", "da", "el", "ro", "vi", "hr", "sl"}) {
    if (language == dotted) return {".", ","};
  }
  if (language == "fr") return {"\u202F", ","};
  for (std::string_view spaced : {"sv", "nb", "no", "fi", "pl", "cs", "sk", "ru", "uk", "hu", "bg"}) {
    if (language == spaced) return {"\u00A0", ","};
  }
  return {};
}

// A number as text (sign, digits, perhaps a fraction) in a style; any other text as it is.
std::string Delimited(std::string_view number, const NumberStyle& style) {
  std::string_view digits = number.substr(0, number.find('.'));
  const std::string_view fraction = digits.size() < number.size() ? number.substr(digits.size() + 1) : "";
  const std::string_view sign = digits.starts_with('-') ? "-" : "";
  digits.remove_prefix(sign.size());
  constexpr std::string_view kDigits = "0123456789";
  const bool is_number = !digits.empty() && digits.find_first_not_of(kDigits) == std::string_view::npos &&
                         fraction.find_first_not_of(kDigits) == std::string_view::npos;
  if (!is_number) return std::string(number);
  std::string out(sign);
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) out.append(style.delimiter);
    out.push_back(digits[i]);
  }
  if (!fraction.empty()) StrAppend(&out, style.point, fraction);
  return out;
}

// By the locale of the rendering, or the two arguments.
Result NumberWithDelimiter(const FilterCall& call) {
  NumberStyle style = StyleOf(call.options.locale);
  const std::string delimiter = call.Text(0), point = call.Text(1);
  if (call.Has(0)) style.delimiter = delimiter;
  if (call.Has(1)) style.point = point;
  return Value::String(Delimited(StripLeft(ToText(call.input)), style));
}

// With two digits after the point, as Braze has it: 17.8 is 17.80, 145 is 145.00.
Result Money(const FilterCall& call) {
  const double amount = Round(Number::Of(call.input), 2).AsDouble();
  char text[400];
  const int size = std::snprintf(text, sizeof(text), "%.2f", amount);
  return Value::String(Delimited(std::string_view(text, static_cast<size_t>(size)), NumberStyle()));
}

}  // namespace

absl::Span<const Filter> JsonFilters() {
  static constexpr Filter kFilters[] = {
      {.name = "json", .function = Json, .safe_for = Escaping::kJson},
      {.name = "as_json_string", .function = Json, .safe_for = Escaping::kJson},
      {.name = "json_escape", .function = JsonEscape, .safe_for = Escaping::kJson},
      {"json_parse", 0, 0, JsonParse},
      {"property_accessor", 1, 1, PropertyAccessor},
      {"number_with_delimiter", 0, 2, NumberWithDelimiter},
      {"money", 0, 0, Money},
  };
  return kFilters;
}

}  // namespace cadenza::liquid
