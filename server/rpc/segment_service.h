// SegmentService: protos to server/control and back. All calls run on the worker pool.
#ifndef CADENZA_SERVER_RPC_SEGMENT_SERVICE_H_
#define CADENZA_SERVER_RPC_SEGMENT_SERVICE_H_

#include "absl/status/status.h"
#include "cadenza/v1/segment_service.grpc.pb.h"
#include "server/control/segment_admin.h"
#include "server/rpc/worker_pool.h"

namespace cadenza::rpc {

// All of it outlives the service.
struct SegmentContext {
  SegmentAdmin* admin = nullptr;
  WorkerPool* pool = nullptr;
};

class SegmentServiceImpl : public v1::SegmentService::CallbackService {
 public:
  explicit SegmentServiceImpl(const SegmentContext& context) : context_(context) {}

  grpc::ServerUnaryReactor* CreateSegment(grpc::CallbackServerContext* context, const v1::CreateSegmentRequest* request,
                                          v1::CreateSegmentResponse* response) override;
  grpc::ServerUnaryReactor* GetSegment(grpc::CallbackServerContext* context, const v1::GetSegmentRequest* request,
                                       v1::GetSegmentResponse* response) override;
  grpc::ServerUnaryReactor* ListSegments(grpc::CallbackServerContext* context, const v1::ListSegmentsRequest* request,
                                         v1::ListSegmentsResponse* response) override;
  grpc::ServerUnaryReactor* UpdateSegment(grpc::CallbackServerContext* context, const v1::UpdateSegmentRequest* request,
                                          v1::UpdateSegmentResponse* response) override;
  grpc::ServerUnaryReactor* ActivateSegment(grpc::CallbackServerContext* context,
                                            const v1::ActivateSegmentRequest* request,
                                            v1::ActivateSegmentResponse* response) override;
  grpc::ServerUnaryReactor* ArchiveSegment(grpc::CallbackServerContext* context,
                                           const v1::ArchiveSegmentRequest* request,
                                           v1::ArchiveSegmentResponse* response) override;
  grpc::ServerUnaryReactor* CountSegment(grpc::CallbackServerContext* context, const v1::CountSegmentRequest* request,
                                         v1::CountSegmentResponse* response) override;
  grpc::ServerUnaryReactor* ListSegmentUsers(grpc::CallbackServerContext* context,
                                             const v1::ListSegmentUsersRequest* request,
                                             v1::ListSegmentUsersResponse* response) override;

 private:
  absl::Status DoList(const v1::ListSegmentsRequest& request, v1::ListSegmentsResponse* response);
  absl::Status DoListUsers(const v1::ListSegmentUsersRequest& request, v1::ListSegmentUsersResponse* response);

  const SegmentContext context_;
};

}  // namespace cadenza::rpc

#endif  // CADENZA_SERVER_RPC_SEGMENT_SERVICE_H_
