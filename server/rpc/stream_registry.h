// Every open stream and call that a shutdown must reach.
#ifndef CADENZA_SERVER_RPC_STREAM_REGISTRY_H_
#define CADENZA_SERVER_RPC_STREAM_REGISTRY_H_

#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace cadenza::rpc {

// What a shutdown says to a stream. Called on any thread.
class Drainable {
 public:
  virtual ~Drainable() = default;
  // Tell the client to finish until `deadline`.
  virtual void Drain(absl::Time deadline) = 0;
  // End now.
  virtual void Terminate(const absl::Status& status) = 0;
};

// Thread-safe.
class StreamRegistry {
 public:
  // False while draining: the stream should end with UNAVAILABLE at once.
  bool Add(std::shared_ptr<Drainable> stream);
  void Remove(const Drainable* stream);

  // Refuses new streams from now on, and tells the open ones.
  void Drain(absl::Time deadline);
  void Terminate(const absl::Status& status);
  // Whether no stream was left before `deadline`.
  bool AwaitEmpty(absl::Time deadline);

 private:
  std::vector<std::shared_ptr<Drainable>> All();

  absl::Mutex mu_;
  bool draining_ ABSL_GUARDED_BY(mu_) = false;
  absl::flat_hash_map<const Drainable*, std::shared_ptr<Drainable>> streams_ ABSL_GUARDED_BY(mu_);
};

}  // namespace cadenza::rpc

#endif  // CADENZA_SERVER_RPC_STREAM_REGISTRY_H_
