#include "server/rules/liquid/datum.h"

#include <charconv>
#include <cmath>
#include <limits>

#include "server/rules/liquid/text.h"
#include "storage/base/text.h"

namespace cadenza::liquid {
namespace {

void AppendInspected(const Value& value, std::string* out);

// As Ruby's String#inspect.
void AppendQuoted(std::string_view text, std::string* out) {
  static constexpr std::string_view kControls = "\a\b\t\n\v\f\r\x1b";
  static constexpr std::string_view kLetters = "abtnvfre";
  out->push_back('"');
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const size_t control = kControls.find(c);
    const bool interpolates = c == '#' && i + 1 < text.size() && IsOneOf(text[i + 1], "{$@");
    if (control != std::string_view::npos) {
      out->push_back('\\');
      out->push_back(kLetters[control]);
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      StrAppend(out, c == 0x7F ? "\\x7F" : "\\u00");
      if (c != 0x7F) out->append({c < 0x10 ? '0' : '1', "0123456789ABCDEF"[c & 0xF]});
    } else {
      if (c == '"' || c == '\\' || interpolates) out->push_back('\\');
      out->push_back(c);
    }
  }
  out->push_back('"');
}

void AppendMap(const ValueMap& map, std::string* out) {
  out->push_back('{');
  bool first = true;
  for (const auto& [key, element] : map) {
    if (!first) out->append(", ");
    first = false;
    AppendQuoted(key, out);
    out->append("=>");
    AppendInspected(element, out);
  }
  out->push_back('}');
}

void AppendInspected(const Value& value, std::string* out) {
  switch (value.kind()) {
    case Value::Kind::kNull:
      out->append("nil");
      return;
    case Value::Kind::kString:
      AppendQuoted(value.string_value(), out);
      return;
    case Value::Kind::kTimestamp:
      AppendText(value, out);
      return;
    case Value::Kind::kList: {
      out->push_back('[');
      bool first = true;
      for (const Value& element : value.list_value()) {
        if (!first) out->append(", ");
        first = false;
        AppendInspected(element, out);
      }
      out->push_back(']');
      return;
    }
    default:
      AppendText(value, out);
  }
}

// As Ruby calls it.
std::string ClassName(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::kNull:
      return "NilClass";
    case Value::Kind::kBool:
      return value.bool_value() ? "TrueClass" : "FalseClass";
    case Value::Kind::kInt:
      return "Integer";
    case Value::Kind::kDouble:
      return "Float";
    case Value::Kind::kString:
      return "String";
    case Value::Kind::kTimestamp:
      return "Time";
    case Value::Kind::kList:
      return "Array";
    case Value::Kind::kMap:
      return "Hash";
  }
  return "";
}

bool IsNumber(const Value& value) { return value.kind() == Value::Kind::kInt || value.kind() == Value::Kind::kDouble; }

template <typename T>
int Sign(const T& a, const T& b) {
  return a < b ? -1 : (b < a ? 1 : 0);
}

int CompareNumbers(const Value& a, const Value& b) {
  if (a.kind() == Value::Kind::kInt && b.kind() == Value::Kind::kInt) return Sign(a.int_value(), b.int_value());
  auto widen = [](const Value& v) {
    return v.kind() == Value::Kind::kInt ? static_cast<long double>(v.int_value())
                                         : static_cast<long double>(v.double_value());
  };
  return Sign(widen(a), widen(b));
}

bool IsEmpty(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::kString:
      return value.string_value().empty();
    case Value::Kind::kList:
      return value.list_value().empty();
    case Value::Kind::kMap:
      return value.map_value().empty();
    default:
      return false;
  }
}

bool IsBlank(const Value& value) {
  if (value.is_null()) return true;
  if (value.kind() == Value::Kind::kBool) return !value.bool_value();
  if (value.kind() == Value::Kind::kString) return StripLeft(value.string_value()).empty();
  return IsEmpty(value);
}

bool EqualsSpecial(Special special, const Datum& other) {
  if (const Special* same = std::get_if<Special>(&other)) return *same == special;
  if (const Range* range = std::get_if<Range>(&other)) return range->size() == 0;
  if (const Value* value = ValueIn(other)) return special == Special::kEmpty ? IsEmpty(*value) : IsBlank(*value);
  return false;
}

bool EqualMaps(const ValueMap& a, const ValueMap& b) {
  if (a.size() != b.size()) return false;
  for (const auto& [key, value] : a) {
    const Value* other = b.Find(key);
    if (other == nullptr || !Equal(value, *other)) return false;
  }
  return true;
}

bool EqualLists(const ValueList& a, const ValueList& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (!Equal(a[i], b[i])) return false;
  }
  return true;
}

Datum ListMember(const ValueList& list, const Value& key, bool dotted) {
  if (key.kind() == Value::Kind::kInt) {
    const int64_t size = static_cast<int64_t>(list.size());
    const int64_t index = key.int_value() < 0 ? key.int_value() + size : key.int_value();
    return index >= 0 && index < size ? Datum(&list[static_cast<size_t>(index)]) : Datum();
  }
  if (!dotted || key.kind() != Value::Kind::kString) return Value();
  if (key.string_value() == "size") return Value::Int(static_cast<int64_t>(list.size()));
  if (list.empty()) return Value();
  if (key.string_value() == "first") return &list.front();
  if (key.string_value() == "last") return &list.back();
  return Value();
}

Datum MapMember(const ValueMap& map, const Value& key, bool dotted) {
  if (key.kind() != Value::Kind::kString) return Value();
  if (const Value* found = map.Find(key.string_value())) return found;
  if (!dotted) return Value();
  if (key.string_value() == "size") return Value::Int(static_cast<int64_t>(map.size()));
  if (key.string_value() == "first" && !map.empty()) {
    return Value::List({Value::String(map.begin()->first), map.begin()->second});
  }
  return Value();
}

Datum RangeMember(const Range& range, const Value& key, bool dotted) {
  if (key.kind() == Value::Kind::kInt) {
    const int64_t index = key.int_value() < 0 ? key.int_value() + range.size() : key.int_value();
    return index >= 0 && index < range.size() ? Value::Int(range.first + index) : Value();
  }
  if (!dotted || key.kind() != Value::Kind::kString) return Value();
  if (key.string_value() == "size") return Value::Int(range.size());
  if (key.string_value() == "first") return Value::Int(range.first);
  if (key.string_value() == "last") return Value::Int(range.last);
  return Value();
}

Datum ScopeMember(const Scope& scope, const Value& key, bool dotted) {
  if (key.kind() != Value::Kind::kString) return Value();
  if (const Value* lent = scope.Borrow(key.string_value())) return lent;
  if (const Scope* nested = scope.Nested(key.string_value())) return nested;
  Value value = scope.Lookup(key.string_value());
  if (value.is_null() && dotted && (key.string_value() == "size" || key.string_value() == "first")) {
    const Datum whole = scope.Whole();
    return Owned(Member(whole, key, dotted));
  }
  return value;
}

}  // namespace

int64_t Range::size() const {
  if (last < first) return 0;
  const uint64_t span = static_cast<uint64_t>(last) - static_cast<uint64_t>(first);
  constexpr uint64_t kMost = std::numeric_limits<int64_t>::max();
  return static_cast<int64_t>(span >= kMost ? kMost : span + 1);
}

bool IsTruthy(const Datum& datum) {
  const Value* value = ValueIn(datum);
  return value == nullptr || !(value->is_null() || (value->kind() == Value::Kind::kBool && !value->bool_value()));
}

std::string FormatDouble(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  if (value == 0) return std::signbit(value) ? "-0.0" : "0.0";
  char buffer[32];
  const double magnitude = std::fabs(value);
  const bool fixed = magnitude >= 1e-4 && magnitude < 1e16;
  const auto format = fixed ? std::chars_format::fixed : std::chars_format::scientific;
  std::string text(buffer, std::to_chars(buffer, buffer + sizeof(buffer), value, format).ptr);
  const size_t mantissa_end = fixed ? text.size() : text.find('e');
  if (text.find('.') == std::string::npos) text.insert(mantissa_end, ".0");
  return text;
}

void AppendText(const Value& value, std::string* out) {
  switch (value.kind()) {
    case Value::Kind::kNull:
      return;
    case Value::Kind::kBool:
      out->append(value.bool_value() ? "true" : "false");
      return;
    case Value::Kind::kInt:
      StrAppend(out, value.int_value());
      return;
    case Value::Kind::kDouble:
      out->append(FormatDouble(value.double_value()));
      return;
    case Value::Kind::kString:
      out->append(value.string_value());
      return;
    case Value::Kind::kTimestamp:
      out->append(absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", value.timestamp_value(), absl::UTCTimeZone()));
      return;
    case Value::Kind::kList:
      for (const Value& element : value.list_value()) AppendText(element, out);
      return;
    case Value::Kind::kMap:
      AppendMap(value.map_value(), out);
      return;
  }
}

std::string ToText(const Value& value) {
  if (value.kind() == Value::Kind::kString) return value.string_value();
  std::string text;
  AppendText(value, &text);
  return text;
}

bool Equal(const Value& a, const Value& b) {
  if (IsNumber(a) && IsNumber(b)) return CompareNumbers(a, b) == 0;
  if (a.kind() != b.kind()) return false;
  if (a.kind() == Value::Kind::kList) return EqualLists(a.list_value(), b.list_value());
  if (a.kind() == Value::Kind::kMap) return EqualMaps(a.map_value(), b.map_value());
  return a == b;
}

bool Equal(const Datum& a, const Datum& b) {
  if (const Special* special = std::get_if<Special>(&a)) return EqualsSpecial(*special, b);
  if (const Special* special = std::get_if<Special>(&b)) return EqualsSpecial(*special, a);
  const Value* left = ValueIn(a);
  const Value* right = ValueIn(b);
  if (left != nullptr && right != nullptr) return Equal(*left, *right);
  return left == nullptr && right == nullptr && a == b;
}

absl::StatusOr<std::optional<int>> Compare(const Datum& a, const Datum& b) {
  const Value* left = ValueIn(a);
  const Value* right = ValueIn(b);
  if (left == nullptr || right == nullptr) return std::optional<int>();
  if (IsNumber(*left) && IsNumber(*right)) return CompareNumbers(*left, *right);
  if (left->kind() == right->kind()) {
    if (left->kind() == Value::Kind::kString) return Sign(left->string_value(), right->string_value());
    if (left->kind() == Value::Kind::kTimestamp) return Sign(left->timestamp_value(), right->timestamp_value());
    return std::optional<int>();
  }
  auto has_order = [](const Value& v) {
    return IsNumber(v) || v.kind() == Value::Kind::kString || v.kind() == Value::Kind::kTimestamp;
  };
  if (!has_order(*left) || !has_order(*right)) return std::optional<int>();
  return absl::InvalidArgumentError(StrCat("comparison of ", ClassName(*left), " with ",
                                           IsNumber(*right) ? ToText(*right) : ClassName(*right), " failed"));
}

bool Contains(const Datum& container, const Datum& element) {
  if (!IsTruthy(element)) return false;
  const Value* wanted = ValueIn(element);
  if (const Range* range = std::get_if<Range>(&container)) {
    return wanted != nullptr && wanted->kind() == Value::Kind::kInt && wanted->int_value() >= range->first &&
           wanted->int_value() <= range->last;
  }
  if (const Scope* const* scope = std::get_if<const Scope*>(&container)) {
    return wanted != nullptr && wanted->kind() == Value::Kind::kString &&
           ((*scope)->Nested(wanted->string_value()) != nullptr || !(*scope)->Lookup(wanted->string_value()).is_null());
  }
  const Value* value = ValueIn(container);
  if (value == nullptr || wanted == nullptr) return false;
  switch (value->kind()) {
    case Value::Kind::kString:
      return FindText(value->string_value(), ToText(*wanted), 0) != std::string_view::npos;
    case Value::Kind::kList:
      for (const Value& each : value->list_value()) {
        if (Equal(each, *wanted)) return true;
      }
      return false;
    case Value::Kind::kMap:
      return wanted->kind() == Value::Kind::kString && value->map_value().Find(wanted->string_value()) != nullptr;
    default:
      return false;
  }
}

Datum Member(const Datum& datum, const Value& key, bool dotted) {
  if (const Scope* const* scope = std::get_if<const Scope*>(&datum)) return ScopeMember(**scope, key, dotted);
  if (const Range* range = std::get_if<Range>(&datum)) return RangeMember(*range, key, dotted);
  const Value* value = ValueIn(datum);
  if (value == nullptr) return Value();
  switch (value->kind()) {
    case Value::Kind::kMap:
      return MapMember(value->map_value(), key, dotted);
    case Value::Kind::kList:
      return ListMember(value->list_value(), key, dotted);
    case Value::Kind::kString:
      if (dotted && key.kind() == Value::Kind::kString && key.string_value() == "size") {
        return Value::Int(CountCharacters(value->string_value()));
      }
      return Value();
    default:
      return Value();
  }
}

const Value* LentMember(const Value& value, const Value& key) {
  if (value.kind() == Value::Kind::kMap && key.kind() == Value::Kind::kString) {
    return value.map_value().Find(key.string_value());
  }
  if (value.kind() != Value::Kind::kList) return nullptr;
  const Datum member = ListMember(value.list_value(), key, true);
  const Value* const* lent = std::get_if<const Value*>(&member);
  return lent == nullptr ? nullptr : *lent;
}

}  // namespace cadenza::liquid
