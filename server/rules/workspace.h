// What holds for all campaigns of a workspace, compiled. Pure; immutable, any thread.
#ifndef CADENZA_SERVER_RULES_WORKSPACE_H_
#define CADENZA_SERVER_RULES_WORKSPACE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/rules/schedule/quiet_hours.h"
#include "storage/model/profile.h"
#include "storage/model/workspace_settings.h"

namespace cadenza::rules {

struct CompiledWorkspace {
  WorkspaceSettings settings;
  absl::TimeZone default_zone;  // UTC if the settings name none
  schedule::QuietHours quiet;
};

// Checks every field. INVALID_ARGUMENT (a rejection, storage/model/rejection.h) names it.
absl::StatusOr<std::shared_ptr<const CompiledWorkspace>> CompileWorkspace(const WorkspaceSettings& settings);

// What `after` does in place of `before`, from `now` on, that is perhaps not meant: sentences that name the field
// (ForgottenBefore, gates/frequency_cap.h).
std::vector<std::string> SettingsWarnings(const WorkspaceSettings& before, const WorkspaceSettings& after,
                                          absl::Time now);

// The zone that the user's attribute time_zone names; the workspace's default if it names none.
absl::TimeZone ZoneOf(const Profile& profile, const CompiledWorkspace& workspace);

}  // namespace cadenza::rules

#endif  // CADENZA_SERVER_RULES_WORKSPACE_H_
