#include "server/rules/cel/string_format.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_format.h"
#include "server/rules/cel/format.h"
#include "server/rules/cel/text.h"
#include "server/rules/cel/utf8.h"

namespace cadenza::cel {
namespace {

using Kind = Value::Kind;

constexpr int kDefaultPrecision = 6;
// Values nest as deep as the data they come from: beyond this it is no text for people.
constexpr int kMaxNesting = 64;

std::string PlainDouble(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  // The longest: 309 digits before the point, or 17 after many zeros.
  std::array<char, 1100> buffer;
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed);
  return std::string(buffer.data(), result.ptr);
}

// One call of format().
class Formatter {
 public:
  Formatter(std::string_view format, const ListInterface& arguments, CallContext& context)
      : rest_(format), arguments_(arguments), context_(context) {}

  Value Run() {
    while (!rest_.empty() && error_.empty()) {
      const size_t percent = std::min(rest_.find('%'), rest_.size());
      Append(rest_.substr(0, percent));
      rest_.remove_prefix(percent);
      if (!rest_.empty()) Clause();
    }
    if (context_.cost.exhausted()) return CostExceeded();
    return error_.empty() ? Value::String(std::move(out_)) : Value::Error(std::move(error_));
  }

 private:
  void Append(std::string_view text) {
    if (Charge(static_cast<int64_t>(text.size() / 16))) out_ += text;
  }
  bool Charge(int64_t units) {
    if (!context_.cost.Charge(units)) Fail("the evaluation exceeded its cost limit");
    return error_.empty();
  }
  void Fail(std::string message) {
    if (error_.empty()) error_ = std::move(message);
  }
  void Wrong(std::string_view clause, std::string_view takes, const Value& value) {
    Fail(Cat("format: %", clause, " takes ", takes, ", and was given a ", KindName(value.kind())));
  }

  // What begins with a '%'.
  void Clause() {
    rest_.remove_prefix(1);
    if (rest_.starts_with('%')) {
      rest_.remove_prefix(1);
      return Append("%");
    }
    const std::optional<int> precision = Precision();
    if (!error_.empty()) return;
    const size_t bytes = rest_.empty() ? 0 : CodePointBytes(rest_);
    const std::string_view clause = rest_.substr(0, bytes);
    rest_.remove_prefix(bytes);
    const bool known = clause.size() == 1 && std::string_view("sdfeboxX").find(clause) != std::string_view::npos;
    if (!known) return Fail(Cat("format: there is no clause %", clause));
    if (precision && clause != "f" && clause != "e") return Fail(Cat("format: %", clause, " takes no precision"));
    if (next_ == arguments_.size()) return Fail(Cat("format: index ", next_, " is outside the list of values"));
    if (Charge(1)) Fill(clause[0], precision.value_or(kDefaultPrecision), arguments_.at(next_++));
  }

  // ".3"
  std::optional<int> Precision() {
    if (!rest_.starts_with('.')) return std::nullopt;
    rest_.remove_prefix(1);
    int precision = 0;
    size_t digits = 0;
    for (; digits < rest_.size() && absl::ascii_isdigit(rest_[digits]); ++digits) {
      precision = std::min(precision * 10 + (rest_[digits] - '0'), kMaxPrecision + 1);
    }
    rest_.remove_prefix(digits);
    if (digits == 0) Fail("format: a precision needs a digit after the point");
    if (precision > kMaxPrecision) Fail(Cat("format: the largest precision is ", kMaxPrecision));
    return precision;
  }

  void Fill(char clause, int precision, const Value& value) {
    switch (clause) {
      case 's':
        return Text(value, 0);
      case 'd':
        return Decimal(value);
      case 'f':
      case 'e':
        return Real(clause, precision, value);
      case 'b':
        if (value.kind() == Kind::kBool) return Append(value.bool_value() ? "1" : "0");
        return Integer(clause, 2, "an integer or a bool", value);
      case 'o':
        return Integer(clause, 8, "an integer", value);
      default:
        return Hexadecimal(clause == 'X', value);
    }
  }

  void Decimal(const Value& value) {
    if (value.kind() == Kind::kDouble) return Append(PlainDouble(value.double_value()));
    Integer('d', 10, "a number", value);
  }

  void Real(char clause, int precision, const Value& value) {
    double number = 0;
    if (value.kind() == Kind::kDouble) {
      number = value.double_value();
    } else if (value.kind() == Kind::kInt) {
      number = static_cast<double>(value.int_value());
    } else if (value.kind() == Kind::kUint) {
      number = static_cast<double>(value.uint_value());
    } else {
      return Wrong(std::string_view(&clause, 1), "a number", value);
    }
    if (!std::isfinite(number)) return Append(PlainDouble(number));
    Append(clause == 'f' ? absl::StrFormat("%.*f", precision, number) : absl::StrFormat("%.*e", precision, number));
  }

  void Integer(char clause, int base, std::string_view takes, const Value& value, bool upper = false) {
    std::array<char, 66> buffer;
    char* const begin = buffer.data();
    char* const limit = begin + buffer.size();
    std::to_chars_result result{};
    if (value.kind() == Kind::kInt) {
      result = std::to_chars(begin, limit, value.int_value(), base);
    } else if (value.kind() == Kind::kUint) {
      result = std::to_chars(begin, limit, value.uint_value(), base);
    } else {
      return Wrong(std::string_view(&clause, 1), takes, value);
    }
    const std::string_view text(begin, static_cast<size_t>(result.ptr - begin));
    Append(upper ? absl::AsciiStrToUpper(Absl(text)) : std::string(text));
  }

  void Hexadecimal(bool upper, const Value& value) {
    if (value.kind() != Kind::kString && value.kind() != Kind::kBytes) {
      return Integer(upper ? 'X' : 'x', 16, "an integer, a string or bytes", value, upper);
    }
    const std::string& bytes = value.kind() == Kind::kString ? value.string_value() : value.bytes_value();
    if (!Charge(static_cast<int64_t>(bytes.size() / 16))) return;
    const std::string text = absl::BytesToHexString(bytes);
    Append(upper ? absl::AsciiStrToUpper(text) : text);
  }

  void Text(const Value& value, int nesting) {
    if (nesting > kMaxNesting) return Fail(Cat("format: a value is nested more than ", kMaxNesting, " deep"));
    if (!Charge(1)) return;
    switch (value.kind()) {
      case Kind::kNull:
        return Append("null");
      case Kind::kBool:
        return Append(value.bool_value() ? "true" : "false");
      case Kind::kInt:
      case Kind::kUint:
      case Kind::kDouble:
        return Decimal(value);
      case Kind::kString:
        return Append(value.string_value());
      case Kind::kBytes:
        if (Charge(static_cast<int64_t>(value.bytes_value().size() / 16))) Append(ToValidUtf8(value.bytes_value()));
        return;
      case Kind::kTimestamp:
        return Append(TimestampText(value.timestamp_value()));
      case Kind::kDuration:
        return Append(DurationText(value.duration_value()));
      case Kind::kType:
        return Append(value.type_value());
      case Kind::kList:
        return ListText(value.list_value(), nesting);
      case Kind::kMap:
        return MapText(value.map_value(), nesting);
      case Kind::kOptional:
      case Kind::kError:
        return Wrong("s", "no such value", value);
    }
  }

  void ListText(const ListInterface& list, int nesting) {
    Append("[");
    for (size_t i = 0; i < list.size() && error_.empty(); ++i) {
      if (i > 0) Append(", ");
      Text(list.at(i), nesting + 1);
    }
    Append("]");
  }

  // In the order of the keys as texts.
  void MapText(const MapInterface& map, int nesting) {
    if (!Charge(static_cast<int64_t>(map.size()))) return;
    std::vector<std::pair<std::string, Value>> keys;
    for (Value& key : map.Keys()) {
      std::string before = std::exchange(out_, "");
      Text(key, nesting + 1);
      keys.emplace_back(std::exchange(out_, std::move(before)), std::move(key));
    }
    std::sort(keys.begin(), keys.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    Append("{");
    bool first = true;
    for (const auto& [text, key] : keys) {
      if (!error_.empty()) return;
      Append(first ? "" : ", ");
      first = false;
      Append(text);
      Append(": ");
      Text(map.Find(key).value_or(Value::Null()), nesting + 1);
    }
    Append("}");
  }

  std::string_view rest_;
  const ListInterface& arguments_;
  CallContext& context_;
  size_t next_ = 0;
  std::string out_;
  std::string error_;
};

}  // namespace

Value FormatString(std::string_view format, const ListInterface& arguments, CallContext& context) {
  if (!context.cost.ChargeBytes(format.size())) return CostExceeded();
  return Formatter(format, arguments, context).Run();
}

}  // namespace cadenza::cel
