#include "server/rules/liquid/json.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "server/rules/liquid/datum.h"
#include "server/rules/liquid/escape.h"
#include "storage/base/text.h"

namespace cadenza::liquid {
namespace {

constexpr size_t kMostDepth = 64;
// Looking into a map that is not sorted takes time by its size.
constexpr size_t kMostInOrder = 256;

// The events of nlohmann's parser, made into values.
class Builder {
 public:
  using number_integer_t = nlohmann::json::number_integer_t;
  using number_unsigned_t = nlohmann::json::number_unsigned_t;
  using number_float_t = nlohmann::json::number_float_t;
  using string_t = nlohmann::json::string_t;
  using binary_t = nlohmann::json::binary_t;

  bool null() { return Add(Value()); }
  bool boolean(bool value) { return Add(Value::Bool(value)); }
  bool number_integer(number_integer_t value) { return Add(Value::Int(value)); }
  bool number_unsigned(number_unsigned_t value) {
    return Add(value <= static_cast<number_unsigned_t>(std::numeric_limits<int64_t>::max())
                   ? Value::Int(static_cast<int64_t>(value))
                   : Value::Double(static_cast<double>(value)));
  }
  bool number_float(number_float_t value, const string_t&) { return Add(Value::Double(value)); }
  bool string(string_t& value) { return Add(Value::String(std::move(value))); }
  bool binary(binary_t&) { return false; }

  bool start_object(size_t) { return Open(true); }
  bool start_array(size_t) { return Open(false); }
  bool key(string_t& name) {
    open_.back().entries.emplace_back(std::move(name), Value());
    return true;
  }
  bool end_array() { return Close(); }
  bool end_object() { return Close(); }
  bool parse_error(size_t position, const std::string&, const nlohmann::detail::exception&) {
    error = StrCat("this is not JSON: something is wrong at byte ", position);
    return false;
  }

  Value result;
  std::string error;

 private:
  struct Level {
    bool is_object;
    std::vector<ValueMap::Entry> entries;
    ValueList elements;
  };

  bool Open(bool is_object) {
    if (open_.size() >= kMostDepth) {
      error = StrCat("this JSON is nested deeper than ", kMostDepth);
      return false;
    }
    open_.push_back({is_object, {}, {}});
    return true;
  }

  bool Close() {
    Level level = std::move(open_.back());
    open_.pop_back();
    if (!level.is_object) return Add(Value::List(std::move(level.elements)));
    if (level.entries.size() > kMostInOrder) {
      std::stable_sort(level.entries.begin(), level.entries.end(),
                       [](const auto& a, const auto& b) { return a.first < b.first; });
    }
    return Add(Value::Map(ValueMap::InOrder(std::move(level.entries))));
  }

  bool Add(Value value) {
    if (open_.empty()) {
      result = std::move(value);
    } else if (open_.back().is_object) {
      open_.back().entries.back().second = std::move(value);
    } else {
      open_.back().elements.push_back(std::move(value));
    }
    return true;
  }

  std::vector<Level> open_;
};

void AppendString(std::string_view text, std::string* out) {
  out->push_back('"');
  out->append(EscapeJson(text));
  out->push_back('"');
}

}  // namespace

absl::StatusOr<Value> ParseJson(std::string_view text) {
  Builder builder;
  if (nlohmann::json::sax_parse(text, &builder)) return std::move(builder.result);
  return absl::InvalidArgumentError(builder.error.empty() ? "this is not JSON" : builder.error);
}

void AppendJson(const Value& value, std::string* out) {
  switch (value.kind()) {
    case Value::Kind::kNull:
      out->append("null");
      return;
    case Value::Kind::kString:
      AppendString(value.string_value(), out);
      return;
    case Value::Kind::kTimestamp:
      AppendString(ToText(value), out);
      return;
    case Value::Kind::kDouble:
      out->append(std::isfinite(value.double_value()) ? FormatDouble(value.double_value()) : "null");
      return;
    case Value::Kind::kList: {
      char separator = '[';
      for (const Value& element : value.list_value()) {
        out->push_back(separator);
        AppendJson(element, out);
        separator = ',';
      }
      out->append(separator == '[' ? "[]" : "]");
      return;
    }
    case Value::Kind::kMap: {
      char separator = '{';
      for (const auto& [key, element] : value.map_value()) {
        out->push_back(separator);
        AppendString(key, out);
        out->push_back(':');
        AppendJson(element, out);
        separator = ',';
      }
      out->append(separator == '{' ? "{}" : "}");
      return;
    }
    default:
      AppendText(value, out);
  }
}

}  // namespace cadenza::liquid
