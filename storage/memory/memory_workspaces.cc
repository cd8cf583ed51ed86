#include "storage/memory/memory_workspaces.h"

#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza {
namespace {

// As a table keeps it.
absl::Time ToMicrosecond(absl::Time time) {
  if (time == absl::InfinitePast() || time == absl::InfiniteFuture()) return time;
  return absl::FromUnixMicros(absl::ToUnixMicros(time));
}

}  // namespace

absl::StatusOr<std::vector<WorkspaceSettingsRow>> MemoryWorkspaces::ListSettings() {
  absl::MutexLock lock(&mu_);
  std::vector<WorkspaceSettingsRow> found;
  for (const auto& [workspace, row] : settings_) found.push_back(row);
  return found;
}

absl::StatusOr<WorkspaceSettingsRow> MemoryWorkspaces::GetSettings(std::string_view workspace) {
  absl::MutexLock lock(&mu_);
  auto it = settings_.find(std::string(workspace));
  if (it == settings_.end()) return absl::NotFoundError(StrCat("workspace \"", workspace, "\" has no settings"));
  return it->second;
}

absl::Status MemoryWorkspaces::PutSettings(const WorkspaceSettingsRow& row) {
  return PutWith(row, [] { return absl::OkStatus(); });
}

absl::Status MemoryWorkspaces::PutWith(const WorkspaceSettingsRow& row, const std::function<absl::Status()>& rest) {
  if (row.revision < 1) return absl::InvalidArgumentError("revision: must be at least 1");
  absl::MutexLock lock(&mu_);
  auto it = settings_.find(row.workspace);
  const int64_t current = it == settings_.end() ? 0 : it->second.revision;
  if (current != row.revision - 1) {
    return absl::AbortedError(StrCat("the settings are at revision ", current, ", not ", row.revision - 1));
  }
  CADENZA_RETURN_IF_ERROR(rest());
  settings_[row.workspace] = row;
  ++changes_;
  return absl::OkStatus();
}

absl::StatusOr<RateRow> MemoryWorkspaces::ReadRate(std::string_view workspace, std::string_view campaign_id) {
  absl::MutexLock lock(&mu_);
  auto it = rates_.find({std::string(workspace), std::string(campaign_id)});
  return it == rates_.end() ? RateRow() : it->second;
}

absl::StatusOr<bool> MemoryWorkspaces::PutRate(std::string_view workspace, std::string_view campaign_id,
                                               const RateRow& row) {
  absl::MutexLock lock(&mu_);
  const std::pair<std::string, std::string> key(workspace, campaign_id);
  auto it = rates_.find(key);
  if ((it == rates_.end() ? 0 : it->second.revision) != row.revision - 1) return false;
  RateRow& kept = rates_[key];
  kept = row;
  for (absl::Time& bound : kept.bounds) bound = ToMicrosecond(bound);
  return true;
}

int64_t MemoryWorkspaces::changes() const {
  absl::MutexLock lock(&mu_);
  return changes_;
}

}  // namespace cadenza
