#include "server/rpc/content_block_service.h"

#include <utility>

#include "server/rpc/requests.h"
#include "server/rpc/unary.h"
#include "server/rpc/warnings.h"
#include "storage/base/status_macros.h"
#include "storage/codec/wire_content.h"
#include "storage/model/rejection.h"

namespace cadenza::rpc {
namespace {

// create and update: a block in, the stored one and warnings out.
template <typename Request, typename Response, typename Change>
absl::Status Store(const Request& request, Response* response, Change change) {
  CADENZA_RETURN_IF_ERROR(CheckWorkspace(request.workspace()));
  absl::StatusOr<ContentBlock> block = FromProto(request.workspace(), request.content_block());
  ContentBlockAdmin::Warnings warnings;
  if (block.ok()) block = change(*std::move(block), &warnings);
  if (!block.ok()) return WithFieldPrefix(block.status(), "content_block.");
  cadenza::ToProto(*block, response->mutable_content_block());
  AddWarnings(warnings, response->mutable_warnings());
  return absl::OkStatus();
}

}  // namespace

grpc::ServerUnaryReactor* ContentBlockServiceImpl::CreateContentBlock(grpc::CallbackServerContext* context,
                                                                      const v1::CreateContentBlockRequest* request,
                                                                      v1::CreateContentBlockResponse* response) {
  return RunUnary(context, context_.pool, [=, this] {
    return Store(*request, response, [this](ContentBlock block, ContentBlockAdmin::Warnings* warnings) {
      return context_.admin->Create(std::move(block), warnings);
    });
  });
}

grpc::ServerUnaryReactor* ContentBlockServiceImpl::UpdateContentBlock(grpc::CallbackServerContext* context,
                                                                      const v1::UpdateContentBlockRequest* request,
                                                                      v1::UpdateContentBlockResponse* response) {
  return RunUnary(context, context_.pool, [=, this] {
    return Store(*request, response, [this](ContentBlock block, ContentBlockAdmin::Warnings* warnings) {
      return context_.admin->Update(std::move(block), warnings);
    });
  });
}

grpc::ServerUnaryReactor* ContentBlockServiceImpl::GetContentBlock(grpc::CallbackServerContext* context,
                                                                   const v1::GetContentBlockRequest* request,
                                                                   v1::GetContentBlockResponse* response) {
  return RunUnary(context, context_.pool, [=, this]() -> absl::Status {
    CADENZA_RETURN_IF_ERROR(CheckWorkspace(request->workspace()));
    CADENZA_ASSIGN_OR_RETURN(const ContentBlock block,
                             context_.admin->Get(request->workspace(), request->content_block_id()));
    cadenza::ToProto(block, response->mutable_content_block());
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* ContentBlockServiceImpl::ListContentBlocks(grpc::CallbackServerContext* context,
                                                                     const v1::ListContentBlocksRequest* request,
                                                                     v1::ListContentBlocksResponse* response) {
  return RunUnary(context, context_.pool, [=, this]() -> absl::Status {
    CADENZA_RETURN_IF_ERROR(CheckWorkspace(request->workspace()));
    CADENZA_ASSIGN_OR_RETURN(const int page_size, CheckPageSize(request->page_size()));
    CADENZA_ASSIGN_OR_RETURN(const ContentBlockPage page,
                             context_.admin->List(request->workspace(), page_size, request->page_token()));
    for (const ContentBlock& block : page.blocks) cadenza::ToProto(block, response->add_content_blocks());
    response->set_next_page_token(page.next_page_token);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* ContentBlockServiceImpl::DeleteContentBlock(grpc::CallbackServerContext* context,
                                                                      const v1::DeleteContentBlockRequest* request,
                                                                      v1::DeleteContentBlockResponse* /*response*/) {
  return RunUnary(context, context_.pool, [=, this]() -> absl::Status {
    CADENZA_RETURN_IF_ERROR(CheckWorkspace(request->workspace()));
    CADENZA_ASSIGN_OR_RETURN(const int64_t revision, RevisionFromEtag(request->etag(), "the content block"));
    return context_.admin->Delete(request->workspace(), request->content_block_id(), revision);
  });
}

}  // namespace cadenza::rpc
