#include "server/control/workspace_review.h"

#include <memory>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "storage/base/status_macros.h"
#include "storage/model/limits.h"

namespace cadenza {
namespace {

// All catalogs of the workspace: there are few.
absl::StatusOr<absl::flat_hash_set<std::string>> CatalogIds(Store& store, const std::string& workspace) {
  absl::flat_hash_set<std::string> ids;
  // A few more than the limit, as the store allows when many are made at once.
  CADENZA_ASSIGN_OR_RETURN(const std::vector<Catalog> catalogs,
                           store.content().ListCatalogs(workspace, "", 2 * limits::kCatalogs));
  for (const Catalog& catalog : catalogs) ids.insert(catalog.catalog_id);
  return ids;
}

rules::Review ReviewOf(absl::flat_hash_set<std::string> catalogs) {
  rules::Review review;
  review.has_catalog = [catalogs = std::move(catalogs)](std::string_view id) {
    return catalogs.contains(std::string(id));
  };
  return review;
}

}  // namespace

absl::StatusOr<WorkspaceContent> ReadWorkspaceContent(Store& store, const std::string& workspace,
                                                      const std::vector<ContentBlock>& changed) {
  WorkspaceContent content;
  CADENZA_ASSIGN_OR_RETURN(content.catalog_ids, CatalogIds(store, workspace));
  CADENZA_ASSIGN_OR_RETURN(std::vector<ContentBlock> stored,
                           store.content().ListContentBlocks(workspace, "", /*limit=*/0));
  // The last of an id is the one that is built.
  stored.insert(stored.end(), changed.begin(), changed.end());
  content.blocks = rules::ContentBlocks::Build(stored, nullptr, nullptr);
  return content;
}

absl::StatusOr<std::shared_ptr<const rules::CompiledCampaign>> ReviewCampaign(
    const WorkspaceContent& content, const Campaign& campaign, std::vector<rules::TemplateWarning>* warnings) {
  rules::Review review = ReviewOf(content.catalog_ids);
  review.blocks = content.blocks.get();
  CADENZA_ASSIGN_OR_RETURN(const auto compiled, rules::CompileCampaign(campaign, &review));
  if (warnings != nullptr) *warnings = std::move(review.warnings);
  auto linked = std::make_shared<rules::CompiledCampaign>(*compiled);
  linked->blocks = content.blocks;
  return std::shared_ptr<const rules::CompiledCampaign>(std::move(linked));
}

absl::StatusOr<std::shared_ptr<const rules::CompiledCampaign>> ReviewCampaign(
    Store& store, const Campaign& campaign, std::vector<rules::TemplateWarning>* warnings) {
  // What is wrong by itself needs no look at the store.
  CADENZA_RETURN_IF_ERROR(rules::CompileCampaign(campaign).status());
  CADENZA_ASSIGN_OR_RETURN(const WorkspaceContent content, ReadWorkspaceContent(store, campaign.workspace));
  return ReviewCampaign(content, campaign, warnings);
}

absl::Status ReviewContentBlock(const WorkspaceContent& content, const ContentBlock& block,
                                std::vector<rules::TemplateWarning>* warnings) {
  rules::Review review = ReviewOf(content.catalog_ids);
  CADENZA_RETURN_IF_ERROR(rules::CheckContentBlockAmong(block, *content.blocks, &review));
  *warnings = std::move(review.warnings);
  return absl::OkStatus();
}

absl::Status ReviewContentBlock(Store& store, const ContentBlock& block,
                                std::vector<rules::TemplateWarning>* warnings) {
  CADENZA_ASSIGN_OR_RETURN(absl::flat_hash_set<std::string> catalogs, CatalogIds(store, block.workspace));
  rules::Review review = ReviewOf(std::move(catalogs));
  CADENZA_ASSIGN_OR_RETURN(std::vector<ContentBlock> stored,
                           store.content().ListContentBlocks(block.workspace, "", /*limit=*/0));
  CADENZA_RETURN_IF_ERROR(rules::CheckContentBlock(block, std::move(stored), &review));
  if (warnings != nullptr) *warnings = std::move(review.warnings);
  return absl::OkStatus();
}

}  // namespace cadenza
