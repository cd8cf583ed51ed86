// MessageHints over Redis PUBLISH and SUBSCRIBE: one channel for all processes of a deployment.
//
// Two threads, each with its own connection: one sends what is queued, one listens. Both reconnect for ever, with
// backoff (100 ms to 2 s). While Redis is away, hints are dropped.
#ifndef CADENZA_STORAGE_REDIS_REDIS_MESSAGE_HINTS_H_
#define CADENZA_STORAGE_REDIS_REDIS_MESSAGE_HINTS_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/synchronization/mutex.h"
#include "storage/message_hints.h"
#include "storage/redis/address.h"
#include "storage/redis/connection.h"

namespace cadenza::redis {

class RedisMessageHints : public MessageHints {
 public:
  struct Options {
    Address address;
    std::string channel = "cadenza:hints";  // deployments that share a Redis must differ in it
    std::chrono::milliseconds connect_deadline{100};
    std::chrono::milliseconds command_deadline{50};
    size_t queue_users = 10'000;  // waiting to be sent; more are dropped
    // A silent subscription is asked for a sign of life this often, and given up after twice as long.
    std::chrono::milliseconds ping_interval{5'000};
  };

  // Users hinted by other processes; never by this one. Called on the listening thread; must not block.
  using Listener = std::function<void(const std::vector<UserKey>&)>;

  struct Counters {
    std::atomic<int64_t> published{0};  // users
    std::atomic<int64_t> dropped{0};    // users: the queue was full, or Redis was away
    std::atomic<int64_t> received{0};   // users
    std::atomic<int64_t> garbage{0};    // payloads
  };

  RedisMessageHints(Options options, Listener listener);
  // Ends both threads, within the deadlines; `listener` is not called afterwards.
  ~RedisMessageHints() override;

  void Publish(const std::vector<UserKey>& users) override;

  const Counters& counters() const { return counters_; }
  // Whether the subscription stands at this moment.
  bool listening() const { return listening_; }

 private:
  void PublishLoop();
  bool Send(const std::vector<UserKey>& users, std::unique_ptr<Connection>* connection);
  void ListenLoop();
  // Until the subscription is lost or the object is stopped.
  void Listen(Connection* connection);
  void Received(const redisReply& reply);
  // False once stopped.
  bool WaitToRetry(std::chrono::milliseconds backoff);

  const Options options_;
  const Listener listener_;
  const Digest self_;
  const int wake_fd_;  // an eventfd, readable once stopped
  Counters counters_;
  std::atomic<bool> listening_{false};

  absl::Mutex mu_;
  bool stopped_ ABSL_GUARDED_BY(mu_) = false;
  absl::flat_hash_set<UserKey> queue_ ABSL_GUARDED_BY(mu_);

  std::thread publisher_;
  std::thread subscriber_;
};

}  // namespace cadenza::redis

#endif  // CADENZA_STORAGE_REDIS_REDIS_MESSAGE_HINTS_H_
