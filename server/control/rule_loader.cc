#include "server/control/rule_loader.h"

#include <string>
#include <utility>
#include <vector>

#include "server/rules/workspace.h"
#include "storage/base/log.h"
#include "storage/base/status_macros.h"
#include "storage/codec/campaign_codec.h"
#include "storage/codec/wire_workspace.h"

namespace cadenza {

RuleLoader::RuleLoader(const Options& options, Store* store)
    : options_(options), store_(store), current_(rules::RuleSet::Build(0, {}, nullptr, nullptr)) {}

RuleLoader::~RuleLoader() { Stop(); }

std::shared_ptr<const rules::RuleSet> RuleLoader::Current() const {
  absl::MutexLock lock(&mu_);
  return current_;
}

int64_t RuleLoader::left_out() const {
  absl::MutexLock lock(&mu_);
  return left_out_;
}

absl::Status RuleLoader::last_status() const {
  absl::MutexLock lock(&mu_);
  return last_status_;
}

absl::Status RuleLoader::LoadNow() {
  absl::MutexLock load_lock(&load_mu_);
  absl::Status status = Load();
  absl::MutexLock lock(&mu_);
  last_status_ = status;
  return status;
}

void RuleLoader::Refresh() { LoadNow().IgnoreError(); }

// The revisions are read before what they are of: that may be newer than they say, then the next look loads it again;
// never older.
absl::Status RuleLoader::Load() {
  std::shared_ptr<const rules::RuleSet> previous = Current();
  CADENZA_ASSIGN_OR_RETURN(const Revisions revisions, store_->ReadRevisions());
  if (options_.catalogs_changed && revisions.catalogs != catalogs_told_) {
    CADENZA_ASSIGN_OR_RETURN(const std::vector<CatalogRevision> catalogs, store_->content().ListCatalogRevisions());
    options_.catalogs_changed(catalogs);
    catalogs_told_ = revisions.catalogs;
  }
  return revisions.rule_set == previous->revision() ? absl::OkStatus() : LoadRuleSet(revisions.rule_set, *previous);
}

absl::Status RuleLoader::LoadRuleSet(int64_t revision, const rules::RuleSet& previous) {
  CADENZA_ASSIGN_OR_RETURN(const std::vector<CampaignRow> rows,
                           store_->campaigns().ListCampaigns("", "", /*limit=*/0, /*with_archived=*/false));
  CADENZA_ASSIGN_OR_RETURN(std::vector<ContentBlock> blocks, store_->content().ListContentBlocks("", "", /*limit=*/0));
  CADENZA_ASSIGN_OR_RETURN(std::vector<Segment> segments,
                           store_->segments().ListSegments("", "", /*limit=*/0, /*with_archived=*/false));
  CADENZA_ASSIGN_OR_RETURN(const std::vector<WorkspaceSettingsRow> settings_rows, store_->workspaces().ListSettings());
  std::vector<std::string> errors;
  std::vector<Campaign> campaigns;
  campaigns.reserve(rows.size());
  for (const CampaignRow& row : rows) {
    absl::StatusOr<Campaign> campaign = DecodeCampaign(row);
    if (campaign.ok()) {
      campaigns.push_back(*std::move(campaign));
    } else {
      errors.emplace_back(campaign.status().message());
    }
  }
  std::vector<WorkspaceSettings> settings;
  settings.reserve(settings_rows.size());
  for (const WorkspaceSettingsRow& row : settings_rows) {
    absl::StatusOr<WorkspaceSettings> decoded = DecodeWorkspaceSettings(row.workspace, row.revision, row.definition);
    if (decoded.ok()) {
      settings.push_back(*std::move(decoded));
    } else {
      errors.emplace_back(decoded.status().message());
      if (const auto known = previous.Of(row.workspace).settings; known != nullptr) settings.push_back(known->settings);
    }
  }
  std::shared_ptr<const rules::RuleSet> next =
      rules::RuleSet::Build(revision, campaigns, &previous, &errors, blocks, segments, settings);
  for (const std::string& error : errors) log::Error("an active rule is left out", {{"error", error}});
  log::Info("rule set loaded", {{"revision", revision},
                                {"campaigns", next->size()},
                                {"content_blocks", blocks.size()},
                                {"segments", next->segments().size()}});
  absl::MutexLock lock(&mu_);
  current_ = std::move(next);
  left_out_ = static_cast<int64_t>(errors.size());
  return absl::OkStatus();
}

void RuleLoader::Start() {
  thread_ = std::thread([this] { Run(); });
}

void RuleLoader::Stop() {
  {
    absl::MutexLock lock(&mu_);
    stopped_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void RuleLoader::Run() {
  while (true) {
    {
      absl::MutexLock lock(&mu_);
      if (mu_.AwaitWithTimeout(absl::Condition(&stopped_), options_.poll_interval)) return;
    }
    if (absl::Status status = LoadNow(); !status.ok()) {
      log::Warn("the rule set could not be followed; the last one stays in force", {{"status", status}});
    }
  }
}

}  // namespace cadenza
