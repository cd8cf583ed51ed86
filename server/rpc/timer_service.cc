#include "server/rpc/timer_service.h"

#include "server/rpc/requests.h"
#include "server/rpc/unary.h"
#include "storage/base/status_macros.h"
#include "storage/base/utf8.h"
#include "storage/codec/wire.h"

namespace cadenza::rpc {
namespace {

// A payload that does not parse is why some are parked: what it says is left out then.
void ToProto(const Timer& timer, v1::ParkedTimer* proto) {
  cadenza::ToProto(timer.user, proto->mutable_user());
  proto->set_timer_id(timer.timer_id);
  cadenza::ToProto(timer.fire_time, proto->mutable_fire_time());
  proto->set_attempts(timer.attempts);
  proto->set_error(IsUtf8(timer.error) ? timer.error : "the text of the error is damaged");
  v1::TimerFired content;
  if (!content.ParseFromString(timer.payload)) return;
  proto->set_purpose(content.purpose());
  proto->set_campaign_id(content.subject());
  proto->set_event_id(content.trigger().event_id());
}

}  // namespace

grpc::ServerUnaryReactor* TimerServiceImpl::ListParkedTimers(grpc::CallbackServerContext* context,
                                                             const v1::ListParkedTimersRequest* request,
                                                             v1::ListParkedTimersResponse* response) {
  return RunUnary(context, context_.pool, [=, this] { return DoList(*request, response); });
}

grpc::ServerUnaryReactor* TimerServiceImpl::RetryParkedTimer(grpc::CallbackServerContext* context,
                                                             const v1::RetryParkedTimerRequest* request,
                                                             v1::RetryParkedTimerResponse*) {
  return RunUnary(context, context_.pool, [=, this]() -> absl::Status {
    CADENZA_RETURN_IF_ERROR(CheckWorkspace(request->workspace()));
    CADENZA_ASSIGN_OR_RETURN(const UserKey user, CheckUser(request->workspace(), request->user(), "user"));
    return context_.admin->RetryParked(user, request->timer_id());
  });
}

absl::Status TimerServiceImpl::DoList(const v1::ListParkedTimersRequest& request,
                                      v1::ListParkedTimersResponse* response) {
  CADENZA_RETURN_IF_ERROR(CheckWorkspace(request.workspace()));
  CADENZA_ASSIGN_OR_RETURN(const int page_size, CheckPageSize(request.page_size()));
  CADENZA_ASSIGN_OR_RETURN(const ParkedPage page,
                           context_.admin->ListParked(request.workspace(), page_size, request.page_token()));
  for (const Timer& timer : page.timers) ToProto(timer, response->add_timers());
  response->set_next_page_token(page.next_page_token);
  return absl::OkStatus();
}

}  // namespace cadenza::rpc
