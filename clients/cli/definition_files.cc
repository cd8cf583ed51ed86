#include "clients/cli/definition_files.h"

#include <algorithm>
#include <deque>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "clients/cli/command.h"
#include "clients/cli/formats/message_yaml.h"
#include "clients/cli/formats/plan_entry.h"
#include "clients/cli/formats/proto_json.h"
#include "storage/base/status_macros.h"
#include "storage/base/suggest.h"
#include "storage/base/text.h"

namespace cadenza::cli {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxFiles = 10'000;  // in a folder

absl::StatusOr<std::vector<std::string>> FilesOf(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with('.')) {
      if (entry->is_directory(error)) entry.disable_recursion_pending();
      continue;
    }
    const std::string extension = entry->path().extension().string();
    if (entry->is_regular_file(error) && (extension == ".yaml" || extension == ".yml")) {
      files.push_back(entry->path().string());
      if (files.size() > kMaxFiles) return absl::ResourceExhaustedError(StrCat(folder, ": over ", kMaxFiles, " files"));
    }
  }
  if (error) return absl::ErrnoToStatus(error.value(), folder);
  if (files.empty()) return absl::InvalidArgumentError(StrCat(folder, ": has no file *.yaml or *.yml"));
  std::sort(files.begin(), files.end());
  return files;
}

// The key that says which kind a document is of.
constexpr std::string_view kIdKeys[] = {"campaign_id", "segment_id", "content_block_id"};

bool HasKey(const DocumentKeys& keys, std::string_view name, std::string_view camel_name) {
  return std::any_of(keys.begin(), keys.end(),
                     [&](const std::string& key) { return key == name || key == camel_name; });
}

// Empty, of the kind that the document is of.
absl::StatusOr<Definition> DefinitionFor(const DocumentKeys& keys, bool may_be_settings) {
  if (HasKey(keys, kIdKeys[0], "campaignId")) return v1::Campaign();
  if (HasKey(keys, kIdKeys[1], "segmentId")) return v1::Segment();
  if (HasKey(keys, kIdKeys[2], "contentBlockId")) return v1::ContentBlock();
  if (may_be_settings) return v1::WorkspaceSettings();
  std::string meant;
  for (const std::string& key : keys) {
    if (meant.empty()) meant = DidYouMean(key, {kIdKeys[0], kIdKeys[1], kIdKeys[2]});
  }
  return absl::InvalidArgumentError(
      StrCat("campaign_id, segment_id or content_block_id is missing, which say what it is (settings of the workspace "
             "are a file named settings.yaml)",
             meant));
}

struct IdVisitor {
  const std::string& operator()(const v1::Campaign& campaign) const { return campaign.campaign_id(); }
  const std::string& operator()(const v1::Segment& segment) const { return segment.segment_id(); }
  const std::string& operator()(const v1::ContentBlock& block) const { return block.content_block_id(); }
  const std::string& operator()(const v1::WorkspaceSettings&) const {
    static const auto* settings = new std::string("settings");
    return *settings;
  }
};

const std::string& IdOf(const Definition& definition) { return std::visit(IdVisitor(), definition); }

// Its kind and its id.
using Key = std::pair<size_t, std::string>;
Key KeyOf(const Definition& definition) { return {definition.index(), IdOf(definition)}; }

absl::StatusOr<std::vector<DefinitionFile>> ReadOne(const std::string& path) {
  CADENZA_ASSIGN_OR_RETURN(const std::string content, ReadFile(path));
  const bool may_be_settings = fs::path(path).stem() == "settings";
  std::deque<Definition> read;  // stays where it is
  const absl::Status status =
      ReadYaml(content, [&](const DocumentKeys& keys) -> absl::StatusOr<google::protobuf::Message*> {
        CADENZA_ASSIGN_OR_RETURN(Definition empty, DefinitionFor(keys, may_be_settings));
        return std::visit([](auto& message) -> google::protobuf::Message* { return &message; },
                          read.emplace_back(std::move(empty)));
      });
  if (!status.ok()) return WithPlace(path, status);
  if (read.empty()) return absl::InvalidArgumentError(StrCat(path, ": holds nothing"));
  std::vector<DefinitionFile> files;
  for (Definition& definition : read) {
    DefinitionFile& file = files.emplace_back();
    file.where = read.size() == 1 ? path : StrCat(path, ", document ", files.size());
    file.definition = std::move(definition);
    if (IdOf(file.definition).empty()) return absl::InvalidArgumentError(StrCat(file.where, ": its id is empty"));
  }
  return files;
}

// Where each stands in the folder now; none if the folder cannot be read.
std::map<Key, std::string> PlacesIn(const std::string& folder) {
  std::map<Key, std::string> places;
  const absl::StatusOr<std::vector<DefinitionFile>> files = ReadDefinitions({folder});
  if (!files.ok()) return places;
  for (const DefinitionFile& file : *files) places.emplace(KeyOf(file.definition), file.where);
  return places;
}

std::string NewPlace(const Definition& definition, const std::string& folder) {
  const std::string inside = StrCat(folder, folder.ends_with('/') ? "" : "/");
  const std::string file = StrCat(IdOf(definition), ".yaml");
  constexpr std::string_view kFolders[] = {"", "segments/", "content_blocks/", "workspace/"};
  static_assert(std::size(kFolders) == std::variant_size_v<Definition>);
  return StrCat(inside, kFolders[definition.index()], file);
}

std::string TextOf(const Definition& definition) {
  const std::string text =
      std::visit([](const auto& message) { return ToYaml(message, OutputsOf(message)); }, definition);
  return text.empty() ? "{}\n" : text;
}

}  // namespace

bool IsFolder(const std::string& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

std::string NameOf(const Definition& definition) {
  constexpr std::string_view kKinds[] = {"", "segment ", "content block ", ""};
  static_assert(std::size(kKinds) == std::variant_size_v<Definition>);
  return StrCat(kKinds[definition.index()], IdOf(definition));
}

absl::StatusOr<std::vector<DefinitionFile>> ReadDefinitions(const std::vector<std::string>& paths) {
  std::vector<DefinitionFile> definitions;
  std::set<Key> seen;
  for (const std::string& given : paths) {
    std::vector<std::string> files = {given};
    if (IsFolder(given)) {
      CADENZA_ASSIGN_OR_RETURN(files, FilesOf(given));
    }
    for (const std::string& path : files) {
      CADENZA_ASSIGN_OR_RETURN(std::vector<DefinitionFile> read, ReadOne(path));
      for (DefinitionFile& file : read) {
        if (!seen.insert(KeyOf(file.definition)).second) {
          return absl::InvalidArgumentError(
              StrCat(file.where, ": ", NameOf(file.definition), " stands in two documents"));
        }
        definitions.push_back(std::move(file));
      }
    }
  }
  return definitions;
}

absl::StatusOr<std::vector<std::string>> WriteDefinitions(const std::vector<Definition>& definitions,
                                                          const std::string& folder) {
  const std::map<Key, std::string> places = PlacesIn(folder);
  std::vector<std::string> written;
  for (const Definition& definition : definitions) {
    const auto known = places.find(KeyOf(definition));
    const std::string path = known == places.end() ? NewPlace(definition, folder) : known->second;
    if (!fs::exists(path) && known != places.end()) {
      return absl::FailedPreconditionError(
          StrCat(path, ": ", NameOf(definition), " shares its file; give each a file of its own first"));
    }
    std::error_code error;
    fs::create_directories(fs::path(path).parent_path(), error);
    if (error) return absl::ErrnoToStatus(error.value(), path);
    const std::string text = TextOf(definition);
    if (const absl::StatusOr<std::string> there = ReadFile(path); there.ok() && *there == text) continue;
    errno = 0;
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    if (!(file << text) || !file.flush()) return absl::ErrnoToStatus(errno == 0 ? EIO : errno, path);
    written.push_back(path);
  }
  return written;
}

}  // namespace cadenza::cli
