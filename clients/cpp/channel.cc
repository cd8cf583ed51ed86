#include "clients/cpp/channel.h"

#include <algorithm>
#include <chrono>

#include "grpcpp/create_channel.h"
#include "grpcpp/support/channel_arguments.h"

namespace cadenza::client {
namespace {

constexpr int kMaxResponseBytes = 16 << 20;  // a page of 1,000 messages
constexpr int kKeepaliveMs = 40'000;         // servers refuse pings that come more often than each 30 s
constexpr int kKeepaliveTimeoutMs = 20'000;
constexpr int kConnectTimeoutMs = 5'000;
constexpr std::chrono::milliseconds kLetConnect(100);

}  // namespace

absl::Duration Backoff::Next() {
  const double fraction = std::uniform_real_distribution<double>(0, 1)(random_);
  const absl::Duration wait = limit_ * fraction;
  limit_ = std::min(limit_ * 2, options_.max);
  return wait;
}

std::shared_ptr<grpc::Channel> MakeChannel(const ChannelOptions& options) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS,
                   static_cast<int>(absl::ToInt64Milliseconds(options.backoff.first)));
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, static_cast<int>(absl::ToInt64Milliseconds(options.backoff.max)));
  // Despite its name this is the time that one attempt to connect may take.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kConnectTimeoutMs);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, options.own_connection ? 1 : 0);
  arguments.SetMaxReceiveMessageSize(kMaxResponseBytes);
  return grpc::CreateCustomChannel(
      options.target, options.credentials ? options.credentials : grpc::InsecureChannelCredentials(), arguments);
}

void LetConnect(grpc::Channel& channel) { channel.WaitForConnected(std::chrono::system_clock::now() + kLetConnect); }

}  // namespace cadenza::client
