// A unary call that sends a batch of inputs through the lanes and answers once each has its verdict.
#ifndef CADENZA_SERVER_RPC_BATCH_CALL_H_
#define CADENZA_SERVER_RPC_BATCH_CALL_H_

#include <grpcpp/support/server_callback.h>

#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "server/rpc/intake.h"
#include "server/rpc/stream_registry.h"

namespace cadenza::rpc {

// Finishes once every input has its verdict, or the server shuts down. Always held by a shared_ptr, and holds itself
// until OnDone. Thread-safe.
class BatchCall : public grpc::ServerUnaryReactor, public Drainable, public std::enable_shared_from_this<BatchCall> {
 public:
  void Drain(absl::Time) override {}  // it ends by itself, after its commit
  void Terminate(const absl::Status& status) override;

 protected:
  BatchCall(const IntakeContext& intake, StreamRegistry* registry) : context_(intake), registry_(registry) {}

  // First of all: registers the call, which is finished already if the server is shutting down. Then one of Run and
  // Terminate.
  bool Begin();
  // Ends the call if too much waits for a commit already. `read` and what it reads are needed during this call only.
  void Run(Intake::Options options, int count, Intake::ReadInput read);

 private:
  // Fills the response; called once, before the call is finished. `ack` has a verdict for each position from 0.
  virtual void FillResponse(const ingest::AckLedger::Ack& ack) = 0;

  void MaybeFinish();
  void OnDone() override;

  const IntakeContext context_;
  StreamRegistry* const registry_;

  absl::Mutex mu_;
  std::shared_ptr<BatchCall> self_ ABSL_GUARDED_BY(mu_);
  std::shared_ptr<Intake> intake_ ABSL_GUARDED_BY(mu_);
  bool finished_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace cadenza::rpc

#endif  // CADENZA_SERVER_RPC_BATCH_CALL_H_
