// Calls to one Redis from any number of threads: a pool of connections behind a circuit breaker, every call under one
// deadline that covers connecting too.
#ifndef CADENZA_STORAGE_REDIS_CLIENT_H_
#define CADENZA_STORAGE_REDIS_CLIENT_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "storage/redis/address.h"
#include "storage/redis/circuit_breaker.h"
#include "storage/redis/connection.h"

namespace cadenza::redis {

// What was sent so far.
struct Traffic {
  std::atomic<int64_t> commands{0};
  std::atomic<int64_t> round_trips{0};
};

// Thread-safe.
class Client {
 public:
  struct Options {
    Address address;
    std::chrono::milliseconds deadline{50};  // of a call, all of it
    size_t idle_connections = 4;             // kept open; each thread inside a call has one
    CircuitBreaker::Options breaker;
  };

  explicit Client(Options options) : options_(std::move(options)), breaker_(options_.breaker) {}

  // The replies to `commands`, in order; they may be errors. Commands must be idempotent: if a kept connection turns
  // out to be dead, they are sent again on a new one. UNAVAILABLE at once while the breaker is open; else as
  // Connection.
  absl::StatusOr<std::vector<Reply>> Call(const std::vector<Command>& commands) {
    return Call(commands, NewDeadline());
  }
  // For several calls under one deadline.
  absl::StatusOr<std::vector<Reply>> Call(const std::vector<Command>& commands, Deadline deadline);
  Deadline NewDeadline() const { return std::chrono::steady_clock::now() + options_.deadline; }

  CircuitBreaker::State breaker_state() const { return breaker_.state(); }
  const Traffic& traffic() const { return traffic_; }

 private:
  absl::StatusOr<std::vector<Reply>> TryCall(const std::vector<Command>& commands, Deadline deadline);
  std::unique_ptr<Connection> TakeIdle();
  void Return(std::unique_ptr<Connection> connection);

  const Options options_;
  CircuitBreaker breaker_;
  Traffic traffic_;
  absl::Mutex mu_;
  std::vector<std::unique_ptr<Connection>> idle_ ABSL_GUARDED_BY(mu_);
};

}  // namespace cadenza::redis

#endif  // CADENZA_STORAGE_REDIS_CLIENT_H_
