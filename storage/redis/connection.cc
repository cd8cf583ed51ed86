#include "storage/redis/connection.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/redis/resolver.h"

namespace cadenza::redis {
namespace {

int MillisUntil(Deadline deadline) {
  auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<int64_t>(left.count(), 0, 60'000));
}

enum class Wait { kReady, kWoken, kTimeout };

Wait WaitFor(int fd, short events, int wake_fd, Deadline deadline) {
  while (true) {
    pollfd fds[2] = {{fd, events, 0}, {wake_fd, POLLIN, 0}};
    int ready = poll(fds, wake_fd >= 0 ? 2 : 1, MillisUntil(deadline));
    if (ready > 0) return fds[0].revents != 0 ? Wait::kReady : Wait::kWoken;
    if (ready < 0 && errno != EINTR) return Wait::kReady;  // the read or write that follows reports it
    if (std::chrono::steady_clock::now() >= deadline) return Wait::kTimeout;
  }
}

// hiredis would allocate whatever length an array announces.
void* CreateBoundedArray(const redisReadTask* task, int elements) {
  if (elements > kMaxReplyElements) return nullptr;
  auto* reply = static_cast<redisReply*>(std::calloc(1, sizeof(redisReply)));
  if (reply == nullptr) return nullptr;
  reply->type = REDIS_REPLY_ARRAY;
  if (elements > 0) {
    reply->element = static_cast<redisReply**>(std::calloc(elements, sizeof(redisReply*)));
    if (reply->element == nullptr) {
      std::free(reply);
      return nullptr;
    }
  }
  reply->elements = elements;
  if (task->parent != nullptr) {
    static_cast<redisReply*>(task->parent->obj)->element[task->idx] = reply;
  }
  return reply;
}

redisReplyObjectFunctions* BoundedFunctions(const redisReader& reader) {
  static redisReplyObjectFunctions functions = [&reader] {
    redisReplyObjectFunctions bounded = *reader.fn;
    bounded.createArray = CreateBoundedArray;
    return bounded;
  }();
  return &functions;
}

absl::Status Timeout(std::string_view doing) {
  return absl::DeadlineExceededError(StrCat("Redis did not answer in time (", doing, ")"));
}

}  // namespace

Connection::Connection(redisContext* context) : context_(context) {
  context_->reader->fn = BoundedFunctions(*context_->reader);
}

Connection::~Connection() = default;

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const Address& address, Deadline deadline) {
  redisContext* context = nullptr;
  if (address.unix_path.empty()) {
    CADENZA_ASSIGN_OR_RETURN(std::string host, Resolve(address.host, deadline));
    context = redisConnectNonBlock(host.c_str(), address.port);
  } else {
    context = redisConnectUnixNonBlock(address.unix_path.c_str());
  }
  if (context == nullptr) return absl::UnavailableError("Redis: out of memory");
  if (context->err != 0) {
    absl::Status status = absl::UnavailableError(StrCat(address.Describe(), ": ", context->errstr));
    redisFree(context);
    return status;
  }
  std::unique_ptr<Connection> connection(new Connection(context));
  if (WaitFor(context->fd, POLLOUT, -1, deadline) == Wait::kTimeout) return Timeout("connect");
  int error = 0;
  socklen_t size = sizeof(error);
  if (getsockopt(context->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  if (error != 0) return absl::UnavailableError(StrCat(address.Describe(), ": ", std::strerror(error)));
  CADENZA_RETURN_IF_ERROR(connection->Login(address, deadline));
  return connection;
}

absl::Status Connection::Login(const Address& address, Deadline deadline) {
  std::vector<Command> commands;
  if (!address.password.empty()) {
    commands.push_back(address.user.empty() ? Command{"AUTH", address.password}
                                            : Command{"AUTH", address.user, address.password});
  }
  if (address.db != 0) commands.push_back({"SELECT", StrCat(address.db)});
  if (commands.empty()) return absl::OkStatus();
  CADENZA_ASSIGN_OR_RETURN(std::vector<Reply> replies, Exchange(commands, deadline));
  for (const Reply& reply : replies) {
    if (reply->type == REDIS_REPLY_ERROR) {
      return Broken(absl::UnavailableError(
          StrCat(address.Describe(), ": login refused: ", std::string_view(reply->str, reply->len))));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Reply>> Connection::Exchange(const std::vector<Command>& commands, Deadline deadline) {
  if (broken_) return absl::UnavailableError("the connection to Redis is broken");
  for (const Command& command : commands) Append(command);
  CADENZA_RETURN_IF_ERROR(Flush(deadline));
  std::vector<Reply> replies;
  replies.reserve(commands.size());
  while (replies.size() < commands.size()) {
    CADENZA_ASSIGN_OR_RETURN(Reply reply, Receive(deadline, -1));
    if (reply == nullptr) return Broken(Timeout("reply"));
    replies.push_back(std::move(reply));
  }
  if (context_->reader->pos < context_->reader->len) {
    return Broken(absl::DataLossError("Redis sent more than was asked for"));
  }
  return replies;
}

absl::Status Connection::Send(const Command& command, Deadline deadline) {
  if (broken_) return absl::UnavailableError("the connection to Redis is broken");
  Append(command);
  return Flush(deadline);
}

absl::StatusOr<Reply> Connection::Receive(Deadline deadline, int wake_fd) {
  if (broken_) return absl::UnavailableError("the connection to Redis is broken");
  while (true) {
    CADENZA_ASSIGN_OR_RETURN(Reply reply, Buffered());
    if (reply != nullptr) return reply;
    if (WaitFor(context_->fd, POLLIN, wake_fd, deadline) != Wait::kReady) return Reply();
    CADENZA_RETURN_IF_ERROR(ReadSome());
    // A peer that drips keeps the socket ready: the deadline holds all the same.
    if (std::chrono::steady_clock::now() >= deadline) return Buffered();
  }
}

void Connection::Append(const Command& command) {
  std::vector<const char*> words;
  std::vector<size_t> sizes;
  for (const std::string& word : command) {
    words.push_back(word.data());
    sizes.push_back(word.size());
  }
  redisAppendCommandArgv(context_.get(), static_cast<int>(words.size()), words.data(), sizes.data());
}

absl::Status Connection::Flush(Deadline deadline) {
  int done = 0;
  while (true) {
    if (redisBufferWrite(context_.get(), &done) != REDIS_OK) {
      return Broken(absl::UnavailableError(StrCat("Redis: ", context_->errstr)));
    }
    if (done != 0) return absl::OkStatus();
    if (WaitFor(context_->fd, POLLOUT, -1, deadline) == Wait::kTimeout) return Broken(Timeout("send"));
  }
}

absl::StatusOr<Reply> Connection::Buffered() {
  void* reply = nullptr;
  if (redisGetReplyFromReader(context_.get(), &reply) != REDIS_OK) {
    return Broken(absl::DataLossError(StrCat("Redis: ", context_->errstr)));
  }
  return Reply(static_cast<redisReply*>(reply));
}

absl::Status Connection::ReadSome() {
  if (redisBufferRead(context_.get()) != REDIS_OK) {
    return Broken(absl::UnavailableError(StrCat("Redis: ", context_->errstr)));
  }
  if (context_->reader->len > kMaxReplyBytes) return Broken(absl::DataLossError("Redis sent an oversized reply"));
  return absl::OkStatus();
}

absl::Status Connection::Broken(absl::Status status) {
  broken_ = true;
  return status;
}

}  // namespace cadenza::redis
