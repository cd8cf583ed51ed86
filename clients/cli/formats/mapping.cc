#include "clients/cli/formats/mapping.h"

#include <algorithm>
#include <utility>

#include "clients/cli/formats/proto_json.h"
#include "clients/cpp/builders.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::cli {
namespace {

// The entry as text, "" if it is absent.
absl::StatusOr<std::string> Text(const v1::Value& map, const std::string& key) {
  const v1::Value* value = Find(map, key);
  if (value == nullptr) return std::string();
  if (!value->has_string_value()) return absl::InvalidArgumentError(StrCat("mapping: ", key, " must be text"));
  return value->string_value();
}

absl::Status OnlyKnown(const v1::Value& map, const std::string& where, std::initializer_list<std::string_view> known) {
  if (!map.has_map_value()) return absl::InvalidArgumentError(StrCat("mapping: ", where, " must be a map"));
  for (const auto& [key, value] : map.map_value().entries()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      return absl::InvalidArgumentError(StrCat("mapping: unknown field ", where, where.empty() ? "" : ".", key));
    }
  }
  return absl::OkStatus();
}

// A scalar of a record as an id: text, or a number's text. Nothing if it is absent, null or empty.
std::optional<std::string> Id(const ParsedJson& record, const std::string& path) {
  if (path.empty()) return std::nullopt;
  const v1::Value* value = Find(record.value, path);
  if (value == nullptr) return std::nullopt;
  if (value->has_string_value())
    return value->string_value().empty() ? std::nullopt : std::optional(value->string_value());
  const auto number = record.numbers.find(path);
  return number == record.numbers.end() ? std::nullopt : std::optional(number->second);
}

absl::StatusOr<std::string> RequiredId(const ParsedJson& record, const std::string& path) {
  if (std::optional<std::string> id = Id(record, path)) return *std::move(id);
  return absl::InvalidArgumentError(StrCat("the field ", path, " is missing or empty"));
}

}  // namespace

Mapping Mapping::ProtoJson() {
  Mapping mapping;
  mapping.proto_json_ = true;
  return mapping;
}

absl::StatusOr<Mapping> Mapping::Parse(const std::string& yaml) {
  CADENZA_ASSIGN_OR_RETURN(const std::vector<std::string> documents, YamlToJson(yaml));
  if (documents.size() != 1) return absl::InvalidArgumentError("mapping: one YAML document is needed");
  CADENZA_ASSIGN_OR_RETURN(const ParsedJson parsed, ParseJson(documents[0]));
  const v1::Value& root = parsed.value;
  CADENZA_RETURN_IF_ERROR(
      OnlyKnown(root, "", {"time_zone", "event_id", "user_id", "anonymous_id", "event", "time", "events"}));
  Mapping mapping;
  CADENZA_ASSIGN_OR_RETURN(mapping.event_id_, Text(root, "event_id"));
  CADENZA_ASSIGN_OR_RETURN(mapping.user_id_, Text(root, "user_id"));
  CADENZA_ASSIGN_OR_RETURN(mapping.anonymous_id_, Text(root, "anonymous_id"));
  CADENZA_ASSIGN_OR_RETURN(mapping.event_, Text(root, "event"));
  CADENZA_ASSIGN_OR_RETURN(mapping.time_, Text(root, "time"));
  CADENZA_ASSIGN_OR_RETURN(const std::string zone, Text(root, "time_zone"));
  if (mapping.event_id_.empty()) return absl::InvalidArgumentError("mapping: event_id is missing");
  if (mapping.event_.empty()) return absl::InvalidArgumentError("mapping: event is missing");
  if (mapping.user_id_.empty() && mapping.anonymous_id_.empty()) {
    return absl::InvalidArgumentError("mapping: user_id or anonymous_id is needed");
  }
  if (!zone.empty() && !absl::LoadTimeZone(zone, &mapping.zone_)) {
    return absl::InvalidArgumentError(
        StrCat("mapping: unknown time_zone ", zone, " (is the package tzdata installed?)"));
  }
  const v1::Value* events = Find(root, "events");
  if (events == nullptr || events->map_value().entries().empty()) {
    return absl::InvalidArgumentError("mapping: events must name at least one event");
  }
  for (const auto& [name, node] : events->map_value().entries()) {
    CADENZA_ASSIGN_OR_RETURN(mapping.events_[name], ParseEvent(name, node));
  }
  return mapping;
}

absl::StatusOr<Mapping::EventRule> Mapping::ParseEvent(const std::string& name, const v1::Value& node) {
  const std::string where = StrCat("events.", name);
  EventRule rule;
  rule.name = name;
  if (node.kind_case() == v1::Value::kNullValue) return rule;
  CADENZA_RETURN_IF_ERROR(OnlyKnown(node, where, {"name", "properties", "purchase"}));
  CADENZA_ASSIGN_OR_RETURN(const std::string renamed, Text(node, "name"));
  if (!renamed.empty()) rule.name = renamed;
  CADENZA_ASSIGN_OR_RETURN(rule.properties, Text(node, "properties"));
  const v1::Value* purchase = Find(node, "purchase");
  if (purchase == nullptr) return rule;
  CADENZA_RETURN_IF_ERROR(OnlyKnown(*purchase, StrCat(where, ".purchase"),
                                    {"id_suffix", "product_id", "price", "currency", "currency_code", "quantity"}));
  PurchaseRule& made = rule.purchase.emplace();
  CADENZA_ASSIGN_OR_RETURN(const std::string suffix, Text(*purchase, "id_suffix"));
  if (!suffix.empty()) made.id_suffix = suffix;
  CADENZA_ASSIGN_OR_RETURN(made.product_id, Text(*purchase, "product_id"));
  CADENZA_ASSIGN_OR_RETURN(made.price, Text(*purchase, "price"));
  CADENZA_ASSIGN_OR_RETURN(made.currency, Text(*purchase, "currency"));
  CADENZA_ASSIGN_OR_RETURN(made.currency_code, Text(*purchase, "currency_code"));
  CADENZA_ASSIGN_OR_RETURN(made.quantity, Text(*purchase, "quantity"));
  if (made.product_id.empty() || made.price.empty() || (made.currency.empty() == made.currency_code.empty())) {
    return absl::InvalidArgumentError(
        StrCat("mapping: ", where, ".purchase needs product_id, price, and one of currency and currency_code"));
  }
  return rule;
}

absl::Status Mapping::Convert(const std::string& line, std::vector<v1::Input>* inputs) {
  ++counts_.lines;
  if (proto_json_) {
    v1::Input input;
    CADENZA_RETURN_IF_ERROR(FromJson(line, &input));
    inputs->push_back(std::move(input));
    ++counts_.inputs;
    return absl::OkStatus();
  }
  CADENZA_ASSIGN_OR_RETURN(const ParsedJson record, ParseJson(line));
  CADENZA_ASSIGN_OR_RETURN(const std::string event, RequiredId(record, event_));
  const auto rule = events_.find(event);
  if (rule == events_.end()) {
    ++counts_.other_events;
    return absl::OkStatus();
  }
  if (!Id(record, user_id_).has_value() && !Id(record, anonymous_id_).has_value()) {
    ++counts_.without_user;
    return absl::OkStatus();
  }
  CADENZA_ASSIGN_OR_RETURN(v1::Input custom, CustomEvent(record, rule->second));
  std::optional<v1::Input> purchase;
  if (rule->second.purchase.has_value()) {
    CADENZA_ASSIGN_OR_RETURN(purchase, Purchase(record, *rule->second.purchase, custom));
    counts_.negative_prices += !purchase.has_value();
  }
  inputs->push_back(std::move(custom));
  if (purchase.has_value()) inputs->push_back(*std::move(purchase));
  counts_.inputs += purchase.has_value() ? 2 : 1;
  return absl::OkStatus();
}

absl::StatusOr<v1::Input> Mapping::CustomEvent(const ParsedJson& record, const EventRule& rule) const {
  const std::optional<std::string> user_id = Id(record, user_id_);
  v1::Input input = client::Event(
      user_id.has_value() ? client::UserId(*user_id) : client::AnonymousId(*Id(record, anonymous_id_)), rule.name);
  CADENZA_ASSIGN_OR_RETURN(*input.mutable_event_id(), RequiredId(record, event_id_));
  if (!time_.empty()) {
    CADENZA_ASSIGN_OR_RETURN(const absl::Time time, TimeOf(record.value));
    *input.mutable_time() = client::ToProto(time);
  }
  const v1::Value* properties = rule.properties.empty() ? nullptr : Find(record.value, rule.properties);
  if (properties == nullptr) return input;
  if (!properties->has_map_value())
    return absl::InvalidArgumentError(StrCat("the field ", rule.properties, " is no map"));
  *input.mutable_custom_event()->mutable_properties() = properties->map_value().entries();
  return input;
}

absl::StatusOr<std::optional<v1::Input>> Mapping::Purchase(const ParsedJson& record, const PurchaseRule& rule,
                                                           const v1::Input& event) const {
  CADENZA_ASSIGN_OR_RETURN(const std::string product_id, RequiredId(record, rule.product_id));
  std::string currency = rule.currency_code;
  if (currency.empty()) {
    CADENZA_ASSIGN_OR_RETURN(currency, RequiredId(record, rule.currency));
  }
  CADENZA_ASSIGN_OR_RETURN(const std::string text, RequiredId(record, rule.price));
  CADENZA_ASSIGN_OR_RETURN(v1::Money price, client::ParseMoney(text, currency));
  if (price.units() < 0 || price.nanos() < 0) return std::optional<v1::Input>();
  int64_t quantity = 1;
  if (!rule.quantity.empty()) {
    const v1::Value* value = Find(record.value, rule.quantity);
    if (value == nullptr || !value->has_int64_value() || value->int64_value() < 1 || value->int64_value() > INT32_MAX) {
      return absl::InvalidArgumentError(StrCat("the field ", rule.quantity, " is no number of pieces"));
    }
    quantity = value->int64_value();
  }
  v1::Input input = client::Purchase(event.user(), product_id, std::move(price), static_cast<int32_t>(quantity));
  input.set_event_id(StrCat(event.event_id(), rule.id_suffix));
  if (event.has_time()) *input.mutable_time() = event.time();
  return std::optional<v1::Input>(std::move(input));
}

absl::StatusOr<absl::Time> Mapping::TimeOf(const v1::Value& record) const {
  const v1::Value* value = Find(record, time_);
  if (value == nullptr) return absl::InvalidArgumentError(StrCat("the field ", time_, " is missing"));
  if (value->has_int64_value()) return absl::FromUnixSeconds(value->int64_value());
  absl::Time time;
  std::string error;
  const std::string& text = value->string_value();
  if (absl::ParseTime(absl::RFC3339_full, text, &time, &error) ||
      absl::ParseTime("%Y-%m-%dT%H:%M:%E*S", text, zone_, &time, &error) ||
      absl::ParseTime("%Y-%m-%d %H:%M:%E*S", text, zone_, &time, &error)) {
    return time;
  }
  return absl::InvalidArgumentError(StrCat("the field ", time_, " is no time: ", error));
}

}  // namespace cadenza::cli
