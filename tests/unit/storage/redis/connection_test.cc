// The connection and the client against a peer that speaks as the test tells it to.
#include "storage/redis/connection.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "storage/redis/client.h"

namespace cadenza::redis {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

// Accepts connections one after the other; answers the first bytes of each with `answer`, `drip` bytes at a time, one
// each 5 ms (0 = all at once).
class Peer {
 public:
  Peer(std::string answer, size_t drip = 0) : answer_(std::move(answer)), drip_(drip) {
    fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(fd_, 8), 0);
    EXPECT_EQ(getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~Peer() {
    stop_ = true;
    shutdown(fd_, SHUT_RDWR);
    thread_.join();
    close(fd_);
  }
  Address address() const {
    Address address;
    address.host = "127.0.0.1";
    address.port = port_;
    return address;
  }

 private:
  void Serve() {
    while (!stop_) {
      int client = accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) return;
      char buffer[4096];
      if (recv(client, buffer, sizeof(buffer), 0) > 0) Answer(client);
      // Until the other side has had enough.
      pollfd closing{client, POLLIN, 0};
      while (!stop_ && poll(&closing, 1, 10) == 0) {
      }
      close(client);
    }
  }
  void Answer(int client) {
    size_t step = drip_ == 0 ? answer_.size() : drip_;
    for (size_t at = 0; at < answer_.size() && !stop_; at += step) {
      if (send(client, answer_.data() + at, std::min(step, answer_.size() - at), MSG_NOSIGNAL) < 0) return;
      pollfd closing{client, POLLRDHUP, 0};
      if (drip_ != 0 && poll(&closing, 1, 5) > 0) return;
    }
  }

  const std::string answer_;
  const size_t drip_;
  int fd_ = -1;
  int port_ = 0;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

absl::StatusOr<std::vector<Reply>> Ask(const Peer& peer, milliseconds time = seconds(10)) {
  Deadline deadline = steady_clock::now() + time;
  auto connection = Connection::Open(peer.address(), deadline);
  if (!connection.ok()) return connection.status();
  auto replies = (*connection)->Exchange({{"MGET", "a"}}, deadline);
  EXPECT_EQ((*connection)->broken(), !replies.ok());
  return replies;
}

TEST(ConnectionTest, ReadsAReply) {
  Peer peer("*2\r\n$3\r\nabc\r\n$-1\r\n");
  auto replies = Ask(peer);
  ASSERT_TRUE(replies.ok()) << replies.status();
  ASSERT_EQ((*replies)[0]->elements, 2u);
  EXPECT_EQ(std::string((*replies)[0]->element[0]->str), "abc");
  EXPECT_EQ((*replies)[0]->element[1]->type, REDIS_REPLY_NIL);
}

TEST(ConnectionTest, NestedArraysAreBuiltAndFreed) {
  Peer peer("*2\r\n*1\r\n:5\r\n*0\r\n");
  auto replies = Ask(peer);
  ASSERT_TRUE(replies.ok()) << replies.status();
  EXPECT_EQ((*replies)[0]->element[0]->element[0]->integer, 5);
  EXPECT_EQ((*replies)[0]->element[1]->elements, 0u);
}

TEST(ConnectionTest, GarbageIsAnErrorAndBreaksTheConnection) {
  for (std::string garbage :
       {"HTTP/1.1 400 Bad Request\r\n", "*2147483647\r\n", "*100001\r\n",
        "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n", "$-5\r\n", "*-7\r\n", ":12x\r\n", "+OK\r\n+OK\r\n"}) {
    Peer peer(garbage);
    EXPECT_FALSE(Ask(peer).ok()) << garbage;
  }
}

TEST(ConnectionTest, ADrippingPeerDoesNotOutlastTheDeadline) {
  Peer peer("$1000000\r\n" + std::string(1000, 'x'), 1);
  auto begin = steady_clock::now();
  EXPECT_EQ(Ask(peer, milliseconds(50)).status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_GE(steady_clock::now() - begin, milliseconds(49));
  EXPECT_LT(steady_clock::now() - begin, seconds(3)) << "the drip takes 5 s";
}

TEST(ConnectionTest, NobodyThere) {
  Address address;
  {
    Peer peer("");
    address = peer.address();
  }
  EXPECT_EQ(Connection::Open(address, steady_clock::now() + seconds(5)).status().code(),
            absl::StatusCode::kUnavailable);
  address.unix_path = "/nonexistent/redis.sock";
  EXPECT_EQ(Connection::Open(address, steady_clock::now() + seconds(5)).status().code(),
            absl::StatusCode::kUnavailable);
}

TEST(ClientTest, GarbageOpensTheBreaker) {
  Peer peer("what?\r\n");
  Client::Options options;
  options.address = peer.address();
  options.deadline = seconds(5);
  options.breaker.backoff_min = seconds(60);
  Client client(options);
  for (int i = 0; i < options.breaker.failures; ++i) EXPECT_FALSE(client.Call({{"PING"}}).ok());
  EXPECT_EQ(client.breaker_state(), CircuitBreaker::State::kOpen);
  EXPECT_EQ(client.Call({{"PING"}}).status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace cadenza::redis
