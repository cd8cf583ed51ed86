#include "clients/load/grpc_ceiling.h"

#include <google/protobuf/arena.h>
#include <grpcpp/grpcpp.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "cadenza/v1/event_service.grpc.pb.h"
#include "storage/model/limits.h"

namespace cadenza::load {
namespace {

constexpr std::chrono::seconds kShutdownGrace(2);
// What the server tells its clients by default.
constexpr int kInflightInputs = 4000;
constexpr int kInflightBytes = 8 << 20;

// One stream. Deletes itself when it is done.
class AckStream : public grpc::ServerBidiReactor<v1::StreamEventsRequest, v1::StreamEventsResponse> {
 public:
  AckStream() { Read(); }

 private:
  // Parsing into an arena that is emptied between requests: 1.9 us an input against 2.6, at 100 inputs a request.
  void Read() {
    arena_.Reset();
    request_ = google::protobuf::Arena::CreateMessage<v1::StreamEventsRequest>(&arena_);
    StartRead(request_);
  }

  void OnReadDone(bool ok) override {
    {
      absl::MutexLock lock(&mu_);
      if (!ok) reads_done_ = true;
      if (ok && request_->has_open()) tell_opened_ = true;
      if (ok && request_->has_batch()) {
        read_through_ = request_->batch().first_seq() + request_->batch().inputs_size() - 1;
      }
      WriteLocked();
    }
    if (ok) Read();
  }

  void OnWriteDone(bool ok) override {
    absl::MutexLock lock(&mu_);
    writing_ = false;
    if (!ok) {
      acked_through_ = read_through_;
      tell_opened_ = false;
    }
    WriteLocked();
  }

  void OnDone() override { delete this; }

  void WriteLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    if (writing_ || finished_) return;
    if (tell_opened_) {
      tell_opened_ = false;
      v1::StreamOpened* opened = response_.mutable_opened();
      opened->set_max_inflight_inputs(kInflightInputs);
      opened->set_max_inflight_bytes(kInflightBytes);
      opened->set_max_batch_inputs(limits::kBatchInputs);
      opened->set_max_batch_bytes(limits::kBatchBytes);
    } else if (acked_through_ < read_through_) {
      acked_through_ = read_through_;
      response_.mutable_ack()->set_acked_through(acked_through_);
    } else {
      if (reads_done_) {
        finished_ = true;
        Finish(grpc::Status::OK);
      }
      return;
    }
    writing_ = true;
    StartWrite(&response_);
  }

  std::array<char, 4096> first_block_;
  google::protobuf::Arena arena_{first_block_.data(), first_block_.size()};
  v1::StreamEventsRequest* request_ = nullptr;  // in the arena; gRPC's while it reads

  absl::Mutex mu_;
  v1::StreamEventsResponse response_ ABSL_GUARDED_BY(mu_);  // untouched while writing_
  int64_t read_through_ ABSL_GUARDED_BY(mu_) = 0;
  int64_t acked_through_ ABSL_GUARDED_BY(mu_) = 0;
  bool tell_opened_ ABSL_GUARDED_BY(mu_) = false;
  bool reads_done_ ABSL_GUARDED_BY(mu_) = false;
  bool writing_ ABSL_GUARDED_BY(mu_) = false;
  bool finished_ ABSL_GUARDED_BY(mu_) = false;
};

class AckService : public v1::EventService::CallbackService {
 public:
  grpc::ServerBidiReactor<v1::StreamEventsRequest, v1::StreamEventsResponse>* StreamEvents(
      grpc::CallbackServerContext*) override {
    return new AckStream;
  }
};

// As server/rpc/server_runtime.cc has it, so that the two differ in what they do, not in how they listen.
void SetOptions(grpc::ServerBuilder* builder) {
  builder->AddChannelArgument("grpc.http2.bdp_probe", 0);
  builder->AddChannelArgument("grpc.http2.lookahead_bytes", 64 << 10);
  builder->AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, 1000);
  builder->AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder->SetMaxReceiveMessageSize(static_cast<int>(limits::kBatchBytes) + (64 << 10));
}

}  // namespace

int RunAckServer(const std::string& listen) {
  // As in server/main.cc.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigaddset(&stop, SIGINT);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);

  AckService service;
  grpc::ServerBuilder builder;
  SetOptions(&builder);
  int port = 0;
  builder.AddListeningPort(listen, grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) {
    std::fprintf(stderr, "cannot listen on %s: is the port taken?\n", listen.c_str());
    return 1;
  }
  std::printf("listening on %s:%d\n", listen.substr(0, listen.rfind(':')).c_str(), port);
  std::fflush(stdout);
  int signal = 0;
  sigwait(&stop, &signal);
  server->Shutdown(std::chrono::system_clock::now() + kShutdownGrace);
  server->Wait();
  return 0;
}

}  // namespace cadenza::load
