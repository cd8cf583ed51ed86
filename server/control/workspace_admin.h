// What holds for all campaigns of a workspace: read and changed. cadenza.v1.WorkspaceService says what each call means;
// here it is done, on model types.
#ifndef CADENZA_SERVER_CONTROL_WORKSPACE_ADMIN_H_
#define CADENZA_SERVER_CONTROL_WORKSPACE_ADMIN_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/base/clock.h"
#include "storage/model/workspace_settings.h"
#include "storage/store.h"

namespace cadenza {

// Thread-safe; blocks on the store.
//
// Errors: INVALID_ARGUMENT with a rejection (storage/model/rejection.h) that names the field, ABORTED (the revision is
// not the current one, or others kept changing the settings); UNAVAILABLE (try again: the change may or may not have
// been made, and doing it again is safe); INTERNAL.
class WorkspaceAdmin {
 public:
  // `store` and `clock` must outlive it. `changed`, if given, is called after each change, before the call returns.
  WorkspaceAdmin(Store* store, Clock* clock, std::function<void()> changed = nullptr)
      : store_(store), clock_(clock), changed_(std::move(changed)) {}

  // Empty, of revision 0, if nothing was ever set.
  absl::StatusOr<WorkspaceSettings> Get(std::string_view workspace);
  // Replaces all of them; settings.revision and update_time are ignored. `revision`, if given, must be the current one.
  // What is the same already is not changed. `warnings`, if given, gets what the change does that is perhaps not meant.
  absl::StatusOr<WorkspaceSettings> Update(WorkspaceSettings settings, std::optional<int64_t> revision,
                                           std::vector<std::string>* warnings = nullptr);

 private:
  WorkspaceSettings Done(WorkspaceSettings settings);

  Store* const store_;
  Clock* const clock_;
  const std::function<void()> changed_;
};

}  // namespace cadenza

#endif  // CADENZA_SERVER_CONTROL_WORKSPACE_ADMIN_H_
