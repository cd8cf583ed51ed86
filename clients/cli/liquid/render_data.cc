#include "clients/cli/liquid/render_data.h"

#include <string>

#include "absl/strings/numbers.h"
#include "server/rules/liquid/json.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::cli {
namespace {

// The first of these names that the map has; null if it has none.
const Value* FindAny(const ValueMap& map, std::initializer_list<std::string_view> names) {
  for (std::string_view name : names) {
    if (const Value* found = map.Find(name)) return found;
  }
  return nullptr;
}

Value Plain(const Value& value);

Value PlainMap(const ValueMap& map) {
  ValueMap plain;
  for (const auto& [key, element] : map) plain.Set(key, Plain(element));
  return Value::Map(std::move(plain));
}

Value PlainList(const ValueList& list) {
  ValueList plain;
  for (const Value& element : list) plain.push_back(Plain(element));
  return Value::List(std::move(plain));
}

// The value under a tag of cadenza.v1.Value in proto JSON ({"int64_value": "7"}); of any other value, itself.
Value Plain(const Value& value) {
  if (value.kind() == Value::Kind::kList) return PlainList(value.list_value());
  if (value.kind() != Value::Kind::kMap) return value;
  const ValueMap& map = value.map_value();
  if (map.size() != 1) return PlainMap(map);
  const auto& [tag, inner] = *map.begin();
  int64_t whole = 0;
  absl::Time time;
  std::string error;
  const bool is_text = inner.kind() == Value::Kind::kString;
  if (tag == "null_value" || tag == "nullValue") return Value();
  if (tag == "bool_value" || tag == "boolValue" || tag == "string_value" || tag == "stringValue" ||
      tag == "double_value" || tag == "doubleValue") {
    return inner;
  }
  if ((tag == "int64_value" || tag == "int64Value") && is_text && absl::SimpleAtoi(inner.string_value(), &whole)) {
    return Value::Int(whole);
  }
  if ((tag == "timestamp_value" || tag == "timestampValue") && is_text &&
      absl::ParseTime(absl::RFC3339_full, inner.string_value(), &time, &error)) {
    return Value::Timestamp(time);
  }
  if (inner.kind() == Value::Kind::kMap && (tag == "list_value" || tag == "listValue")) {
    const Value* values = FindAny(inner.map_value(), {"values"});
    return values != nullptr && values->kind() == Value::Kind::kList ? PlainList(values->list_value())
                                                                     : Value::List({});
  }
  if (inner.kind() == Value::Kind::kMap && (tag == "map_value" || tag == "mapValue")) {
    const Value* fields = FindAny(inner.map_value(), {"entries"});
    return fields != nullptr && fields->kind() == Value::Kind::kMap ? PlainMap(fields->map_value()) : Value::Map({});
  }
  return PlainMap(map);
}

absl::StatusOr<ValueMap> ReadObject(std::string_view what, std::string_view json) {
  if (json.empty()) return ValueMap();
  absl::StatusOr<Value> parsed = liquid::ParseJson(json);
  if (!parsed.ok()) return absl::InvalidArgumentError(StrCat(what, ": ", Std(parsed.status().message())));
  if (parsed->kind() != Value::Kind::kMap) return absl::InvalidArgumentError(StrCat(what, ": must be a JSON object"));
  return parsed->map_value();
}

absl::StatusOr<ValueMap> ReadMember(std::string_view what, const ValueMap& object, std::string_view name) {
  const Value* member = object.Find(name);
  if (member == nullptr || member->is_null()) return ValueMap();
  if (member->kind() != Value::Kind::kMap) {
    return absl::InvalidArgumentError(StrCat(what, ".", name, ": must be a JSON object"));
  }
  return PlainMap(member->map_value()).map_value();
}

Value TimeOf(const Value* text) {
  absl::Time time;
  std::string error;
  if (text == nullptr || text->kind() != Value::Kind::kString) return Value();
  return absl::ParseTime(absl::RFC3339_full, text->string_value(), &time, &error) ? Value::Timestamp(time) : *text;
}

}  // namespace

absl::StatusOr<ValueMap> RenderData(std::string_view profile_json, std::string_view event_json, absl::Time now) {
  CADENZA_ASSIGN_OR_RETURN(const ValueMap profile, ReadObject("profile", profile_json));
  CADENZA_ASSIGN_OR_RETURN(ValueMap event, ReadObject("event", event_json));
  CADENZA_ASSIGN_OR_RETURN(const ValueMap attributes, ReadMember("profile", profile, "attributes"));
  CADENZA_ASSIGN_OR_RETURN(const ValueMap names, ReadMember("profile", profile, "user"));
  ValueMap data;
  ValueMap user = {{"attributes", Value::Map(attributes)}};
  const Value* id = FindAny(profile, {"user_id", "userId", "id"});
  if (id == nullptr) id = FindAny(names, {"user_id", "userId", "anonymous_id", "anonymousId"});
  if (id != nullptr) user.Set("id", *id);
  if (const Value* created = FindAny(profile, {"create_time", "createTime"})) user.Set("created_at", TimeOf(created));
  for (const auto& [name, value] : attributes) data.Set(StrCat("${", name, "}"), value);
  if (id != nullptr) data.Set("${user_id}", *id);
  data.Set("user", Value::Map(std::move(user)));
  data.Set("custom_attribute", Value::Map(attributes));

  const Value event_time = TimeOf(event.Find("time"));
  if (const Value* custom = FindAny(event, {"custom_event", "customEvent"});
      custom != nullptr && custom->kind() == Value::Kind::kMap) {
    event = ValueMap(custom->map_value());
  }
  CADENZA_ASSIGN_OR_RETURN(const ValueMap properties, ReadMember("event", event, "properties"));
  const Value* name = event.Find("name");
  data.Set("event", Value::Map({{"name", name == nullptr ? Value() : *name},
                                {"properties", Value::Map(properties)},
                                {"time", event_time}}));
  data.Set("event_properties", Value::Map(properties));
  data.Set("now", event_time.kind() == Value::Kind::kTimestamp ? event_time : Value::Timestamp(now));
  return data;
}

}  // namespace cadenza::cli
