// A gRPC server on a port of its own whose streams follow scripts: the n-th stream runs the n-th script, further ones
// the last.
#ifndef CADENZA_TESTS_UNIT_CLIENTS_CPP_FAKE_SERVER_H_
#define CADENZA_TESTS_UNIT_CLIENTS_CPP_FAKE_SERVER_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "cadenza/v1/event_service.grpc.pb.h"
#include "cadenza/v1/message_service.grpc.pb.h"
#include "clients/cpp/channel.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"

namespace cadenza::client {

inline constexpr absl::Duration kPatience = absl::Seconds(20);
inline absl::Time Soon() { return absl::Now() + kPatience; }

using EventStream = grpc::ServerReaderWriter<v1::StreamEventsResponse, v1::StreamEventsRequest>;
using MessageStream = grpc::ServerReaderWriter<v1::SubscribeMessagesResponse, v1::SubscribeMessagesRequest>;

template <typename Stream>
class Scripts {
 public:
  using Script = std::function<grpc::Status(Stream&)>;

  void Add(Script script) {
    absl::MutexLock lock(&mu_);
    scripts_.push_back(std::move(script));
  }
  grpc::Status Run(Stream& stream) {
    Script script;
    {
      absl::MutexLock lock(&mu_);
      if (scripts_.empty()) return grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "no script");
      script = scripts_[std::min(next_++, scripts_.size() - 1)];
    }
    return script(stream);
  }

 private:
  absl::Mutex mu_;
  std::vector<Script> scripts_ ABSL_GUARDED_BY(mu_);
  size_t next_ ABSL_GUARDED_BY(mu_) = 0;
};

class FakeServer : public v1::EventService::Service, public v1::MessageService::Service {
 public:
  // `address` "127.0.0.1:0" takes any free port.
  explicit FakeServer(const std::string& address = "127.0.0.1:0") {
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(static_cast<v1::EventService::Service*>(this));
    builder.RegisterService(static_cast<v1::MessageService::Service*>(this));
    server_ = builder.BuildAndStart();
    target_ = port > 1 ? absl::StrCat("127.0.0.1:", port) : address;
  }
  ~FakeServer() override { Stop(); }

  // Ends every stream.
  void Stop() {
    if (server_ != nullptr) server_->Shutdown(absl::ToChronoTime(absl::Now()));
  }
  const std::string& target() const { return target_; }

  Scripts<EventStream> events;
  Scripts<MessageStream> messages;

 private:
  grpc::Status StreamEvents(grpc::ServerContext*, EventStream* stream) override { return events.Run(*stream); }
  grpc::Status SubscribeMessages(grpc::ServerContext*, MessageStream* stream) override { return messages.Run(*stream); }

  std::unique_ptr<grpc::Server> server_;
  std::string target_;
};

inline grpc::Status Unavailable() { return grpc::Status(grpc::StatusCode::UNAVAILABLE, "broken on purpose"); }
inline BackoffOptions Quick() { return {.first = absl::Milliseconds(1), .max = absl::Milliseconds(20)}; }

}  // namespace cadenza::client

#endif  // CADENZA_TESTS_UNIT_CLIENTS_CPP_FAKE_SERVER_H_
