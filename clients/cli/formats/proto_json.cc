#include "clients/cli/formats/proto_json.h"

#include <cerrno>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "clients/cli/formats/yaml_nodes.h"
#include "google/protobuf/util/json_util.h"
#include "storage/base/text.h"

namespace cadenza::cli {
namespace {

constexpr size_t kMaxFileBytes = 16 << 20;

nlohmann::json Scalar(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (IsQuoted(node)) return text;
  if (IsNothing(node)) return nullptr;
  if (text == "true") return true;
  if (text == "false") return false;
  if (nlohmann::json number = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false); number.is_number()) {
    return number;
  }
  return text;
}

absl::StatusOr<nlohmann::json> Convert(const YAML::Node& node, int depth) {
  if (depth > kYamlDepth) return AtNode(node, "nested too deep");
  if (node.IsScalar()) return Scalar(node);
  if (node.IsSequence()) {
    nlohmann::json list = nlohmann::json::array();
    for (const YAML::Node& item : node) {
      absl::StatusOr<nlohmann::json> value = Convert(item, depth + 1);
      if (!value.ok()) return value;
      list.push_back(*std::move(value));
    }
    return list;
  }
  if (node.IsMap()) {
    nlohmann::json map = nlohmann::json::object();
    for (const auto& entry : node) {
      const YAML::Node& key = entry.first;
      if (!key.IsScalar()) return AtNode(key, "a key must be text");
      if (map.contains(key.Scalar())) return AtNode(key, StrCat("the key \"", key.Scalar(), "\" stands twice"));
      absl::StatusOr<nlohmann::json> value = Convert(entry.second, depth + 1);
      if (!value.ok()) return value;
      map[key.Scalar()] = *std::move(value);
    }
    return map;
  }
  return nlohmann::json(nullptr);
}

}  // namespace

std::string ToJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json, options);
  return status.ok() ? json : StrCat("{\"error\":\"", status.ToString(), "\"}");
}

absl::Status FromJson(std::string_view json, google::protobuf::Message* message) {
  const auto status = google::protobuf::util::JsonStringToMessage({json.data(), json.size()}, message);
  if (status.ok()) return absl::OkStatus();
  return absl::InvalidArgumentError(std::string(status.message().data(), status.message().size()));
}

absl::StatusOr<std::vector<std::string>> YamlToJson(const std::string& yaml) {
  const absl::StatusOr<std::vector<YAML::Node>> documents = LoadYaml(yaml);
  if (!documents.ok()) return documents.status();
  std::vector<std::string> texts;
  try {
    for (const YAML::Node& document : *documents) {
      const absl::StatusOr<nlohmann::json> json = Convert(document, 0);
      if (!json.ok()) return json.status();
      texts.push_back(json->dump());
    }
  } catch (const nlohmann::json::exception&) {
    return absl::InvalidArgumentError("not UTF-8");
  }
  return texts;
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file;
  if (path != "-") {
    errno = 0;
    file.open(path, std::ios::binary);
    if (!file) return absl::ErrnoToStatus(errno == 0 ? ENOENT : errno, path);
  }
  std::istream& in = path == "-" ? std::cin : file;
  std::string content;
  std::vector<char> chunk(64 << 10);
  while (in.read(chunk.data(), static_cast<std::streamsize>(chunk.size())) || in.gcount() > 0) {
    content.append(chunk.data(), static_cast<size_t>(in.gcount()));
    if (content.size() > kMaxFileBytes)
      return absl::ResourceExhaustedError(StrCat(path, ": larger than ", kMaxFileBytes, " bytes"));
  }
  return content;
}

}  // namespace cadenza::cli
