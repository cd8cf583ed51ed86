#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "clients/cli/command.h"
#include "clients/cli/formats/proto_json.h"
#include "clients/cli/output.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::cli {
namespace {

constexpr char kFooter[] = R"(Examples:
  cadenza content-block apply footer.liquid
  cadenza content-block list
  cadenza content-block get footer

Templates take one in with {{content_blocks.${footer}}}.)";

constexpr char kApplyFooter[] = R"(A .yaml, .yml or .json file has one cadenza.v1.ContentBlock a document:

  content_block_id: footer
  content: "Your {{campaign.${name}}} team"

Any other file is the content itself, and its name without the extension is the content_block_id. Files are applied in
the order given: a block that others name comes before them. A change is in force within a second.)";

absl::StatusOr<std::vector<v1::ContentBlock>> ReadBlocks(const std::string& path) {
  CADENZA_ASSIGN_OR_RETURN(std::string content, ReadFile(path));
  std::vector<v1::ContentBlock> blocks;
  const std::filesystem::path name(path);
  const std::string extension = name.extension().string();
  if (extension != ".yaml" && extension != ".yml" && extension != ".json") {
    v1::ContentBlock& block = blocks.emplace_back();
    block.set_content_block_id(name.stem().string());
    block.set_content(std::move(content));
    return blocks;
  }
  CADENZA_ASSIGN_OR_RETURN(const std::vector<std::string> documents, YamlToJson(content));
  for (const std::string& document : documents) CADENZA_RETURN_IF_ERROR(FromJson(document, &blocks.emplace_back()));
  return blocks;
}

// What was done, in a word.
absl::StatusOr<std::string> Apply(const Globals& globals, const v1::ContentBlock& wanted, client::Client& client,
                                  google::protobuf::RepeatedPtrField<v1::TemplateWarning>* warnings) {
  v1::GetContentBlockRequest get;
  get.set_workspace(globals.workspace);
  get.set_content_block_id(wanted.content_block_id());
  const absl::StatusOr<v1::GetContentBlockResponse> found = client.GetContentBlock(get);
  if (absl::IsNotFound(found.status())) {
    v1::CreateContentBlockRequest create;
    create.set_workspace(globals.workspace);
    *create.mutable_content_block() = wanted;
    create.mutable_content_block()->clear_etag();
    CADENZA_ASSIGN_OR_RETURN(const v1::CreateContentBlockResponse created, client.CreateContentBlock(create));
    *warnings = created.warnings();
    return std::string("created");
  }
  CADENZA_RETURN_IF_ERROR(found.status());
  const v1::ContentBlock& stored = found->content_block();
  if (stored.content() == wanted.content() && stored.display_name() == wanted.display_name()) {
    return std::string("unchanged");
  }
  v1::UpdateContentBlockRequest update;
  update.set_workspace(globals.workspace);
  *update.mutable_content_block() = wanted;
  if (wanted.etag().empty()) update.mutable_content_block()->set_etag(stored.etag());
  CADENZA_ASSIGN_OR_RETURN(const v1::UpdateContentBlockResponse updated, client.UpdateContentBlock(update));
  *warnings = updated.warnings();
  return std::string("updated");
}

absl::StatusOr<int> ApplyFiles(const Globals& globals, const std::vector<std::string>& paths, client::Client& client) {
  for (const std::string& path : paths) {
    const absl::StatusOr<std::vector<v1::ContentBlock>> blocks = ReadBlocks(path);
    if (!blocks.ok()) return WithPlace(path, blocks.status());
    for (const v1::ContentBlock& block : *blocks) {
      google::protobuf::RepeatedPtrField<v1::TemplateWarning> warnings;
      const absl::StatusOr<std::string> done = Apply(globals, block, client, &warnings);
      if (!done.ok()) return WithPlace(StrCat(path, ": ", block.content_block_id()), done.status());
      if (globals.json) {
        nlohmann::ordered_json line = {{"content_block_id", block.content_block_id()}, {"done", *done}};
        for (const v1::TemplateWarning& warning : warnings) line["warnings"].push_back(FormatWarning(warning));
        std::printf("%s\n", line.dump().c_str());
        continue;
      }
      std::printf("%s: %s\n", block.content_block_id().c_str(), done->c_str());
      for (const v1::TemplateWarning& warning : warnings) {
        std::printf("  warning: %s\n", FormatWarning(warning).c_str());
      }
    }
  }
  return kOk;
}

absl::StatusOr<int> List(const Globals& globals, client::Client& client) {
  v1::ListContentBlocksRequest request;
  request.set_workspace(globals.workspace);
  do {
    CADENZA_ASSIGN_OR_RETURN(const v1::ListContentBlocksResponse response, client.ListContentBlocks(request));
    for (const v1::ContentBlock& block : response.content_blocks()) {
      std::printf("%s\n", globals.json ? ToJson(block).c_str() : FormatContentBlock(block).c_str());
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return kOk;
}

absl::StatusOr<int> Get(const Globals& globals, const std::string& id, client::Client& client) {
  v1::GetContentBlockRequest request;
  request.set_workspace(globals.workspace);
  request.set_content_block_id(id);
  CADENZA_ASSIGN_OR_RETURN(const v1::GetContentBlockResponse response, client.GetContentBlock(request));
  const v1::ContentBlock& block = response.content_block();
  if (globals.json) {
    std::printf("%s\n", ToJson(block).c_str());
  } else {
    std::printf("%s\n%s\n", FormatContentBlock(block).c_str(), block.content().c_str());
  }
  return kOk;
}

absl::StatusOr<int> Delete(const Globals& globals, const std::string& id, client::Client& client) {
  v1::DeleteContentBlockRequest request;
  request.set_workspace(globals.workspace);
  request.set_content_block_id(id);
  CADENZA_RETURN_IF_ERROR(client.DeleteContentBlock(request).status());
  std::printf("%s: deleted\n", id.c_str());
  return kOk;
}

}  // namespace

void AddContentBlock(CLI::App& app, const Globals& globals, Action& action) {
  CLI::App* block = app.add_subcommand("content-block", "Manages content blocks: what templates have in common");
  block->require_subcommand(1);
  block->footer(kFooter);

  CLI::App* apply = block->add_subcommand("apply", "Makes the server's content blocks what files say");
  apply->footer(kApplyFooter);
  auto paths = std::make_shared<std::vector<std::string>>();
  apply->add_option("FILE", *paths, "templates, or YAML files")->required();
  apply->callback([&globals, &action, paths] {
    action =
        WithClient(globals, [&globals, paths](client::Client& client) { return ApplyFiles(globals, *paths, client); });
  });

  CLI::App* list = block->add_subcommand("list", "Lists the content blocks of the workspace");
  list->callback([&globals, &action] {
    action = WithClient(globals, [&globals](client::Client& client) { return List(globals, client); });
  });

  auto id = std::make_shared<std::string>();
  CLI::App* get = block->add_subcommand("get", "Shows one, with its content");
  get->add_option("CONTENT_BLOCK_ID", *id, "the content block")->required();
  get->callback([&globals, &action, id] {
    action = WithClient(globals, [&globals, id](client::Client& client) { return Get(globals, *id, client); });
  });
  CLI::App* remove = block->add_subcommand("delete", "Deletes one: messages that name it are no longer sent");
  remove->add_option("CONTENT_BLOCK_ID", *id, "the content block")->required();
  remove->callback([&globals, &action, id] {
    action = WithClient(globals, [&globals, id](client::Client& client) { return Delete(globals, *id, client); });
  });
}

}  // namespace cadenza::cli
