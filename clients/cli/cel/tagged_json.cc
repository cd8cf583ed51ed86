#include "clients/cli/cel/tagged_json.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "server/rules/cel/containers.h"
#include "server/rules/cel/format.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::cli {
namespace {

using Json = nlohmann::json;
using cel::Type;
using cel::Value;
using Kind = cel::Value::Kind;

// Of a value in an error.
constexpr size_t kShownBytes = 60;

// Never what is inside of arrays and objects: printing them recurses.
std::string Shown(const Json& json) {
  if (json.is_structured()) return json.is_array() ? "an array" : "an object";
  std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() > kShownBytes) {
    size_t end = kShownBytes;
    while (end > 0 && (static_cast<uint8_t>(text[end]) & 0xC0) == 0x80) --end;
    text = text.substr(0, end) + "…";
  }
  return text;
}

absl::Status Wrong(std::string_view tag, const Json& json, std::string_view form) {
  return absl::InvalidArgumentError(StrCat("\"", tag, "\" takes ", form, ", and has ", Shown(json)));
}

template <typename T>
absl::StatusOr<T> Integer(std::string_view tag, const Json& json) {
  if (!json.is_string()) return Wrong(tag, json, "a number as a string");
  const auto& text = json.get_ref<const std::string&>();
  T value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return Wrong(tag, json, "a number as a string");
  return value;
}

absl::StatusOr<double> Double(const Json& json) {
  if (json.is_number()) return json.get<double>();
  if (json == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (json == "Infinity") return std::numeric_limits<double>::infinity();
  if (json == "-Infinity") return -std::numeric_limits<double>::infinity();
  const std::optional<double> value =
      json.is_string() ? cel::ParseDouble(json.get_ref<const std::string&>()) : std::nullopt;
  if (!value) return Wrong("double", json, "a number, \"NaN\", \"Infinity\" or \"-Infinity\"");
  return *value;
}

absl::StatusOr<Value> FromTagged(const Json& tagged, int nesting);

absl::StatusOr<Value> List(const Json& json, int nesting) {
  if (!json.is_array()) return Wrong("list", json, "an array");
  std::vector<Value> elements;
  for (const Json& element : json) {
    CADENZA_ASSIGN_OR_RETURN(Value value, FromTagged(element, nesting + 1));
    elements.push_back(std::move(value));
  }
  return Value::List(std::move(elements));
}

absl::StatusOr<Value> Map(const Json& json, int nesting) {
  if (!json.is_array()) return Wrong("map", json, "an array of [key, value]");
  std::vector<std::pair<Value, Value>> entries;
  for (const Json& entry : json) {
    if (!entry.is_array() || entry.size() != 2) return Wrong("map", entry, "an array of [key, value]");
    CADENZA_ASSIGN_OR_RETURN(Value key, FromTagged(entry[0], nesting + 1));
    CADENZA_ASSIGN_OR_RETURN(Value value, FromTagged(entry[1], nesting + 1));
    entries.emplace_back(std::move(key), std::move(value));
  }
  Value map = cel::MakeMap(std::move(entries));
  if (map.is_error()) return absl::InvalidArgumentError(map.error_text());
  return map;
}

// Those that are written as a string.
absl::StatusOr<Value> Text(std::string_view tag, const Json& json) {
  if (!json.is_string()) return Wrong(tag, json, "a string");
  const auto& text = json.get_ref<const std::string&>();
  if (tag == "string") return Value::String(text);
  if (tag == "type") return Value::Type(text);
  if (tag == "bytes") {
    std::string bytes;
    if (!absl::Base64Unescape(text, &bytes)) return Wrong(tag, json, "base64");
    return Value::MakeBytes(std::move(bytes));
  }
  if (tag == "timestamp") {
    const std::optional<absl::Time> time = cel::ParseTimestamp(text);
    return time ? absl::StatusOr<Value>(Value::Timestamp(*time)) : Wrong(tag, json, "a time as in RFC 3339");
  }
  const std::optional<absl::Duration> duration = cel::ParseDuration(text);
  return duration ? absl::StatusOr<Value>(Value::Duration(*duration)) : Wrong(tag, json, "a duration as in \"1.5s\"");
}

absl::StatusOr<Value> FromTagged(const Json& tagged, int nesting) {
  if (nesting > kMaxNesting)
    return absl::InvalidArgumentError(StrCat("a value nests more than ", kMaxNesting, " deep"));
  if (!tagged.is_object() || tagged.size() != 1) {
    return absl::InvalidArgumentError(StrCat("a value is one tag, as in {\"int\":\"1\"}, and not ", Shown(tagged)));
  }
  const std::string& tag = tagged.begin().key();
  const Json& json = tagged.begin().value();
  if (tag == "null") return Value::Null();
  if (tag == "bool")
    return json.is_boolean() ? absl::StatusOr<Value>(Value::Bool(json.get<bool>())) : Wrong(tag, json, "true or false");
  if (tag == "int") {
    CADENZA_ASSIGN_OR_RETURN(const int64_t value, Integer<int64_t>(tag, json));
    return Value::Int(value);
  }
  if (tag == "uint") {
    CADENZA_ASSIGN_OR_RETURN(const uint64_t value, Integer<uint64_t>(tag, json));
    return Value::Uint(value);
  }
  if (tag == "double") {
    CADENZA_ASSIGN_OR_RETURN(const double value, Double(json));
    return Value::Double(value);
  }
  if (tag == "list") return List(json, nesting);
  if (tag == "map") return Map(json, nesting);
  if (tag == "optional") {
    if (json.is_null()) return Value::OptionalNone();
    CADENZA_ASSIGN_OR_RETURN(Value value, FromTagged(json, nesting + 1));
    return Value::Optional(std::move(value));
  }
  for (const char* text : {"string", "bytes", "type", "timestamp", "duration"}) {
    if (tag == text) return Text(tag, json);
  }
  return absl::InvalidArgumentError(StrCat("there is no kind of value \"", tag, "\""));
}

Json DoubleJson(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return value;
}

// "list", or "list(int, …)"'s parts.
class TypeParser {
 public:
  explicit TypeParser(std::string_view text) : rest_(text) {}

  absl::StatusOr<Type> Run() {
    CADENZA_ASSIGN_OR_RETURN(Type type, Parse(0));
    SkipSpace();
    if (!rest_.empty()) return Malformed();
    return type;
  }

 private:
  absl::Status Malformed() const { return absl::InvalidArgumentError(StrCat("a type ends in '", rest_, "'")); }
  void SkipSpace() {
    while (rest_.starts_with(' ')) rest_.remove_prefix(1);
  }

  absl::StatusOr<Type> Parse(int nesting) {
    if (nesting > kMaxNesting)
      return absl::InvalidArgumentError(StrCat("a type nests more than ", kMaxNesting, " deep"));
    SkipSpace();
    size_t end = 0;
    while (end < rest_.size() && (absl::ascii_isalnum(rest_[end]) || rest_[end] == '_' || rest_[end] == '.')) ++end;
    if (end == 0) return Malformed();
    const std::string_view name = rest_.substr(0, end);
    rest_.remove_prefix(end);
    std::vector<Type> parameters;
    SkipSpace();
    if (rest_.starts_with('(')) {
      do {
        rest_.remove_prefix(1);
        CADENZA_ASSIGN_OR_RETURN(Type parameter, Parse(nesting + 1));
        parameters.push_back(std::move(parameter));
        SkipSpace();
      } while (rest_.starts_with(','));
      if (!rest_.starts_with(')')) return Malformed();
      rest_.remove_prefix(1);
    }
    return Make(name, std::move(parameters));
  }

  static absl::StatusOr<Type> Make(std::string_view name, std::vector<Type> parameters) {
    const auto takes = [&](size_t count) { return parameters.empty() || parameters.size() == count; };
    const auto inside = [&](size_t i) { return parameters.empty() ? Type::Dyn() : parameters[i]; };
    if (name == "list" && takes(1)) return Type::List(inside(0));
    if (name == "map" && takes(2)) return Type::Map(inside(0), inside(1));
    if ((name == "optional_type" || name == "optional") && takes(1)) return Type::Optional(inside(0));
    if (name == "type" && takes(1)) return Type::OfType();
    if (name == "wrapper" && takes(1)) return Type::Dyn();
    if (!parameters.empty()) return absl::InvalidArgumentError(StrCat("the type ", name, " has no such parameters"));
    return Plain(name);
  }

  static Type Plain(std::string_view name) {
    if (name == "bool") return Type::Bool();
    if (name == "int" || name == "int64") return Type::Int();
    if (name == "uint" || name == "uint64") return Type::Uint();
    if (name == "double") return Type::Double();
    if (name == "string") return Type::String();
    if (name == "bytes") return Type::Bytes();
    if (name == "null" || name == "null_type") return Type::Null();
    if (name == "timestamp" || name == "google.protobuf.Timestamp") return Type::Timestamp();
    if (name == "duration" || name == "google.protobuf.Duration") return Type::Duration();
    if (name == "google.protobuf.Struct") return Type::Map(Type::String(), Type::Dyn());
    if (name == "google.protobuf.ListValue") return Type::List(Type::Dyn());
    const bool any = name == "dyn" || name == "any" || name == "google.protobuf.Any" ||
                     (name.starts_with("google.protobuf.") && name.ends_with("Value"));
    return any ? Type::Dyn() : Type::Object(std::string(name));
  }

  std::string_view rest_;
};

absl::StatusOr<Json> ToTagged(const Value& value, int nesting);

absl::StatusOr<Json> ListJson(const cel::ListInterface& list, int nesting) {
  Json elements = Json::array();
  for (size_t i = 0; i < list.size(); ++i) {
    CADENZA_ASSIGN_OR_RETURN(Json element, ToTagged(list.at(i), nesting + 1));
    elements.push_back(std::move(element));
  }
  return elements;
}

absl::StatusOr<Json> MapJson(const cel::MapInterface& map, int nesting) {
  Json entries = Json::array();
  for (const Value& key : map.Keys()) {
    CADENZA_ASSIGN_OR_RETURN(Json key_json, ToTagged(key, nesting + 1));
    CADENZA_ASSIGN_OR_RETURN(Json value_json, ToTagged(map.Find(key).value_or(Value::Null()), nesting + 1));
    entries.push_back(Json::array({std::move(key_json), std::move(value_json)}));
  }
  return entries;
}

// What stands under the tag.
absl::StatusOr<Json> Content(const Value& value, int nesting) {
  switch (value.kind()) {
    case Kind::kNull:
      return true;
    case Kind::kBool:
      return value.bool_value();
    case Kind::kInt:
      return StrCat(value.int_value());
    case Kind::kUint:
      return StrCat(value.uint_value());
    case Kind::kDouble:
      return DoubleJson(value.double_value());
    case Kind::kString:
      return value.string_value();
    case Kind::kBytes:
      return absl::Base64Escape(value.bytes_value());
    case Kind::kTimestamp:
      return cel::TimestampText(value.timestamp_value());
    case Kind::kDuration:
      return cel::DurationText(value.duration_value());
    case Kind::kType:
      return value.type_value();
    case Kind::kList:
      return ListJson(value.list_value(), nesting);
    case Kind::kMap:
      return MapJson(value.map_value(), nesting);
    case Kind::kOptional:
      if (value.optional_value() == nullptr) return Json();
      return ToTagged(*value.optional_value(), nesting + 1);
    case Kind::kError:
      break;
  }
  return absl::InvalidArgumentError(value.error_text());
}

std::string_view TagOf(Kind kind) {
  switch (kind) {
    case Kind::kNull:
      return "null";
    case Kind::kTimestamp:
      return "timestamp";
    case Kind::kDuration:
      return "duration";
    case Kind::kOptional:
      return "optional";
    default:
      return cel::KindName(kind);
  }
}

absl::StatusOr<Json> ToTagged(const Value& value, int nesting) {
  if (nesting > kMaxNesting)
    return absl::InvalidArgumentError(StrCat("the value nests more than ", kMaxNesting, " deep"));
  CADENZA_ASSIGN_OR_RETURN(Json content, Content(value, nesting));
  Json tagged = Json::object();
  tagged[std::string(TagOf(value.kind()))] = std::move(content);
  return tagged;
}

}  // namespace

absl::StatusOr<cel::Value> ValueFromTagged(const nlohmann::json& tagged) { return FromTagged(tagged, 0); }

absl::StatusOr<nlohmann::json> TaggedFromValue(const cel::Value& value) { return ToTagged(value, 0); }

absl::StatusOr<cel::Type> TypeFromName(std::string_view name) { return TypeParser(name).Run(); }

}  // namespace cadenza::cli
