#include "storage/redis/client.h"

#include <utility>

#include "absl/status/status.h"
#include "storage/base/status_macros.h"

namespace cadenza::redis {

absl::StatusOr<std::vector<Reply>> Client::Call(const std::vector<Command>& commands, Deadline deadline) {
  if (!breaker_.Allow(std::chrono::steady_clock::now())) {
    return absl::UnavailableError("Redis is in trouble; not asked for now");
  }
  traffic_.commands += static_cast<int64_t>(commands.size());
  ++traffic_.round_trips;
  absl::StatusOr<std::vector<Reply>> replies = TryCall(commands, deadline);
  if (replies.ok()) {
    breaker_.Succeeded();
  } else {
    breaker_.Failed(std::chrono::steady_clock::now());
  }
  return replies;
}

absl::StatusOr<std::vector<Reply>> Client::TryCall(const std::vector<Command>& commands, Deadline deadline) {
  if (std::unique_ptr<Connection> connection = TakeIdle()) {
    absl::StatusOr<std::vector<Reply>> replies = connection->Exchange(commands, deadline);
    if (replies.ok()) {
      Return(std::move(connection));
      return replies;
    }
    // One dead connection: Redis was restarted, the others are dead too.
    std::vector<std::unique_ptr<Connection>> dead;
    {
      absl::MutexLock lock(&mu_);
      dead.swap(idle_);
    }
    if (absl::IsDeadlineExceeded(replies.status())) return replies;
  }
  CADENZA_ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection, Connection::Open(options_.address, deadline));
  CADENZA_ASSIGN_OR_RETURN(std::vector<Reply> replies, connection->Exchange(commands, deadline));
  Return(std::move(connection));
  return replies;
}

std::unique_ptr<Connection> Client::TakeIdle() {
  absl::MutexLock lock(&mu_);
  if (idle_.empty()) return nullptr;
  std::unique_ptr<Connection> connection = std::move(idle_.back());
  idle_.pop_back();
  return connection;
}

void Client::Return(std::unique_ptr<Connection> connection) {
  absl::MutexLock lock(&mu_);
  if (idle_.size() < options_.idle_connections) idle_.push_back(std::move(connection));
}

}  // namespace cadenza::redis
