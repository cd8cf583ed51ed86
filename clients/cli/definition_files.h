// What people define of a workspace (campaigns, segments, content blocks, settings) as files: what `cadenza campaign`
// plans, applies and exports.
#ifndef CADENZA_CLIENTS_CLI_DEFINITION_FILES_H_
#define CADENZA_CLIENTS_CLI_DEFINITION_FILES_H_

#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "cadenza/v1/campaign.pb.h"
#include "cadenza/v1/content_block.pb.h"
#include "cadenza/v1/segment.pb.h"
#include "cadenza/v1/workspace.pb.h"

namespace cadenza::cli {

using Definition = std::variant<v1::Campaign, v1::Segment, v1::ContentBlock, v1::WorkspaceSettings>;

// For people: "knots" of a campaign, "segment vip", "content block footer", "settings".
std::string NameOf(const Definition& definition);

struct DefinitionFile {
  std::string where;  // "knots.yaml", "knots.yaml, document 2"
  Definition definition;
};

bool IsFolder(const std::string& path);

// Every definition of the files, in order; of a folder those in its *.yaml and *.yml and in its subfolders, by their
// paths, but nothing whose name begins with a dot. A file is YAML (JSON is YAML too), read as formats/message_yaml.h
// does. A document with a campaign_id is a cadenza.v1.Campaign, one with a segment_id a Segment, one with a
// content_block_id a ContentBlock; one without them, in a file that is named settings, is the WorkspaceSettings. "-" is
// standard input. INVALID_ARGUMENT says where; what stands in two documents is one, and a folder without any file.
absl::StatusOr<std::vector<DefinitionFile>> ReadDefinitions(const std::vector<std::string>& paths);

// Writes each to the file of the folder in which it stands, or to a new one: campaigns to DIR/<campaign_id>.yaml, the
// others to DIR/segments, DIR/content_blocks and DIR/workspace/settings.yaml; makes the folders. What is the same
// already is not written. FAILED_PRECONDITION if one stands in a file of several documents. The files that were
// written.
absl::StatusOr<std::vector<std::string>> WriteDefinitions(const std::vector<Definition>& definitions,
                                                          const std::string& folder);

}  // namespace cadenza::cli

#endif  // CADENZA_CLIENTS_CLI_DEFINITION_FILES_H_
