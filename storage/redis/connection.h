// One connection to Redis: hiredis' protocol code under our own deadlines. hiredis' timeouts are per system call, so
// that a peer that drips bytes could hold a thread for ever; here the socket does not block and every wait ends at the
// caller's deadline.
#ifndef CADENZA_STORAGE_REDIS_CONNECTION_H_
#define CADENZA_STORAGE_REDIS_CONNECTION_H_

#include <hiredis/hiredis.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/redis/address.h"

namespace cadenza::redis {

using Deadline = std::chrono::steady_clock::time_point;

struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, FreeReply>;

// The words of one command; binary-safe.
using Command = std::vector<std::string>;

// Bounds on what a reply may be, since a broken peer may announce anything.
inline constexpr int kMaxReplyElements = 100'000;
inline constexpr size_t kMaxReplyBytes = 64 << 20;

// Used by one thread at a time. After any error but an error reply the connection is broken for good: what would be
// read from it next might be the answer to something else.
class Connection {
 public:
  // Connects, logs in and selects the database. UNAVAILABLE (not reached, login refused; no secret in the text),
  // DEADLINE_EXCEEDED.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const Address& address, Deadline deadline);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Sends all commands in one go and reads their replies. A reply may be of type REDIS_REPLY_ERROR.
  // UNAVAILABLE (lost), DEADLINE_EXCEEDED, DATA_LOSS (what came was not the protocol, or more than was asked for).
  absl::StatusOr<std::vector<Reply>> Exchange(const std::vector<Command>& commands, Deadline deadline);

  // For subscriptions. Send queues and writes; Receive returns the next reply, or null at the deadline (which breaks
  // nothing), or when `wake_fd` (-1 = none) becomes readable.
  absl::Status Send(const Command& command, Deadline deadline);
  absl::StatusOr<Reply> Receive(Deadline deadline, int wake_fd);

  bool broken() const { return broken_; }

 private:
  explicit Connection(redisContext* context);
  absl::Status Login(const Address& address, Deadline deadline);
  void Append(const Command& command);
  absl::Status Flush(Deadline deadline);
  // A complete reply that has already been read, or null.
  absl::StatusOr<Reply> Buffered();
  absl::Status ReadSome();
  absl::Status Broken(absl::Status status);

  struct FreeContext {
    void operator()(redisContext* context) const { redisFree(context); }
  };
  std::unique_ptr<redisContext, FreeContext> context_;
  bool broken_ = false;
};

}  // namespace cadenza::redis

#endif  // CADENZA_STORAGE_REDIS_CONNECTION_H_
