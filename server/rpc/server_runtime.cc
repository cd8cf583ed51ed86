#include "server/rpc/server_runtime.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>

#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>
#include <utility>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/model/limits.h"

namespace cadenza::rpc {
namespace {

constexpr char kHealthCheck[] = "/grpc.health.v1.Health/Check";
// gRPC 1.51's polling threads sleep up to 100 ms after a second without work, which delays the next message by as much.
// A call to ourselves now and then keeps them awake.
constexpr absl::Duration kHeartbeat = absl::Milliseconds(250);
// How long gRPC lets calls run on once the streams have been ended.
constexpr std::chrono::seconds kShutdownGrace(2);
constexpr int kMessageBytesMax = static_cast<int>(limits::kBatchBytes) + (64 << 10);

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file || text.str().empty()) return absl::FailedPreconditionError(StrCat("cannot read ", path));
  return text.str();
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> Credentials(const ServerRuntime::Options& options) {
  if (options.tls_cert_file.empty() != options.tls_key_file.empty()) {
    return absl::FailedPreconditionError("--tls-cert and --tls-key go together");
  }
  if (options.tls_cert_file.empty()) return grpc::InsecureServerCredentials();
  CADENZA_ASSIGN_OR_RETURN(std::string cert, ReadFile(options.tls_cert_file));
  CADENZA_ASSIGN_OR_RETURN(std::string key, ReadFile(options.tls_key_file));
  grpc::SslServerCredentialsOptions ssl;
  ssl.pem_key_cert_pairs.push_back({std::move(key), std::move(cert)});
  return grpc::SslServerCredentials(ssl);
}

void SetLimits(const ServerRuntime::Options& options, grpc::ServerBuilder* builder) {
  // With the probe on, gRPC buffers megabytes for each stream that nobody reads: "not reading" would be no
  // back-pressure.
  builder->AddChannelArgument("grpc.http2.bdp_probe", 0);
  builder->AddChannelArgument("grpc.http2.lookahead_bytes", 64 << 10);
  // A small compressed message could otherwise take any amount of memory.
  builder->AddChannelArgument("grpc.per_message_decompression", 0);
  builder->AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, 1000);
  builder->AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, 8 << 10);
  // A second process on the same port must fail, not share it silently.
  builder->AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 60'000);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20'000);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder->AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  builder->AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 20'000);
  builder->AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, 10'000);
  builder->SetMaxReceiveMessageSize(kMessageBytesMax);
  grpc::ResourceQuota quota("cadenza");
  quota.Resize(options.memory_bytes_max);
  builder->SetResourceQuota(quota);
}

// Calls the server from inside until stopped.
class Heartbeat {
 public:
  explicit Heartbeat(grpc::Server* server)
      : stub_(server->InProcessChannel(grpc::ChannelArguments())), thread_([this] { Run(); }) {}
  ~Heartbeat() {
    stop_.Notify();
    thread_.join();
  }

 private:
  void Run() {
    grpc::CompletionQueue queue;
    while (!stop_.WaitForNotificationWithTimeout(kHeartbeat)) {
      grpc::ClientContext context;
      context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(1));
      grpc::ByteBuffer request(nullptr, 0);
      grpc::ByteBuffer response;
      grpc::Status status;
      auto call = stub_.PrepareUnaryCall(&context, kHealthCheck, request, &queue);
      call->StartCall();
      call->Finish(&response, &status, this);
      void* tag = nullptr;
      bool ok = false;
      queue.Next(&tag, &ok);
    }
    queue.Shutdown();
  }

  grpc::GenericStub stub_;
  absl::Notification stop_;
  std::thread thread_;
};

class Runtime : public ServerRuntime {
 public:
  Runtime(std::unique_ptr<grpc::Server> server, int port, bool durable)
      : server_(std::move(server)), port_(port), heartbeat_(std::make_unique<Heartbeat>(server_.get())) {
    SetServing(false);
    server_->GetHealthCheckService()->SetServingStatus("durable", durable);
  }
  ~Runtime() override { Shutdown(nullptr, absl::ZeroDuration()); }

  int port() const override { return port_; }
  void SetServing(bool serving) override { server_->GetHealthCheckService()->SetServingStatus("", serving); }

  void Shutdown(StreamRegistry* registry, absl::Duration grace) override {
    if (server_ == nullptr) return;
    SetServing(false);
    if (registry != nullptr) {
      const absl::Time deadline = absl::Now() + grace;
      registry->Drain(deadline);
      if (!registry->AwaitEmpty(deadline)) {
        registry->Terminate(absl::UnavailableError("the server is shutting down; open again, elsewhere or later"));
        registry->AwaitEmpty(absl::Now() + absl::Seconds(2));
      }
    }
    heartbeat_.reset();
    server_->Shutdown(std::chrono::system_clock::now() + kShutdownGrace);
    server_->Wait();
    server_.reset();
  }

 private:
  std::unique_ptr<grpc::Server> server_;
  const int port_;
  std::unique_ptr<Heartbeat> heartbeat_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ServerRuntime>> ServerRuntime::Start(const Options& options,
                                                                    const std::vector<grpc::Service*>& services) {
  CADENZA_ASSIGN_OR_RETURN(std::shared_ptr<grpc::ServerCredentials> credentials, Credentials(options));
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  SetLimits(options, &builder);
  int port = 0;
  builder.AddListeningPort(options.listen, credentials, &port);
  for (grpc::Service* service : services) builder.RegisterService(service);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) {
    return absl::FailedPreconditionError(
        StrCat("cannot listen on ", options.listen, ": is the port taken? Choose another with --listen"));
  }
  return std::make_unique<Runtime>(std::move(server), port, options.durable);
}

}  // namespace cadenza::rpc
