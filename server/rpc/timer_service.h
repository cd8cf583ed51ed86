// TimerService: protos to server/control and back. All calls run on the worker pool.
#ifndef CADENZA_SERVER_RPC_TIMER_SERVICE_H_
#define CADENZA_SERVER_RPC_TIMER_SERVICE_H_

#include "absl/status/status.h"
#include "cadenza/v1/timer_service.grpc.pb.h"
#include "server/control/timer_admin.h"
#include "server/rpc/worker_pool.h"

namespace cadenza::rpc {

// All of it outlives the service.
struct TimerContext {
  TimerAdmin* admin = nullptr;
  WorkerPool* pool = nullptr;
};

class TimerServiceImpl : public v1::TimerService::CallbackService {
 public:
  explicit TimerServiceImpl(const TimerContext& context) : context_(context) {}

  grpc::ServerUnaryReactor* ListParkedTimers(grpc::CallbackServerContext* context,
                                             const v1::ListParkedTimersRequest* request,
                                             v1::ListParkedTimersResponse* response) override;
  grpc::ServerUnaryReactor* RetryParkedTimer(grpc::CallbackServerContext* context,
                                             const v1::RetryParkedTimerRequest* request,
                                             v1::RetryParkedTimerResponse* response) override;

 private:
  absl::Status DoList(const v1::ListParkedTimersRequest& request, v1::ListParkedTimersResponse* response);

  const TimerContext context_;
};

}  // namespace cadenza::rpc

#endif  // CADENZA_SERVER_RPC_TIMER_SERVICE_H_
