// A unary call that blocks on the store: run on the worker pool, its status mapped.
#ifndef CADENZA_SERVER_RPC_UNARY_H_
#define CADENZA_SERVER_RPC_UNARY_H_

#include <grpcpp/support/server_callback.h>

#include <utility>

#include "absl/status/status.h"
#include "server/rpc/status_map.h"
#include "server/rpc/worker_pool.h"

namespace cadenza::rpc {

// `call` is an absl::Status() that fills the response; request and response live until the call is finished.
template <typename Call>
grpc::ServerUnaryReactor* RunUnary(grpc::CallbackServerContext* context, WorkerPool* pool, Call call) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  // A caller who has given up meanwhile is not worth the store's time.
  auto task = [context, reactor, call = std::move(call)] {
    reactor->Finish(context->IsCancelled() ? grpc::Status::CANCELLED : ToGrpc(call()));
  };
  if (!pool->Submit(std::move(task))) {
    reactor->Finish(ToGrpc(absl::UnavailableError("too many calls wait for the store")));
  }
  return reactor;
}

}  // namespace cadenza::rpc

#endif  // CADENZA_SERVER_RPC_UNARY_H_
