#include <nlohmann/json.hpp>
#include <set>

#include "absl/strings/str_join.h"
#include "cadenza/v1/value.pb.h"
#include "clients/cli/formats/field_text.h"
#include "clients/cli/formats/message_yaml.h"
#include "clients/cli/formats/yaml_nodes.h"
#include "google/protobuf/descriptor.h"
#include "storage/base/status_macros.h"
#include "storage/base/suggest.h"
#include "storage/base/text.h"

namespace cadenza::cli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

absl::Status ReadMessage(const YAML::Node& node, int depth, Message* message);

const FieldDescriptor* FindField(const Descriptor& type, const std::string& name) {
  const FieldDescriptor* field = type.FindFieldByName(name);
  return field != nullptr ? field : type.FindFieldByCamelcaseName(name);
}

absl::Status UnknownField(const YAML::Node& key, const Descriptor& type) {
  std::vector<std::string_view> names;
  for (int i = 0; i < type.field_count(); ++i) names.push_back(type.field(i)->name());
  return AtNode(key, StrCat("'", key.Scalar(), "' is no field of ", type.name(), DidYouMean(key.Scalar(), names)));
}

// A plain scalar as what it looks like.
void ReadPlainValue(const YAML::Node& node, v1::Value* value) {
  const std::string& text = node.Scalar();
  const nlohmann::json number = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (IsQuoted(node)) {
    value->set_string_value(text);
  } else if (text == "true" || text == "false") {
    value->set_bool_value(text == "true");
  } else if (number.is_number_integer() && (!number.is_number_unsigned() || number.get<uint64_t>() <= INT64_MAX)) {
    value->set_int64_value(number.get<int64_t>());
  } else if (number.is_number()) {
    value->set_double_value(number.get<double>());
  } else {
    value->set_string_value(text);
  }
}

absl::Status ReadOne(const YAML::Node& node, int depth, const FieldDescriptor& field, Message* message) {
  const Reflection* reflection = message->GetReflection();
  if (IsLeaf(field)) {
    if (!node.IsScalar()) return AtNode(node, StrCat(field.name(), " must be one value"));
    const absl::Status set = SetLeaf(node.Scalar(), field, message);
    return set.ok() ? set : AtNode(node, StrCat(field.name(), ": ", Std(set.message())));
  }
  Message* child =
      field.is_repeated() ? reflection->AddMessage(message, &field) : reflection->MutableMessage(message, &field);
  if (IsValue(field) && node.IsScalar()) {
    ReadPlainValue(node, static_cast<v1::Value*>(child));
    return absl::OkStatus();
  }
  return ReadMessage(node, depth + 1, child);
}

absl::Status ReadList(const YAML::Node& node, int depth, const FieldDescriptor& field, Message* message) {
  if (!node.IsSequence()) return AtNode(node, StrCat(field.name(), " must be a list"));
  for (const YAML::Node& item : node) {
    if (IsNothing(item)) return AtNode(item, StrCat(field.name(), ": an element is empty"));
    CADENZA_RETURN_IF_ERROR(ReadOne(item, depth + 1, field, message));
  }
  return absl::OkStatus();
}

absl::Status ReadEntries(const YAML::Node& node, int depth, const FieldDescriptor& field, Message* message) {
  if (!node.IsMap()) return AtNode(node, StrCat(field.name(), " must be a map"));
  std::set<std::string> keys;
  for (const auto& entry : node) {
    if (!entry.first.IsScalar()) return AtNode(entry.first, "a key must be text");
    if (!keys.insert(entry.first.Scalar()).second) {
      return AtNode(entry.first, StrCat("the key \"", entry.first.Scalar(), "\" stands twice"));
    }
    Message* added = message->GetReflection()->AddMessage(message, &field);
    CADENZA_RETURN_IF_ERROR(ReadOne(entry.first, depth + 1, *field.message_type()->map_key(), added));
    CADENZA_RETURN_IF_ERROR(ReadOne(entry.second, depth + 1, *field.message_type()->map_value(), added));
  }
  return absl::OkStatus();
}

absl::Status ReadField(const YAML::Node& key, const YAML::Node& node, int depth, Message* message) {
  if (!key.IsScalar()) return AtNode(key, "a key must be text");
  const Reflection* reflection = message->GetReflection();
  const FieldDescriptor* field = FindField(*message->GetDescriptor(), key.Scalar());
  if (field == nullptr) return UnknownField(key, *message->GetDescriptor());
  if (const auto* oneof = field->real_containing_oneof(); oneof != nullptr && !IsNothing(node)) {
    if (const FieldDescriptor* other = reflection->GetOneofFieldDescriptor(*message, oneof);
        other != nullptr && other != field) {
      return AtNode(key, StrCat(other->name(), " and ", field->name(), " exclude each other"));
    }
  }
  if (IsNothing(node)) return absl::OkStatus();
  if (field->is_map()) return ReadEntries(node, depth, *field, message);
  if (field->is_repeated()) return ReadList(node, depth, *field, message);
  return ReadOne(node, depth, *field, message);
}

absl::Status ReadMessage(const YAML::Node& node, int depth, Message* message) {
  if (depth > kYamlDepth) return AtNode(node, "nested too deep");
  if (!node.IsMap())
    return AtNode(node, StrCat("a ", message->GetDescriptor()->name(), " must be a map of its fields"));
  std::set<const FieldDescriptor*> seen;
  for (const auto& entry : node) {
    CADENZA_RETURN_IF_ERROR(ReadField(entry.first, entry.second, depth, message));
    if (!seen.insert(FindField(*message->GetDescriptor(), entry.first.Scalar())).second) {
      return AtNode(entry.first, StrCat("the key \"", entry.first.Scalar(), "\" stands twice"));
    }
  }
  return absl::OkStatus();
}

DocumentKeys KeysOf(const YAML::Node& document) {
  DocumentKeys keys;
  if (!document.IsMap()) return keys;
  for (const auto& entry : document) {
    if (entry.first.IsScalar()) keys.push_back(entry.first.Scalar());
  }
  return keys;
}

}  // namespace

absl::Status ReadYaml(const std::string& yaml,
                      const std::function<absl::StatusOr<Message*>(const DocumentKeys&)>& add) {
  CADENZA_ASSIGN_OR_RETURN(const std::vector<YAML::Node> documents, LoadYaml(yaml));
  for (const YAML::Node& document : documents) {
    CADENZA_ASSIGN_OR_RETURN(Message * message, add(KeysOf(document)));
    CADENZA_RETURN_IF_ERROR(ReadMessage(document, 0, message));
  }
  return absl::OkStatus();
}

}  // namespace cadenza::cli
