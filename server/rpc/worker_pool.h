// Threads for calls that block on the store: a gRPC reaction must never block (two blocked reactions freeze every call
// of the process).
#ifndef CADENZA_SERVER_RPC_WORKER_POOL_H_
#define CADENZA_SERVER_RPC_WORKER_POOL_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace cadenza::rpc {

// Thread-safe.
class WorkerPool {
 public:
  WorkerPool(int threads, size_t queue_max);
  ~WorkerPool();

  // False if the queue is full or the pool is stopped: `task` was not taken.
  [[nodiscard]] bool Submit(std::function<void()> task);
  // Runs what is queued, then stops the threads. Idempotent.
  void Stop();

 private:
  void Run();

  const size_t queue_max_;
  absl::Mutex mu_;
  std::deque<std::function<void()>> queue_ ABSL_GUARDED_BY(mu_);
  bool stopped_ ABSL_GUARDED_BY(mu_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace cadenza::rpc

#endif  // CADENZA_SERVER_RPC_WORKER_POOL_H_
