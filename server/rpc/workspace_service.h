// WorkspaceService: protos to server/control and back. All calls run on the worker pool.
#ifndef CADENZA_SERVER_RPC_WORKSPACE_SERVICE_H_
#define CADENZA_SERVER_RPC_WORKSPACE_SERVICE_H_

#include "absl/status/status.h"
#include "cadenza/v1/workspace_service.grpc.pb.h"
#include "server/control/workspace_admin.h"
#include "server/rpc/worker_pool.h"

namespace cadenza::rpc {

// All of it outlives the service.
struct WorkspaceContext {
  WorkspaceAdmin* admin = nullptr;
  WorkerPool* pool = nullptr;
};

class WorkspaceServiceImpl : public v1::WorkspaceService::CallbackService {
 public:
  explicit WorkspaceServiceImpl(const WorkspaceContext& context) : context_(context) {}

  grpc::ServerUnaryReactor* GetWorkspaceSettings(grpc::CallbackServerContext* context,
                                                 const v1::GetWorkspaceSettingsRequest* request,
                                                 v1::GetWorkspaceSettingsResponse* response) override;
  grpc::ServerUnaryReactor* UpdateWorkspaceSettings(grpc::CallbackServerContext* context,
                                                    const v1::UpdateWorkspaceSettingsRequest* request,
                                                    v1::UpdateWorkspaceSettingsResponse* response) override;

 private:
  absl::Status DoUpdate(const v1::UpdateWorkspaceSettingsRequest& request,
                        v1::UpdateWorkspaceSettingsResponse* response);

  const WorkspaceContext context_;
};

}  // namespace cadenza::rpc

#endif  // CADENZA_SERVER_RPC_WORKSPACE_SERVICE_H_
