// Settings of workspaces and delivery rates in memory: the part of MemoryStore that workspace_store.h names. Has a
// mutex of its own, taken after the store's.
#ifndef CADENZA_STORAGE_MEMORY_MEMORY_WORKSPACES_H_
#define CADENZA_STORAGE_MEMORY_MEMORY_WORKSPACES_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "storage/workspace_store.h"

namespace cadenza {

class MemoryWorkspaces : public WorkspaceStore {
 public:
  absl::StatusOr<std::vector<WorkspaceSettingsRow>> ListSettings() override;
  absl::StatusOr<WorkspaceSettingsRow> GetSettings(std::string_view workspace) override;
  absl::Status PutSettings(const WorkspaceSettingsRow& row) override;
  absl::StatusOr<RateRow> ReadRate(std::string_view workspace, std::string_view campaign_id) override;
  absl::StatusOr<bool> PutRate(std::string_view workspace, std::string_view campaign_id, const RateRow& row) override;

  // As PutSettings, if `rest`, called while they could be put and nobody else can put any, is fine.
  absl::Status PutWith(const WorkspaceSettingsRow& row, const std::function<absl::Status()>& rest);

  // How often the rule set's revision was raised.
  int64_t changes() const;

 private:
  mutable absl::Mutex mu_;
  std::map<std::string, WorkspaceSettingsRow> settings_ ABSL_GUARDED_BY(mu_);
  std::map<std::pair<std::string, std::string>, RateRow> rates_ ABSL_GUARDED_BY(mu_);  // workspace, campaign_id
  int64_t changes_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_MEMORY_MEMORY_WORKSPACES_H_
