// StreamEvents: one reactor for one stream.
#ifndef CADENZA_SERVER_RPC_EVENT_STREAM_H_
#define CADENZA_SERVER_RPC_EVENT_STREAM_H_

#include <grpcpp/support/server_callback.h>

#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "cadenza/v1/event_service.pb.h"
#include "server/rpc/intake.h"
#include "server/rpc/stream_reactor.h"
#include "server/rpc/stream_registry.h"
#include "storage/base/metrics.h"

namespace cadenza::rpc {

// What event streams and SubmitEvents work with; outlives all of them.
struct EventContext {
  IntakeContext intake;
  StreamRegistry* registry = nullptr;
  Metrics* metrics = nullptr;
  size_t inflight_inputs_max = 4000;
  int64_t inflight_bytes_max = 8 << 20;
};

void FillAck(ingest::AckLedger::Ack ack, v1::Ack* proto);
void FillResult(int64_t seq, const Verdict& verdict, v1::InputResult* proto);

class EventStream : public StreamReactor<v1::StreamEventsRequest, v1::StreamEventsResponse>,
                    public std::enable_shared_from_this<EventStream> {
 public:
  static grpc::ServerBidiReactor<v1::StreamEventsRequest, v1::StreamEventsResponse>* Start(const EventContext& context);

 private:
  explicit EventStream(const EventContext& context) : StreamReactor(context.registry), context_(context) {}

  absl::Status Handle() override;
  bool NextWriteLocked() override ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool MayReadLocked() const override ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool ServedLocked() const override ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Closed() override;

  absl::Status Open(const v1::StreamOpen& open);

  const EventContext context_;
  std::shared_ptr<Intake> intake_ ABSL_GUARDED_BY(mu_);  // once opened
  bool tell_opened_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace cadenza::rpc

#endif  // CADENZA_SERVER_RPC_EVENT_STREAM_H_
