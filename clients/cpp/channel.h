// How the clients reach a server: the channel, and the waiting between attempts.
#ifndef CADENZA_CLIENTS_CPP_CHANNEL_H_
#define CADENZA_CLIENTS_CPP_CHANNEL_H_

#include <memory>
#include <random>
#include <string>

#include "absl/time/time.h"
#include "grpcpp/channel.h"
#include "grpcpp/security/credentials.h"

namespace cadenza::client {

// Waits after a failure, before the next attempt: uniform between 0 and min(max, first * 2^attempt), "full jitter" (M.
// Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
struct BackoffOptions {
  absl::Duration first = absl::Milliseconds(100);
  absl::Duration max = absl::Seconds(10);
};

// Not thread-safe.
class Backoff {
 public:
  explicit Backoff(const BackoffOptions& options)
      : options_(options), limit_(options.first), random_(std::random_device()()) {}

  // How long to wait now; the limit then doubles.
  absl::Duration Next();
  // After a success.
  void Reset() { limit_ = options_.first; }

 private:
  const BackoffOptions options_;
  absl::Duration limit_;
  std::mt19937_64 random_;
};

struct ChannelOptions {
  // A gRPC target: "127.0.0.1:7233", "dns:///cadenza.example:7233", "unix:/run/cadenza.sock".
  std::string target = "127.0.0.1:7233";
  // Null: plaintext. For TLS: grpc::SslCredentials({.pem_root_certs = ...}).
  std::shared_ptr<grpc::ChannelCredentials> credentials = nullptr;
  // Otherwise channels of one process to one target share a connection, and its limit of streams.
  bool own_connection = false;
  // Of the connection below the streams.
  BackoffOptions backoff = {};
};

// Connects lazily. A dead peer is noticed within a minute (keepalive) while a call is open.
std::shared_ptr<grpc::Channel> MakeChannel(const ChannelOptions& options);

// To be called before each attempt of a stream: waits until the channel is connected, at most for a moment (100 ms).
// gRPC 1.51 answers calls on a channel that could not connect lately with UNAVAILABLE at once, and its connections only
// move on while some thread waits inside gRPC; so a client that did nothing but pause between its attempts would wait
// for gRPC's own poller, which looks every 5 s.
void LetConnect(grpc::Channel& channel);

}  // namespace cadenza::client

#endif  // CADENZA_CLIENTS_CPP_CHANNEL_H_
