#include "server/rpc/workspace_service.h"

#include <optional>
#include <utility>

#include "server/rpc/requests.h"
#include "server/rpc/unary.h"
#include "storage/base/status_macros.h"
#include "storage/codec/wire_workspace.h"
#include "storage/model/rejection.h"

namespace cadenza::rpc {

grpc::ServerUnaryReactor* WorkspaceServiceImpl::GetWorkspaceSettings(grpc::CallbackServerContext* context,
                                                                     const v1::GetWorkspaceSettingsRequest* request,
                                                                     v1::GetWorkspaceSettingsResponse* response) {
  return RunUnary(context, context_.pool, [=, this]() -> absl::Status {
    CADENZA_RETURN_IF_ERROR(CheckWorkspace(request->workspace()));
    CADENZA_ASSIGN_OR_RETURN(const WorkspaceSettings settings, context_.admin->Get(request->workspace()));
    cadenza::ToProto(settings, response->mutable_settings());
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* WorkspaceServiceImpl::UpdateWorkspaceSettings(
    grpc::CallbackServerContext* context, const v1::UpdateWorkspaceSettingsRequest* request,
    v1::UpdateWorkspaceSettingsResponse* response) {
  return RunUnary(context, context_.pool, [=, this] { return DoUpdate(*request, response); });
}

absl::Status WorkspaceServiceImpl::DoUpdate(const v1::UpdateWorkspaceSettingsRequest& request,
                                            v1::UpdateWorkspaceSettingsResponse* response) {
  CADENZA_RETURN_IF_ERROR(CheckWorkspace(request.workspace()));
  if (!request.has_settings()) {
    return Rejected(absl::StatusCode::kInvalidArgument, reasons::kInvalidField, "settings", "is required");
  }
  const absl::StatusOr<std::optional<int64_t>> revision = SettingsRevisionFromEtag(request.settings().etag());
  if (!revision.ok()) return WithFieldPrefix(revision.status(), "settings.");
  absl::StatusOr<WorkspaceSettings> settings = FromProto(request.workspace(), request.settings());
  std::vector<std::string> warnings;
  if (settings.ok()) settings = context_.admin->Update(*std::move(settings), *revision, &warnings);
  if (!settings.ok()) return WithFieldPrefix(settings.status(), "settings.");
  response->mutable_warnings()->Assign(warnings.begin(), warnings.end());
  cadenza::ToProto(*settings, response->mutable_settings());
  return absl::OkStatus();
}

}  // namespace cadenza::rpc
