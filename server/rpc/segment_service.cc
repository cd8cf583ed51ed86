#include "server/rpc/segment_service.h"

#include <string>
#include <utility>

#include "server/rpc/requests.h"
#include "server/rpc/unary.h"
#include "storage/base/status_macros.h"
#include "storage/codec/wire.h"
#include "storage/codec/wire_segment.h"
#include "storage/model/rejection.h"

namespace cadenza::rpc {
namespace {

// create and update: a segment in, the stored one out.
template <typename Request, typename Response, typename Change>
absl::Status Store(const Request& request, Response* response, Change change) {
  CADENZA_RETURN_IF_ERROR(CheckWorkspace(request.workspace()));
  absl::StatusOr<Segment> segment = FromProto(request.workspace(), request.segment());
  if (segment.ok()) segment = change(*std::move(segment));
  if (!segment.ok()) return WithFieldPrefix(segment.status(), "segment.");
  cadenza::ToProto(*segment, response->mutable_segment());
  return absl::OkStatus();
}

// activate and archive.
template <typename Request, typename Response, typename Change>
absl::Status Move(const Request& request, Response* response, Change change) {
  CADENZA_RETURN_IF_ERROR(CheckWorkspace(request.workspace()));
  v1::Segment proto;
  proto.set_etag(request.etag());
  CADENZA_ASSIGN_OR_RETURN(const Segment asked, FromProto(request.workspace(), proto));
  CADENZA_ASSIGN_OR_RETURN(const Segment segment, change(asked.revision));
  cadenza::ToProto(segment, response->mutable_segment());
  return absl::OkStatus();
}

}  // namespace

grpc::ServerUnaryReactor* SegmentServiceImpl::CreateSegment(grpc::CallbackServerContext* context,
                                                            const v1::CreateSegmentRequest* request,
                                                            v1::CreateSegmentResponse* response) {
  return RunUnary(context, context_.pool, [=, this] {
    return Store(*request, response, [this](Segment segment) { return context_.admin->Create(std::move(segment)); });
  });
}

grpc::ServerUnaryReactor* SegmentServiceImpl::UpdateSegment(grpc::CallbackServerContext* context,
                                                            const v1::UpdateSegmentRequest* request,
                                                            v1::UpdateSegmentResponse* response) {
  return RunUnary(context, context_.pool, [=, this] {
    return Store(*request, response, [this](const Segment& segment) { return context_.admin->Update(segment); });
  });
}

grpc::ServerUnaryReactor* SegmentServiceImpl::GetSegment(grpc::CallbackServerContext* context,
                                                         const v1::GetSegmentRequest* request,
                                                         v1::GetSegmentResponse* response) {
  return RunUnary(context, context_.pool, [=, this]() -> absl::Status {
    CADENZA_RETURN_IF_ERROR(CheckWorkspace(request->workspace()));
    CADENZA_ASSIGN_OR_RETURN(const Segment segment, context_.admin->Get(request->workspace(), request->segment_id()));
    cadenza::ToProto(segment, response->mutable_segment());
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* SegmentServiceImpl::ListSegments(grpc::CallbackServerContext* context,
                                                           const v1::ListSegmentsRequest* request,
                                                           v1::ListSegmentsResponse* response) {
  return RunUnary(context, context_.pool, [=, this] { return DoList(*request, response); });
}

grpc::ServerUnaryReactor* SegmentServiceImpl::ActivateSegment(grpc::CallbackServerContext* context,
                                                              const v1::ActivateSegmentRequest* request,
                                                              v1::ActivateSegmentResponse* response) {
  return RunUnary(context, context_.pool, [=, this] {
    return Move(*request, response, [=, this](int64_t revision) {
      return context_.admin->Activate(request->workspace(), request->segment_id(), revision);
    });
  });
}

grpc::ServerUnaryReactor* SegmentServiceImpl::ArchiveSegment(grpc::CallbackServerContext* context,
                                                             const v1::ArchiveSegmentRequest* request,
                                                             v1::ArchiveSegmentResponse* response) {
  return RunUnary(context, context_.pool, [=, this] {
    return Move(*request, response, [=, this](int64_t revision) {
      return context_.admin->Archive(request->workspace(), request->segment_id(), revision);
    });
  });
}

grpc::ServerUnaryReactor* SegmentServiceImpl::CountSegment(grpc::CallbackServerContext* context,
                                                           const v1::CountSegmentRequest* request,
                                                           v1::CountSegmentResponse* response) {
  return RunUnary(context, context_.pool, [=, this]() -> absl::Status {
    CADENZA_RETURN_IF_ERROR(CheckWorkspace(request->workspace()));
    CADENZA_ASSIGN_OR_RETURN(const int64_t count, context_.admin->Count(request->workspace(), request->segment_id()));
    response->set_count(count);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* SegmentServiceImpl::ListSegmentUsers(grpc::CallbackServerContext* context,
                                                               const v1::ListSegmentUsersRequest* request,
                                                               v1::ListSegmentUsersResponse* response) {
  return RunUnary(context, context_.pool, [=, this] { return DoListUsers(*request, response); });
}

absl::Status SegmentServiceImpl::DoList(const v1::ListSegmentsRequest& request, v1::ListSegmentsResponse* response) {
  CADENZA_RETURN_IF_ERROR(CheckWorkspace(request.workspace()));
  CADENZA_ASSIGN_OR_RETURN(const int page_size, CheckPageSize(request.page_size()));
  CADENZA_ASSIGN_OR_RETURN(const SegmentPage page, context_.admin->List(request.workspace(), page_size,
                                                                        request.page_token(), request.show_archived()));
  for (const Segment& segment : page.segments) cadenza::ToProto(segment, response->add_segments());
  response->set_next_page_token(page.next_page_token);
  return absl::OkStatus();
}

absl::Status SegmentServiceImpl::DoListUsers(const v1::ListSegmentUsersRequest& request,
                                             v1::ListSegmentUsersResponse* response) {
  CADENZA_RETURN_IF_ERROR(CheckWorkspace(request.workspace()));
  CADENZA_ASSIGN_OR_RETURN(const int page_size, CheckPageSize(request.page_size()));
  CADENZA_ASSIGN_OR_RETURN(
      const SegmentUserPage page,
      context_.admin->ListUsers(request.workspace(), request.segment_id(), page_size, request.page_token()));
  for (const SegmentMember& member : page.users) {
    v1::SegmentUser* user = response->add_users();
    cadenza::ToProto(UserKey{request.workspace(), member.user_key}, user->mutable_user());
    cadenza::ToProto(member.since, user->mutable_enter_time());
  }
  response->set_next_page_token(page.next_page_token);
  return absl::OkStatus();
}

}  // namespace cadenza::rpc
