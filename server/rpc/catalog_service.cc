#include "server/rpc/catalog_service.h"

#include <string>
#include <utility>
#include <vector>

#include "server/rpc/requests.h"
#include "server/rpc/status_map.h"
#include "server/rpc/unary.h"
#include "storage/base/status_macros.h"
#include "storage/codec/wire_content.h"
#include "storage/model/rejection.h"

namespace cadenza::rpc {

grpc::ServerUnaryReactor* CatalogServiceImpl::CreateCatalog(grpc::CallbackServerContext* context,
                                                            const v1::CreateCatalogRequest* request,
                                                            v1::CreateCatalogResponse* response) {
  return RunUnary(context, context_.pool, [=, this]() -> absl::Status {
    CADENZA_RETURN_IF_ERROR(CheckWorkspace(request->workspace()));
    absl::StatusOr<Catalog> created = context_.admin->Create(FromProto(request->workspace(), request->catalog()));
    if (!created.ok()) return WithFieldPrefix(created.status(), "catalog.");
    cadenza::ToProto(*created, response->mutable_catalog());
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* CatalogServiceImpl::GetCatalog(grpc::CallbackServerContext* context,
                                                         const v1::GetCatalogRequest* request,
                                                         v1::GetCatalogResponse* response) {
  return RunUnary(context, context_.pool, [=, this]() -> absl::Status {
    CADENZA_RETURN_IF_ERROR(CheckWorkspace(request->workspace()));
    CADENZA_ASSIGN_OR_RETURN(const Catalog catalog, context_.admin->Get(request->workspace(), request->catalog_id()));
    cadenza::ToProto(catalog, response->mutable_catalog());
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* CatalogServiceImpl::ListCatalogs(grpc::CallbackServerContext* context,
                                                           const v1::ListCatalogsRequest* request,
                                                           v1::ListCatalogsResponse* response) {
  return RunUnary(context, context_.pool, [=, this]() -> absl::Status {
    CADENZA_RETURN_IF_ERROR(CheckWorkspace(request->workspace()));
    CADENZA_ASSIGN_OR_RETURN(const int page_size, CheckPageSize(request->page_size()));
    CADENZA_ASSIGN_OR_RETURN(const CatalogPage page,
                             context_.admin->List(request->workspace(), page_size, request->page_token()));
    for (const Catalog& catalog : page.catalogs) cadenza::ToProto(catalog, response->add_catalogs());
    response->set_next_page_token(page.next_page_token);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* CatalogServiceImpl::DeleteCatalog(grpc::CallbackServerContext* context,
                                                            const v1::DeleteCatalogRequest* request,
                                                            v1::DeleteCatalogResponse* /*response*/) {
  return RunUnary(context, context_.pool, [=, this]() -> absl::Status {
    CADENZA_RETURN_IF_ERROR(CheckWorkspace(request->workspace()));
    return context_.admin->Delete(request->workspace(), request->catalog_id());
  });
}

grpc::ServerUnaryReactor* CatalogServiceImpl::UpsertCatalogItems(grpc::CallbackServerContext* context,
                                                                 const v1::UpsertCatalogItemsRequest* request,
                                                                 v1::UpsertCatalogItemsResponse* response) {
  return RunUnary(context, context_.pool, [=, this] { return DoUpsert(*request, response); });
}

absl::Status CatalogServiceImpl::DoUpsert(const v1::UpsertCatalogItemsRequest& request,
                                          v1::UpsertCatalogItemsResponse* response) {
  CADENZA_RETURN_IF_ERROR(CheckWorkspace(request.workspace()));
  std::vector<CatalogItemGiven> items;
  items.reserve(static_cast<size_t>(request.items_size()));
  for (const v1::CatalogItem& item : request.items()) items.push_back({item.item_id(), FieldsFromProto(item)});
  CADENZA_ASSIGN_OR_RETURN(const CatalogUpsert done,
                           context_.admin->Upsert(request.workspace(), request.catalog_id(), std::move(items)));
  response->set_upserted_count(done.upserted);
  for (const auto& [place, status] : done.refused) {
    v1::CatalogItemError* error = response->add_errors();
    error->set_index(static_cast<int32_t>(place));
    error->set_item_id(request.items(static_cast<int>(place)).item_id());
    ToProto(status, error->mutable_rejection());
  }
  return absl::OkStatus();
}

grpc::ServerUnaryReactor* CatalogServiceImpl::GetCatalogItem(grpc::CallbackServerContext* context,
                                                             const v1::GetCatalogItemRequest* request,
                                                             v1::GetCatalogItemResponse* response) {
  return RunUnary(context, context_.pool, [=, this]() -> absl::Status {
    CADENZA_RETURN_IF_ERROR(CheckWorkspace(request->workspace()));
    CADENZA_ASSIGN_OR_RETURN(const CatalogItemRow item,
                             context_.admin->GetItem(request->workspace(), request->catalog_id(), request->item_id()));
    return cadenza::ToProto(item, response->mutable_item());
  });
}

grpc::ServerUnaryReactor* CatalogServiceImpl::ListCatalogItems(grpc::CallbackServerContext* context,
                                                               const v1::ListCatalogItemsRequest* request,
                                                               v1::ListCatalogItemsResponse* response) {
  return RunUnary(context, context_.pool, [=, this]() -> absl::Status {
    CADENZA_RETURN_IF_ERROR(CheckWorkspace(request->workspace()));
    CADENZA_ASSIGN_OR_RETURN(const int page_size, CheckPageSize(request->page_size()));
    CADENZA_ASSIGN_OR_RETURN(
        const CatalogItemPage page,
        context_.admin->ListItems(request->workspace(), request->catalog_id(), page_size, request->page_token()));
    for (const CatalogItemRow& item : page.items) {
      CADENZA_RETURN_IF_ERROR(cadenza::ToProto(item, response->add_items()));
    }
    response->set_next_page_token(page.next_page_token);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* CatalogServiceImpl::DeleteCatalogItems(grpc::CallbackServerContext* context,
                                                                 const v1::DeleteCatalogItemsRequest* request,
                                                                 v1::DeleteCatalogItemsResponse* response) {
  return RunUnary(context, context_.pool, [=, this]() -> absl::Status {
    CADENZA_RETURN_IF_ERROR(CheckWorkspace(request->workspace()));
    const std::vector<std::string> ids(request->item_ids().begin(), request->item_ids().end());
    CADENZA_ASSIGN_OR_RETURN(const int64_t gone,
                             context_.admin->DeleteItems(request->workspace(), request->catalog_id(), ids));
    response->set_deleted_count(static_cast<int32_t>(gone));
    return absl::OkStatus();
  });
}

}  // namespace cadenza::rpc
