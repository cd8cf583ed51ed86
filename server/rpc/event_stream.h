// StreamEvents: one reactor for one stream.
#ifndef CADENZA_SERVER_RPC_EVENT_STREAM_H_
#define CADENZA_SERVER_RPC_EVENT_STREAM_H_

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <memory>
#include <string_view>

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

// Requests are read in place (storage/codec/input_wire.h): message objects cost more than all that is done with them.
class EventStream : public StreamReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                    public std::enable_shared_from_this<EventStream> {
 public:
  static grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* Start(const EventContext& context);

 private:
  explicit EventStream(const EventContext& context) : StreamReactor(context.registry), context_(context) {}

  absl::Status Handle() override;
  bool NextWriteLocked() override ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool MayReadLocked() const override ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool ServedLocked() const override ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Closed() override;

  absl::Status Open(const v1::StreamOpen& open);
  // `batch` is a serialised InputBatch.
  absl::Status Add(std::string_view batch);
  // Puts reply_ into response_.
  void ReplyLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const EventContext context_;
  std::string workspace_;                                // once opened; written by Handle
  std::shared_ptr<Intake> intake_ ABSL_GUARDED_BY(mu_);  // once opened
  bool tell_opened_ ABSL_GUARDED_BY(mu_) = false;
  v1::StreamEventsResponse reply_ ABSL_GUARDED_BY(mu_);
};

}  // namespace cadenza::rpc

#endif  // CADENZA_SERVER_RPC_EVENT_STREAM_H_
