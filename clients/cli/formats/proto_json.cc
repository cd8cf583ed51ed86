#include "clients/cli/formats/proto_json.h"

#include <yaml-cpp/anchor.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <cerrno>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "google/protobuf/util/json_util.h"
#include "storage/base/text.h"

namespace cadenza::cli {
namespace {

constexpr size_t kMaxFileBytes = 16 << 20;
constexpr int kMaxDepth = 100;

nlohmann::json Scalar(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (node.Tag() == "!") return text;  // quoted
  if (text.empty() || text == "~" || text == "null") return nullptr;
  if (text == "true") return true;
  if (text == "false") return false;
  if (nlohmann::json number = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false); number.is_number()) {
    return number;
  }
  return text;
}

absl::Status At(const YAML::Node& node, std::string_view problem) {
  return absl::InvalidArgumentError(
      StrCat("line ", node.Mark().line + 1, ", column ", node.Mark().column + 1, ": ", problem));
}

absl::StatusOr<nlohmann::json> Convert(const YAML::Node& node, int depth) {
  if (depth > kMaxDepth) return At(node, "nested too deep");
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
      if (!key.IsScalar()) return At(key, "a key must be text");
      if (map.contains(key.Scalar())) return At(key, StrCat("the key \"", key.Scalar(), "\" stands twice"));
      absl::StatusOr<nlohmann::json> value = Convert(entry.second, depth + 1);
      if (!value.ok()) return value;
      map[key.Scalar()] = *std::move(value);
    }
    return map;
  }
  return nlohmann::json(nullptr);
}

// Whether an anchor or an alias begins somewhere in the text, as yaml-cpp's events see it.
class AliasFinder : public YAML::EventHandler {
 public:
  bool found() const { return found_; }
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t anchor) override { Note(anchor); }
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override { found_ = true; }
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t anchor, const std::string&) override {
    Note(anchor);
  }
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Note(anchor);
  }
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    Note(anchor);
  }
  void OnMapEnd() override {}

 private:
  void Note(YAML::anchor_t anchor) { found_ |= anchor != YAML::NullAnchor; }
  bool found_ = false;
};

bool HasAliases(const std::string& yaml) {
  std::istringstream in(yaml);
  YAML::Parser parser(in);
  AliasFinder finder;
  while (parser.HandleNextDocument(finder)) continue;
  return finder.found();
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
  std::vector<std::string> documents;
  try {
    if (HasAliases(yaml)) return absl::InvalidArgumentError("anchors and aliases (&, *) are not allowed");
    for (const YAML::Node& document : YAML::LoadAll(yaml)) {
      if (document.IsNull() || !document.IsDefined()) continue;
      const absl::StatusOr<nlohmann::json> json = Convert(document, 0);
      if (!json.ok()) return json.status();
      documents.push_back(json->dump());
    }
  } catch (const YAML::Exception& e) {
    return absl::InvalidArgumentError(StrCat("line ", e.mark.line + 1, ", column ", e.mark.column + 1, ": ", e.msg));
  } catch (const nlohmann::json::exception&) {
    return absl::InvalidArgumentError("not UTF-8");
  }
  return documents;
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
