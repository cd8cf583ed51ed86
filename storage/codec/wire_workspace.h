// What holds for all campaigns of a workspace, from and to protos (see wire.h) and as stores keep it. Pure,
// thread-safe.
#ifndef CADENZA_STORAGE_CODEC_WIRE_WORKSPACE_H_
#define CADENZA_STORAGE_CODEC_WIRE_WORKSPACE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "cadenza/v1/workspace.pb.h"
#include "storage/model/workspace_settings.h"

namespace cadenza {

// Output-only fields are ignored; the etag has a function of its own.
absl::StatusOr<WorkspaceSettings> FromProto(std::string_view workspace, const v1::WorkspaceSettings& proto);
void ToProto(const WorkspaceSettings& settings, v1::WorkspaceSettings* proto);
// The revision that an etag names: nothing if it is empty, 0 that there must be none yet. INVALID_ARGUMENT if it is not
// one.
absl::StatusOr<std::optional<int64_t>> SettingsRevisionFromEtag(const std::string& etag);

// A cadenza.v1.WorkspaceSettings without the etag.
std::string EncodeWorkspaceSettings(const WorkspaceSettings& settings);
// DATA_LOSS, naming the workspace, if `definition` cannot be read.
absl::StatusOr<WorkspaceSettings> DecodeWorkspaceSettings(std::string_view workspace, int64_t revision,
                                                          std::string_view definition);

}  // namespace cadenza

#endif  // CADENZA_STORAGE_CODEC_WIRE_WORKSPACE_H_
