#include "storage/postgres/pool.h"

#include <algorithm>

#include "storage/base/status_macros.h"

namespace cadenza::postgres {

absl::StatusOr<Pool::Lease> Pool::Borrow(Deadline deadline) {
  while (true) {
    std::unique_ptr<Connection> connection;
    {
      absl::MutexLock lock(&mu_);
      auto ready = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return !idle_.empty() || open_ < size_; };
      const auto left = deadline - std::chrono::steady_clock::now();
      if (!mu_.AwaitWithTimeout(absl::Condition(&ready), absl::FromChrono(left))) {
        return absl::UnavailableError("all connections to PostgreSQL are busy");
      }
      if (idle_.empty()) {
        ++open_;
      } else {
        connection = std::move(idle_.back());
        idle_.pop_back();
      }
    }
    if (connection == nullptr) {
      auto opened = Open(deadline);
      if (opened.ok()) return Lease(this, *std::move(opened));
      Forget();
      return opened.status();
    }
    if (connection->IsIdle()) return Lease(this, std::move(connection));
    connection.reset();
    Forget();
  }
}

absl::StatusOr<std::unique_ptr<Connection>> Pool::Open(Deadline deadline) {
  const Deadline limit = std::min(deadline, DeadlineAfter(kConnectLimit));
  CADENZA_ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection, Connection::Open(connection_string_, limit));
  CADENZA_RETURN_IF_ERROR(set_up_(*connection, limit));
  return connection;
}

void Pool::GiveBack(std::unique_ptr<Connection> connection) {
  if (!connection->IsIdle()) {
    connection.reset();
    Forget();
    return;
  }
  absl::MutexLock lock(&mu_);
  idle_.push_back(std::move(connection));
}

void Pool::Forget() {
  absl::MutexLock lock(&mu_);
  --open_;
}

}  // namespace cadenza::postgres
