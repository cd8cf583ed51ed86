// The producer's side of EventService.StreamEvents: it keeps every input until the server has acked it.
//
//   Producer producer({.channel = {.target = "127.0.0.1:7233"}, .workspace = "shop"});
//   producer.Send(Event(UserId("ada"), "order_placed", {...})).status();
//   producer.Flush(absl::Now() + absl::Seconds(10));
//
// What waits goes out at once, as one batch; nobody waits for a timer. A stream that breaks is opened again after a
// backoff, and everything not acked is sent again in the same order with the same event ids; the server's dedupe makes
// that safe. A stream that the server drains is finished and opened anew without loss.
#ifndef CADENZA_CLIENTS_CPP_PRODUCER_H_
#define CADENZA_CLIENTS_CPP_PRODUCER_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "cadenza/v1/event_service.grpc.pb.h"
#include "clients/cpp/channel.h"

namespace cadenza::client {

struct ProducerOptions {
  ChannelOptions channel = {};
  std::string workspace = {};
  v1::StreamOpen::Mode mode = v1::StreamOpen::MODE_LIVE;

  // What may wait for its ack: Send blocks beyond either. One input is always let in, however large.
  size_t max_buffered_inputs = 20'000;
  size_t max_buffered_bytes = 64 << 20;
  // 1 to 1,000; the server's limits lower both.
  int max_batch_inputs = 500;
  size_t max_batch_bytes = 1 << 20;

  BackoffOptions backoff = {};
  // How long a new stream may take to answer `opened` before it is given up.
  absl::Duration open_timeout = absl::Seconds(10);

  // The next two run on the producer's own thread, one at a time, and must neither block nor call the producer (stats()
  // may be called).

  // For each input that was a duplicate or was rejected, once it is known, before Flush returns. The references live
  // during the call.
  std::function<void(const v1::Input& input, const v1::InputResult& result)> on_result = nullptr;
  // For each ack, after its results. If set, the acks carry user_seqs.
  std::function<void(const v1::Ack& ack)> on_ack = nullptr;
};

struct ProducerStats {
  int64_t accepted = 0;  // inputs taken by Send
  int64_t sent = 0;      // inputs written to a stream; one that was sent again counts again
  int64_t acked = 0;     // settled: applied, duplicate or rejected
  int64_t duplicates = 0;
  int64_t rejected = 0;
  int64_t batches = 0;
  int64_t reconnects = 0;  // streams opened after the first
  size_t buffered_inputs = 0;
  size_t buffered_bytes = 0;
};

// Thread-safe. Two threads of its own: one opens streams and writes, one (per stream) reads. The order of inputs is the
// order in which Send returned; with one calling thread, its program order.
class Producer {
 public:
  // Begins to connect at once.
  explicit Producer(ProducerOptions options);
  // Drops what is not acked. Call Flush or Close first.
  ~Producer();
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;

  // Takes the input in, with a new UUIDv7 as event_id if it has none, and returns its sequence number (1, 2, 3 …).
  // Blocks while the buffer is full.
  //
  // Errors (the input is not taken): DEADLINE_EXCEEDED; INVALID_ARGUMENT (over 4 MiB: it would never fit into a batch);
  // FAILED_PRECONDITION (closed); or the error of status().
  absl::StatusOr<int64_t> Send(v1::Input input, absl::Time deadline = absl::InfiniteFuture());

  // Waits until everything taken in before the call is settled. DEADLINE_EXCEEDED, or the error of status().
  absl::Status Flush(absl::Time deadline = absl::InfiniteFuture());

  // Flushes, ends the stream in order and stops. After the deadline stops anyway: DEADLINE_EXCEEDED says how many
  // inputs were not acked, and why if known.
  absl::Status Close(absl::Time deadline = absl::InfiniteFuture());

  // OK while the producer works or tries to. An error that another attempt would not mend (client::IsFinal) stops it
  // for good and stays here.
  absl::Status status() const;
  // Why the last stream broke; OK if none did.
  absl::Status last_error() const;
  ProducerStats stats() const;

 private:
  struct Waiting {
    v1::Input input;
    uint32_t bytes;
  };
  // As it is sent, and sent again. Changed only by the writer thread, only while no stream is open.
  struct Batch {
    v1::StreamEventsRequest request;
    std::vector<uint32_t> bytes;  // of each input

    int64_t first_seq() const { return request.batch().first_seq(); }
    int64_t last_seq() const { return first_seq() + static_cast<int64_t>(bytes.size()) - 1; }
  };
  using Stream = grpc::ClientReaderWriter<v1::StreamEventsRequest, v1::StreamEventsResponse>;
  // What the threads know of the stream that is open.
  struct StreamState {
    bool opened = false;
    bool ended = false;  // the reader has read its last
    bool draining = false;
    absl::Time drain_deadline;
    v1::StreamOpened limits;
    size_t unwritten = 0;  // batches at the end of unacked_ that were not written on this stream
    int64_t written_through = 0;
    absl::Status violation;  // the server broke the protocol
  };

  void Run();
  // One stream from open to end; why it ended. OK: drained, or closed in order.
  absl::Status RunStream();
  void WriteLoop(Stream& stream);
  void ReadLoop(Stream& stream);
  // Waits until a batch may be written; null when the stream is to end.
  std::shared_ptr<Batch> AwaitBatch();
  void ResetStream() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool AwaitOpened() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  std::shared_ptr<Batch> NextBatch() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool MayWrite() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void HandleAck(const v1::Ack& ack);
  void Settle(const v1::Ack& ack) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool StreamIsOver() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return state_.ended || abort_ || !state_.violation.ok();
  }
  bool IsDone() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return abort_ || (closing_ && Buffered() == 0); }
  size_t Buffered() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return static_cast<size_t>(next_seq_ - 1 - acked_through_);
  }
  bool HasRoom(size_t bytes) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Abort();

  const ProducerOptions options_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::EventService::Stub> stub_;

  mutable absl::Mutex mu_;
  absl::CondVar room_;     // an ack made room
  absl::CondVar work_;     // the writer has something to do
  absl::CondVar settled_;  // acks came, or the producer stopped
  std::deque<Waiting> waiting_ ABSL_GUARDED_BY(mu_);
  std::deque<std::shared_ptr<Batch>> unacked_ ABSL_GUARDED_BY(mu_);
  StreamState state_ ABSL_GUARDED_BY(mu_);
  grpc::ClientContext* context_ ABSL_GUARDED_BY(mu_) = nullptr;  // of the open stream
  int64_t next_seq_ ABSL_GUARDED_BY(mu_) = 1;
  int64_t acked_through_ ABSL_GUARDED_BY(mu_) = 0;
  size_t buffered_bytes_ ABSL_GUARDED_BY(mu_) = 0;
  bool closing_ ABSL_GUARDED_BY(mu_) = false;
  bool abort_ ABSL_GUARDED_BY(mu_) = false;
  bool stopped_ ABSL_GUARDED_BY(mu_) = false;  // the writer thread is at its end
  absl::Status final_status_ ABSL_GUARDED_BY(mu_);
  absl::Status last_error_ ABSL_GUARDED_BY(mu_);
  ProducerStats stats_ ABSL_GUARDED_BY(mu_);

  std::thread writer_;
};

}  // namespace cadenza::client

#endif  // CADENZA_CLIENTS_CPP_PRODUCER_H_
