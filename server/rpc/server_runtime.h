// The gRPC server itself: every knob, health, reflection, the heartbeat, drain and shutdown, in one place.
#ifndef CADENZA_SERVER_RPC_SERVER_RUNTIME_H_
#define CADENZA_SERVER_RPC_SERVER_RUNTIME_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/rpc/stream_registry.h"

namespace grpc {
class Service;
}

namespace cadenza::rpc {

// Owned and called by the main thread; SetServing may be called from any.
class ServerRuntime {
 public:
  struct Options {
    std::string listen = "127.0.0.1:7233";  // host:port (port 0 = any) or unix:///path
    std::string tls_cert_file;              // PEM; with tls_key_file: TLS, else plaintext
    std::string tls_key_file;
    int64_t memory_bytes_max = 512 << 20;  // of gRPC's own buffers
    bool durable = true;                   // what the health service "durable" says
  };

  // Listens at once; health says NOT_SERVING until SetServing(true). The services must outlive the runtime.
  // FAILED_PRECONDITION if the address or the certificate cannot be used.
  static absl::StatusOr<std::unique_ptr<ServerRuntime>> Start(const Options& options,
                                                              const std::vector<grpc::Service*>& services);

  // Shutdown(0) if that was not done.
  virtual ~ServerRuntime() = default;

  // The port; 0 on a unix socket.
  virtual int port() const = 0;
  virtual void SetServing(bool serving) = 0;

  // Tells every stream of `registry` to finish within `grace`, then ends those that are left, and the server. Returns
  // when nothing of gRPC is running any more.
  virtual void Shutdown(StreamRegistry* registry, absl::Duration grace) = 0;
};

}  // namespace cadenza::rpc

#endif  // CADENZA_SERVER_RPC_SERVER_RUNTIME_H_
