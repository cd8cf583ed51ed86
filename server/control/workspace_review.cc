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

absl::StatusOr<rules::Review> ReviewOf(Store& store, const std::string& workspace) {
  CADENZA_ASSIGN_OR_RETURN(absl::flat_hash_set<std::string> catalogs, CatalogIds(store, workspace));
  rules::Review review;
  review.has_catalog = [catalogs = std::move(catalogs)](std::string_view id) {
    return catalogs.contains(std::string(id));
  };
  return review;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const rules::CompiledCampaign>> ReviewCampaign(
    Store& store, const Campaign& campaign, std::vector<rules::TemplateWarning>* warnings) {
  // What is wrong by itself needs no look at the store.
  CADENZA_RETURN_IF_ERROR(rules::CompileCampaign(campaign).status());
  CADENZA_ASSIGN_OR_RETURN(rules::Review review, ReviewOf(store, campaign.workspace));
  CADENZA_ASSIGN_OR_RETURN(const std::vector<ContentBlock> stored,
                           store.content().ListContentBlocks(campaign.workspace, "", /*limit=*/0));
  const std::shared_ptr<const rules::ContentBlocks> blocks = rules::ContentBlocks::Build(stored, nullptr, nullptr);
  review.blocks = blocks.get();
  CADENZA_ASSIGN_OR_RETURN(const auto compiled, rules::CompileCampaign(campaign, &review));
  if (warnings != nullptr) *warnings = std::move(review.warnings);
  auto linked = std::make_shared<rules::CompiledCampaign>(*compiled);
  linked->blocks = blocks;
  return std::shared_ptr<const rules::CompiledCampaign>(std::move(linked));
}

absl::Status ReviewContentBlock(Store& store, const ContentBlock& block,
                                std::vector<rules::TemplateWarning>* warnings) {
  CADENZA_ASSIGN_OR_RETURN(rules::Review review, ReviewOf(store, block.workspace));
  CADENZA_ASSIGN_OR_RETURN(std::vector<ContentBlock> stored,
                           store.content().ListContentBlocks(block.workspace, "", /*limit=*/0));
  CADENZA_RETURN_IF_ERROR(rules::CheckContentBlock(block, std::move(stored), &review));
  if (warnings != nullptr) *warnings = std::move(review.warnings);
  return absl::OkStatus();
}

}  // namespace cadenza
