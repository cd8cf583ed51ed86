#include "clients/cli/formats/plain_facts.h"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/status/status.h"
#include "storage/base/status_macros.h"

namespace cadenza::cli {
namespace {

using Json = nlohmann::json;

// The fields of cadenza.v1.Value, in both spellings of proto JSON.
constexpr std::array<std::string_view, 16> kTags = {"null_value",   "nullValue",   "bool_value",      "boolValue",
                                                    "int64_value",  "int64Value",  "double_value",    "doubleValue",
                                                    "list_value",   "listValue",   "timestamp_value", "timestampValue",
                                                    "string_value", "stringValue", "map_value",       "mapValue"};

bool IsTagged(const Json& json) {
  if (!json.is_object() || json.size() != 1) return false;
  for (std::string_view tag : kTags) {
    if (json.begin().key() == tag) return true;
  }
  return false;
}

// Not deeper than the parser allowed (kDepth).
Json Tagged(const Json& json) {
  if (IsTagged(json)) return json;
  switch (json.type()) {
    case Json::value_t::null:
      return {{"null_value", "NULL_VALUE_UNSPECIFIED"}};
    case Json::value_t::boolean:
      return {{"bool_value", json}};
    case Json::value_t::number_integer:
      return {{"int64_value", std::to_string(json.get<int64_t>())}};
    case Json::value_t::number_unsigned:
      if (json.get<uint64_t>() > uint64_t{INT64_MAX}) return {{"double_value", json.get<double>()}};
      return {{"int64_value", std::to_string(json.get<uint64_t>())}};
    case Json::value_t::number_float:
      return {{"double_value", json}};
    case Json::value_t::array: {
      Json values = Json::array();
      for (const Json& element : json) values.push_back(Tagged(element));
      return {{"list_value", {{"values", std::move(values)}}}};
    }
    case Json::value_t::object: {
      Json entries = Json::object();
      for (const auto& [key, value] : json.items()) entries[key] = Tagged(value);
      return {{"map_value", {{"entries", std::move(entries)}}}};
    }
    default:
      return {{"string_value", json}};
  }
}

void TagValues(Json* map) {
  if (!map->is_object()) return;  // whoever reads it says what is wrong
  for (auto& [key, value] : map->items()) value = Tagged(value);
}

constexpr int kDepth = 100;

absl::StatusOr<Json> ParseObject(std::string_view text) {
  bool too_deep = false;
  const auto watch = [&too_deep](int depth, Json::parse_event_t, Json&) {
    too_deep = too_deep || depth > kDepth;
    return !too_deep;
  };
  Json json = Json::parse(text, watch, /*allow_exceptions=*/false);
  if (too_deep) return absl::InvalidArgumentError("is nested deeper than 100");
  if (json.is_discarded()) return absl::InvalidArgumentError("is not JSON");
  if (!json.is_object()) return absl::InvalidArgumentError("must be a JSON object");
  return json;
}

// Takes `name` out of the object; null if it is not there.
Json Take(Json* object, const char* name) {
  Json taken;
  if (const auto found = object->find(name); found != object->end()) {
    taken = std::move(*found);
    object->erase(found);
  }
  return taken;
}

std::string Dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

absl::StatusOr<std::string> PlainProfileToJson(std::string_view text) {
  CADENZA_ASSIGN_OR_RETURN(Json profile, ParseObject(text));
  if (Json id = Take(&profile, "user_id"); !id.is_null()) profile["user"] = {{"user_id", std::move(id)}};
  if (profile.contains("attributes")) TagValues(&profile["attributes"]);
  return Dump(profile);
}

absl::StatusOr<std::string> PlainEventToJson(std::string_view text) {
  CADENZA_ASSIGN_OR_RETURN(Json event, ParseObject(text));
  if (Json name = Take(&event, "name"); !name.is_null()) {
    Json custom = {{"name", std::move(name)}};
    if (Json properties = Take(&event, "properties"); !properties.is_null()) {
      custom["properties"] = std::move(properties);
    }
    event["custom_event"] = std::move(custom);
  }
  if (Json id = Take(&event, "user_id"); !id.is_null()) event["user"] = {{"user_id", std::move(id)}};
  if (!event.contains("user")) event["user"] = {{"user_id", "somebody"}};
  if (!event.contains("event_id") && !event.contains("eventId")) event["event_id"] = "event";
  for (const char* kind : {"custom_event", "customEvent", "purchase"}) {
    if (const auto payload = event.find(kind); payload != event.end() && payload->contains("properties")) {
      TagValues(&(*payload)["properties"]);
    }
  }
  return Dump(event);
}

}  // namespace cadenza::cli
