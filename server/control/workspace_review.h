// What the templates of a workspace are checked against when one is saved: its content blocks and catalogs as they are
// stored now.
#ifndef CADENZA_SERVER_CONTROL_WORKSPACE_REVIEW_H_
#define CADENZA_SERVER_CONTROL_WORKSPACE_REVIEW_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/rules/content_blocks.h"
#include "server/rules/rule_set.h"
#include "storage/model/campaign.h"
#include "storage/model/content_block.h"
#include "storage/store.h"

namespace cadenza {

// What the templates of a workspace may name, read once for many.
struct WorkspaceContent {
  absl::flat_hash_set<std::string> catalog_ids;
  std::shared_ptr<const rules::ContentBlocks> blocks;
};
// With `changed` in place of what is stored under their ids.
absl::StatusOr<WorkspaceContent> ReadWorkspaceContent(Store& store, const std::string& workspace,
                                                      const std::vector<ContentBlock>& changed = {});

// As below, of a campaign of that workspace.
absl::StatusOr<std::shared_ptr<const rules::CompiledCampaign>> ReviewCampaign(
    const WorkspaceContent& content, const Campaign& campaign, std::vector<rules::TemplateWarning>* warnings);

// Reads the store, compiles, and warns (to `warnings`, which may be null). Errors: the rejection of the campaign; those
// of the store. The result has the blocks of its workspace, so it can be tried out.
absl::StatusOr<std::shared_ptr<const rules::CompiledCampaign>> ReviewCampaign(
    Store& store, const Campaign& campaign, std::vector<rules::TemplateWarning>* warnings);

// Of a content block that `content` has: rules::CheckContentBlockAmong.
absl::Status ReviewContentBlock(const WorkspaceContent& content, const ContentBlock& block,
                                std::vector<rules::TemplateWarning>* warnings);

// The same for a content block (rules::CheckContentBlock).
absl::Status ReviewContentBlock(Store& store, const ContentBlock& block, std::vector<rules::TemplateWarning>* warnings);

}  // namespace cadenza

#endif  // CADENZA_SERVER_CONTROL_WORKSPACE_REVIEW_H_
