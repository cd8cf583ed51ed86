// Durable state of what holds for all campaigns of a workspace: its settings, and how far its delivery rates have been
// given out. A part of Store (store.h), whose errors and threads apply.
#ifndef CADENZA_STORAGE_WORKSPACE_STORE_H_
#define CADENZA_STORAGE_WORKSPACE_STORE_H_

#include <cstdint>
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

// How far a delivery rate has been given out (server/lanes/pacer.h).
struct RateRow {
  int64_t revision = 0;  // 0: nothing ever was
  // Ascending, an odd number of them, to the microsecond: where free time begins, ends, begins, …; after the last
  // everything is free. Of revision 0 there are none, and all is free.
  std::vector<absl::Time> bounds;
  friend bool operator==(const RateRow&, const RateRow&) = default;
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

  // Of a campaign's delivery rate or ("") the workspace's; revision 0 if nothing of it ever was given out.
  virtual absl::StatusOr<RateRow> ReadRate(std::string_view workspace, std::string_view campaign_id) = 0;
  // Inserts (row.revision 1) or replaces revision - 1. False, and nothing happens, if that is not the current one (any
  // more). UNAVAILABLE may have done it: what was given out is then lost, and never given twice.
  virtual absl::StatusOr<bool> PutRate(std::string_view workspace, std::string_view campaign_id,
                                       const RateRow& row) = 0;
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_WORKSPACE_STORE_H_
