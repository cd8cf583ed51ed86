// CatalogService: protos to server/control and back. All calls run on the worker pool.
#ifndef CADENZA_SERVER_RPC_CATALOG_SERVICE_H_
#define CADENZA_SERVER_RPC_CATALOG_SERVICE_H_

#include "absl/status/status.h"
#include "cadenza/v1/catalog_service.grpc.pb.h"
#include "server/control/catalog_admin.h"
#include "server/rpc/worker_pool.h"

namespace cadenza::rpc {

// All of it outlives the service.
struct CatalogContext {
  CatalogAdmin* admin = nullptr;
  WorkerPool* pool = nullptr;
};

class CatalogServiceImpl : public v1::CatalogService::CallbackService {
 public:
  explicit CatalogServiceImpl(const CatalogContext& context) : context_(context) {}

  grpc::ServerUnaryReactor* CreateCatalog(grpc::CallbackServerContext* context, const v1::CreateCatalogRequest* request,
                                          v1::CreateCatalogResponse* response) override;
  grpc::ServerUnaryReactor* GetCatalog(grpc::CallbackServerContext* context, const v1::GetCatalogRequest* request,
                                       v1::GetCatalogResponse* response) override;
  grpc::ServerUnaryReactor* ListCatalogs(grpc::CallbackServerContext* context, const v1::ListCatalogsRequest* request,
                                         v1::ListCatalogsResponse* response) override;
  grpc::ServerUnaryReactor* DeleteCatalog(grpc::CallbackServerContext* context, const v1::DeleteCatalogRequest* request,
                                          v1::DeleteCatalogResponse* response) override;
  grpc::ServerUnaryReactor* UpsertCatalogItems(grpc::CallbackServerContext* context,
                                               const v1::UpsertCatalogItemsRequest* request,
                                               v1::UpsertCatalogItemsResponse* response) override;
  grpc::ServerUnaryReactor* GetCatalogItem(grpc::CallbackServerContext* context,
                                           const v1::GetCatalogItemRequest* request,
                                           v1::GetCatalogItemResponse* response) override;
  grpc::ServerUnaryReactor* ListCatalogItems(grpc::CallbackServerContext* context,
                                             const v1::ListCatalogItemsRequest* request,
                                             v1::ListCatalogItemsResponse* response) override;
  grpc::ServerUnaryReactor* DeleteCatalogItems(grpc::CallbackServerContext* context,
                                               const v1::DeleteCatalogItemsRequest* request,
                                               v1::DeleteCatalogItemsResponse* response) override;

 private:
  absl::Status DoUpsert(const v1::UpsertCatalogItemsRequest& request, v1::UpsertCatalogItemsResponse* response);

  const CatalogContext context_;
};

}  // namespace cadenza::rpc

#endif  // CADENZA_SERVER_RPC_CATALOG_SERVICE_H_
