// What every bidirectional stream of ours has in common: its life, its lock, and the one place that starts operations.
//
// Life: Start hands the reactor to gRPC; it holds itself alive until OnDone. Whoever else holds it (a lane through its
// intake, the hub, the registry) may call it until then and after: once it is done, calls do nothing. Reactions run on
// gRPC's threads; Pump may be called from any. One mutex guards the state, and only PumpLocked starts an operation, so
// that there is at most one read and one write in flight, and one Finish.
#ifndef CADENZA_SERVER_RPC_STREAM_REACTOR_H_
#define CADENZA_SERVER_RPC_STREAM_REACTOR_H_

#include <grpcpp/support/server_callback.h>

#include <memory>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/rpc/status_map.h"
#include "server/rpc/stream_registry.h"

namespace cadenza::rpc {

template <typename Request, typename Response>
class StreamReactor : public grpc::ServerBidiReactor<Request, Response>, public Drainable {
 public:
  void Drain(absl::Time deadline) override {
    absl::MutexLock lock(&mu_);
    tell_drain_ = deadline;
    PumpLocked();
  }
  void Terminate(const absl::Status& status) override {
    absl::MutexLock lock(&mu_);
    EndLocked(status);
    PumpLocked();
  }

 protected:
  explicit StreamReactor(StreamRegistry* registry) : registry_(registry) {}

  // Begins to read. `self` is this. A registry that drains refuses: the stream then ends at once.
  void Begin(std::shared_ptr<StreamReactor> self) {
    const bool registered = registry_->Add(self);
    absl::MutexLock lock(&mu_);
    self_ = std::move(self);
    if (!registered) EndLocked(absl::UnavailableError("the server is shutting down; open again, elsewhere or later"));
    PumpLocked();
  }

  // --- what a stream says of itself ---

  // A message has come, in request_. On gRPC's thread, one at a time, holding no lock. An error ends the stream.
  virtual absl::Status Handle() = 0;
  // Fills response_ if there is something to tell. May call EndLocked instead.
  virtual bool NextWriteLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) = 0;
  // Whether to take another message now.
  virtual bool MayReadLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return true; }
  // Whether a client that has closed its side has got everything. Asked before NextWriteLocked is, so that what comes
  // in between is still told.
  virtual bool ServedLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return false; }
  // The stream is done: nothing of it is called any more. Holding no lock.
  virtual void Closed() = 0;

  // Ends the stream with `status` as soon as nothing is being written; the first to say so decides.
  void EndLocked(absl::Status status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    if (!end_.has_value()) end_ = std::move(status);
  }
  bool done() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return self_ == nullptr; }

  void Pump() {
    absl::MutexLock lock(&mu_);
    PumpLocked();
  }

  void PumpLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    if (finished_ || self_ == nullptr) return;
    if (!writing_) {
      const bool served = reads_done_ && ServedLocked();
      if (!end_.has_value() && NextWriteLocked()) {
        writing_ = true;
        this->StartWrite(&response_);
      } else if (end_.has_value() || served) {
        finished_ = true;
        this->Finish(end_.has_value() ? ToGrpc(*end_) : grpc::Status::OK);
        return;
      }
    }
    if (!reading_ && !reads_done_ && MayReadLocked()) {
      reading_ = true;
      this->StartRead(&request_);
    }
  }

  Request request_;  // while Handle runs: the message; else gRPC's

  absl::Mutex mu_;
  Response response_ ABSL_GUARDED_BY(mu_);  // untouched while writing_
  std::optional<absl::Time> tell_drain_ ABSL_GUARDED_BY(mu_);
  bool reads_done_ ABSL_GUARDED_BY(mu_) = false;  // the client closed its side, or is gone

 private:
  void OnReadDone(bool ok) override {
    absl::Status handled = ok ? Handle() : absl::OkStatus();
    absl::MutexLock lock(&mu_);
    reading_ = false;
    if (!ok) reads_done_ = true;
    if (!handled.ok()) EndLocked(std::move(handled));
    PumpLocked();
  }
  void OnWriteDone(bool ok) override {
    absl::MutexLock lock(&mu_);
    writing_ = false;
    if (!ok) EndLocked(absl::CancelledError("the connection is gone"));
    PumpLocked();
  }
  void OnCancel() override {
    absl::MutexLock lock(&mu_);
    EndLocked(absl::CancelledError("cancelled"));
    PumpLocked();
  }
  void OnDone() override {
    registry_->Remove(this);
    std::shared_ptr<StreamReactor> self;  // may be the last reference
    {
      absl::MutexLock lock(&mu_);
      finished_ = true;
      self = std::move(self_);
    }
    Closed();
  }

  StreamRegistry* const registry_;
  std::shared_ptr<StreamReactor> self_ ABSL_GUARDED_BY(mu_);  // until OnDone
  bool reading_ ABSL_GUARDED_BY(mu_) = false;
  bool writing_ ABSL_GUARDED_BY(mu_) = false;
  bool finished_ ABSL_GUARDED_BY(mu_) = false;
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mu_);
};

}  // namespace cadenza::rpc

#endif  // CADENZA_SERVER_RPC_STREAM_REACTOR_H_
