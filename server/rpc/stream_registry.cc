#include "server/rpc/stream_registry.h"

#include <utility>

namespace cadenza::rpc {

bool StreamRegistry::Add(std::shared_ptr<Drainable> stream) {
  absl::MutexLock lock(&mu_);
  if (draining_) return false;
  const Drainable* key = stream.get();
  streams_.emplace(key, std::move(stream));
  return true;
}

void StreamRegistry::Remove(const Drainable* stream) {
  std::shared_ptr<Drainable> removed;  // dropped after the lock
  absl::MutexLock lock(&mu_);
  auto it = streams_.find(stream);
  if (it == streams_.end()) return;
  removed = std::move(it->second);
  streams_.erase(it);
}

void StreamRegistry::Drain(absl::Time deadline) {
  {
    absl::MutexLock lock(&mu_);
    draining_ = true;
  }
  for (auto& stream : All()) stream->Drain(deadline);
}

void StreamRegistry::Terminate(const absl::Status& status) {
  for (auto& stream : All()) stream->Terminate(status);
}

bool StreamRegistry::AwaitEmpty(absl::Time deadline) {
  absl::MutexLock lock(&mu_);
  return mu_.AwaitWithDeadline(
      absl::Condition(
          +[](StreamRegistry* self) ABSL_NO_THREAD_SAFETY_ANALYSIS { return self->streams_.empty(); }, this),
      deadline);
}

std::vector<std::shared_ptr<Drainable>> StreamRegistry::All() {
  std::vector<std::shared_ptr<Drainable>> all;
  absl::MutexLock lock(&mu_);
  for (auto& [key, stream] : streams_) all.push_back(stream);
  return all;
}

}  // namespace cadenza::rpc
