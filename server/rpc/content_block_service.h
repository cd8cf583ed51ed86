// ContentBlockService: protos to server/control and back. All calls run on the worker pool.
#ifndef CADENZA_SERVER_RPC_CONTENT_BLOCK_SERVICE_H_
#define CADENZA_SERVER_RPC_CONTENT_BLOCK_SERVICE_H_

#include "cadenza/v1/content_block_service.grpc.pb.h"
#include "server/control/content_block_admin.h"
#include "server/rpc/worker_pool.h"

namespace cadenza::rpc {

// All of it outlives the service.
struct ContentBlockContext {
  ContentBlockAdmin* admin = nullptr;
  WorkerPool* pool = nullptr;
};

class ContentBlockServiceImpl : public v1::ContentBlockService::CallbackService {
 public:
  explicit ContentBlockServiceImpl(const ContentBlockContext& context) : context_(context) {}

  grpc::ServerUnaryReactor* CreateContentBlock(grpc::CallbackServerContext* context,
                                               const v1::CreateContentBlockRequest* request,
                                               v1::CreateContentBlockResponse* response) override;
  grpc::ServerUnaryReactor* GetContentBlock(grpc::CallbackServerContext* context,
                                            const v1::GetContentBlockRequest* request,
                                            v1::GetContentBlockResponse* response) override;
  grpc::ServerUnaryReactor* ListContentBlocks(grpc::CallbackServerContext* context,
                                              const v1::ListContentBlocksRequest* request,
                                              v1::ListContentBlocksResponse* response) override;
  grpc::ServerUnaryReactor* UpdateContentBlock(grpc::CallbackServerContext* context,
                                               const v1::UpdateContentBlockRequest* request,
                                               v1::UpdateContentBlockResponse* response) override;
  grpc::ServerUnaryReactor* DeleteContentBlock(grpc::CallbackServerContext* context,
                                               const v1::DeleteContentBlockRequest* request,
                                               v1::DeleteContentBlockResponse* response) override;

 private:
  const ContentBlockContext context_;
};

}  // namespace cadenza::rpc

#endif  // CADENZA_SERVER_RPC_CONTENT_BLOCK_SERVICE_H_
