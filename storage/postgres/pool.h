// A bounded set of connections, opened as they are needed and lent to one call at a time.
//
// A connection that is broken, overdue or not back in its idle state is closed when it comes back, and replaced by the
// next call that needs one: so calls succeed again as soon as PostgreSQL does.
#ifndef CADENZA_STORAGE_POSTGRES_POOL_H_
#define CADENZA_STORAGE_POSTGRES_POOL_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "storage/postgres/connection.h"

namespace cadenza::postgres {

// Thread-safe. Outlives its leases.
class Pool {
 public:
  // A new connection gets `kConnectLimit` at most, so that a call that meets a dead server is back well before its
  // deadline.
  static constexpr absl::Duration kConnectLimit = absl::Seconds(2);

  // Prepares a new connection's session.
  using SetUp = std::function<absl::Status(Connection& connection, Deadline deadline)>;

  // The use of one connection; gives it back when destroyed. Movable.
  class Lease {
   public:
    Lease(Pool* pool, std::unique_ptr<Connection> connection) : pool_(pool), connection_(std::move(connection)) {}
    Lease(Lease&& other) = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (connection_ != nullptr) pool_->GiveBack(std::move(connection_));
    }
    Connection* operator->() { return connection_.get(); }
    Connection& operator*() { return *connection_; }

   private:
    Pool* pool_;
    std::unique_ptr<Connection> connection_;
  };

  Pool(std::string connection_string, int size, SetUp set_up)
      : connection_string_(std::move(connection_string)), size_(size), set_up_(std::move(set_up)) {}

  // UNAVAILABLE if none is free, or none can be opened, by the deadline.
  absl::StatusOr<Lease> Borrow(Deadline deadline) ABSL_LOCKS_EXCLUDED(mu_);

 private:
  void GiveBack(std::unique_ptr<Connection> connection) ABSL_LOCKS_EXCLUDED(mu_);
  absl::StatusOr<std::unique_ptr<Connection>> Open(Deadline deadline);
  void Forget() ABSL_LOCKS_EXCLUDED(mu_);

  const std::string connection_string_;
  const int size_;
  const SetUp set_up_;
  absl::Mutex mu_;
  std::vector<std::unique_ptr<Connection>> idle_ ABSL_GUARDED_BY(mu_);  // the last used last
  int open_ ABSL_GUARDED_BY(mu_) = 0;                                   // idle, lent, or being opened
};

}  // namespace cadenza::postgres

#endif  // CADENZA_STORAGE_POSTGRES_POOL_H_
