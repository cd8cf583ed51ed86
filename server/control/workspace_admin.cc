#include "server/control/workspace_admin.h"

#include "server/control/retry.h"
#include "server/rules/workspace.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/codec/wire_workspace.h"

namespace cadenza {
namespace {

// As if it were the revision of `current`.
WorkspaceSettings Aligned(WorkspaceSettings settings, const WorkspaceSettings& current) {
  settings.revision = current.revision;
  settings.update_time = current.update_time;
  return settings;
}

absl::Status StillUnknown() {
  return absl::UnavailableError("the store does not say whether the change was made; read the settings, or try again");
}

}  // namespace

WorkspaceSettings WorkspaceAdmin::Done(WorkspaceSettings settings) {
  if (changed_) changed_();
  return settings;
}

absl::StatusOr<WorkspaceSettings> WorkspaceAdmin::Get(std::string_view workspace) {
  const absl::StatusOr<WorkspaceSettingsRow> row = store_->workspaces().GetSettings(workspace);
  if (row.ok()) return DecodeWorkspaceSettings(workspace, row->revision, row->definition);
  if (!absl::IsNotFound(row.status())) return row.status();
  WorkspaceSettings none;
  none.workspace = std::string(workspace);
  return none;
}

// The read at the start of each attempt is also how an unknown outcome is resolved: what is there is ours, or it is not
// and ours is tried again on top of it.
absl::StatusOr<WorkspaceSettings> WorkspaceAdmin::Update(WorkspaceSettings settings, std::optional<int64_t> revision,
                                                         std::vector<std::string>* warnings) {
  CADENZA_RETURN_IF_ERROR(rules::CompileWorkspace(settings).status());
  const absl::Time now = absl::FromUnixMicros(absl::ToUnixMicros(clock_->Now()));
  WorkspaceSettings unknown;  // put with an unknown outcome, if its revision is not 0
  for (int attempt = 0; attempt < kStoreAttempts; ++attempt) {
    absl::StatusOr<WorkspaceSettings> current = Get(settings.workspace);
    if (!current.ok()) return unknown.revision != 0 ? StillUnknown() : current.status();
    if (unknown.revision != 0 && *current == unknown) return Done(std::move(unknown));
    if (revision.has_value() && *revision != current->revision) {
      return absl::AbortedError(StrCat("the settings were changed since: their etag is ", current->revision, ", not ",
                                       *revision, "; read them again"));
    }
    if (*current == Aligned(settings, *current)) return current;
    if (warnings != nullptr) {
      *warnings = rules::SettingsWarnings(*current, settings, now);
    }
    settings.revision = current->revision + 1;
    settings.update_time = now;
    const absl::Status status =
        store_->workspaces().PutSettings({settings.workspace, settings.revision, EncodeWorkspaceSettings(settings)});
    if (status.ok()) return Done(std::move(settings));
    if (absl::IsUnknown(status)) {
      unknown = settings;
    } else if (!absl::IsAborted(status)) {
      return unknown.revision != 0 ? StillUnknown() : status;
    }
  }
  if (unknown.revision != 0) return StillUnknown();
  return absl::AbortedError("the settings are being changed by others; try again");
}

}  // namespace cadenza
