// StreamEvents: one reactor for one stream.
//
// Life: EventStream::Start hands the reactor to gRPC; it holds itself alive until OnDone, after which only work items
// may still hold it through its intake. Reactions run on gRPC's threads, progress on lane threads; one mutex guards the
// state, and only PumpLocked starts an operation, so that there is at most one read and one write in flight and one
// Finish.
#ifndef CADENZA_SERVER_RPC_EVENT_STREAM_H_
#define CADENZA_SERVER_RPC_EVENT_STREAM_H_

#include <grpcpp/support/server_callback.h>

#include <memory>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "cadenza/v1/event_service.pb.h"
#include "server/rpc/intake.h"
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

class EventStream : public grpc::ServerBidiReactor<v1::StreamEventsRequest, v1::StreamEventsResponse>,
                    public Drainable,
                    public std::enable_shared_from_this<EventStream> {
 public:
  static grpc::ServerBidiReactor<v1::StreamEventsRequest, v1::StreamEventsResponse>* Start(const EventContext& context);

  void Drain(absl::Time deadline) override;
  void Terminate(const absl::Status& status) override;

 private:
  explicit EventStream(const EventContext& context) : context_(context) {}

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

  absl::Status Handle();
  absl::Status Open(const v1::StreamOpen& open);
  void Pump();
  void PumpLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool NextWriteLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool MayReadLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const EventContext context_;

  // The reading side: touched by OnReadDone only, of which there is one at a time.
  v1::StreamEventsRequest request_;

  absl::Mutex mu_;
  std::shared_ptr<EventStream> self_ ABSL_GUARDED_BY(mu_);  // until OnDone
  std::shared_ptr<Intake> intake_ ABSL_GUARDED_BY(mu_);     // once opened
  v1::StreamEventsResponse response_ ABSL_GUARDED_BY(mu_);  // untouched while writing_
  bool reading_ ABSL_GUARDED_BY(mu_) = false;
  bool writing_ ABSL_GUARDED_BY(mu_) = false;
  bool reads_done_ ABSL_GUARDED_BY(mu_) = false;  // the client closed its side, or is gone
  bool finished_ ABSL_GUARDED_BY(mu_) = false;
  bool tell_opened_ ABSL_GUARDED_BY(mu_) = false;
  std::optional<absl::Time> tell_drain_ ABSL_GUARDED_BY(mu_);
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mu_);  // how to finish, as soon as nothing is being written
};

}  // namespace cadenza::rpc

#endif  // CADENZA_SERVER_RPC_EVENT_STREAM_H_
