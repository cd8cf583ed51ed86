// Durable state of what holds for all campaigns of a workspace: its settings, and how far its delivery rates have been
// given out. A part of Store (store.h), whose errors and threads apply.
#ifndef CADENZA_STORAGE_WORKSPACE_STORE_H_
#define CADENZA_STORAGE_WORKSPACE_STORE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace cadenza {

struct WorkspaceSettingsRow {
  std::string workspace;
  int64_t revision = 0;    // >= 1
  std::string definition;  // encoded WorkspaceSettings, see storage/codec; opaque to engines
  friend bool operator==(const WorkspaceSettingsRow&, const WorkspaceSettingsRow&) = default;
};

class WorkspaceStore {
 public:
  virtual ~WorkspaceStore() = default;

  // Of all workspaces that have some, in their order.
  virtual absl::StatusOr<std::vector<WorkspaceSettingsRow>> ListSettings() = 0;
  // NOT_FOUND if there are none.
  virtual absl::StatusOr<WorkspaceSettingsRow> GetSettings(std::string_view workspace) = 0;
  // Inserts (row.revision 1) or replaces revision - 1; ABORTED if that is not the current one. Raises the rule set
  // revision in the same transaction.
  virtual absl::Status PutSettings(const WorkspaceSettingsRow& row) = 0;

  // The moment up to which a delivery rate has been given out, of a campaign or ("") of the workspace; nothing if none
  // ever was. To the microsecond.
  virtual absl::StatusOr<std::optional<absl::Time>> ReadRate(std::string_view workspace,
                                                             std::string_view campaign_id) = 0;
  // Moves it to `next`. False, and nothing happens, if it is not at `expected` (any more).
  // UNAVAILABLE may have moved it: what was given out is then lost, and never given twice.
  virtual absl::StatusOr<bool> MoveRate(std::string_view workspace, std::string_view campaign_id,
                                        std::optional<absl::Time> expected, absl::Time next) = 0;
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_WORKSPACE_STORE_H_
