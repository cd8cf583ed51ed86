#include "storage/redis/redis_message_hints.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "storage/redis/hint_payload.h"

namespace cadenza::redis {
namespace {

constexpr std::chrono::milliseconds kBackoffMin{100};
constexpr std::chrono::milliseconds kBackoffMax{2000};

Deadline In(std::chrono::milliseconds time) { return std::chrono::steady_clock::now() + time; }

std::string_view Text(const redisReply* reply) {
  return reply != nullptr && reply->type == REDIS_REPLY_STRING ? std::string_view(reply->str, reply->len)
                                                               : std::string_view();
}

}  // namespace

RedisMessageHints::RedisMessageHints(Options options, Listener listener)
    : options_(std::move(options)),
      listener_(std::move(listener)),
      self_(DigestOf(NewUuidV7(absl::Now()))),
      wake_fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  publisher_ = std::thread([this] { PublishLoop(); });
  subscriber_ = std::thread([this] { ListenLoop(); });
}

RedisMessageHints::~RedisMessageHints() {
  {
    absl::MutexLock lock(&mu_);
    stopped_ = true;
  }
  eventfd_write(wake_fd_, 1);
  publisher_.join();
  subscriber_.join();
  close(wake_fd_);
}

void RedisMessageHints::Publish(const std::vector<UserKey>& users) {
  absl::MutexLock lock(&mu_);
  for (const UserKey& user : users) {
    if (queue_.size() < options_.queue_users) {
      queue_.insert(user);
    } else if (!queue_.contains(user)) {
      ++counters_.dropped;
    }
  }
}

void RedisMessageHints::PublishLoop() {
  std::unique_ptr<Connection> connection;
  std::chrono::milliseconds backoff = kBackoffMin;
  while (true) {
    std::vector<UserKey> users;
    {
      absl::MutexLock lock(&mu_);
      auto work = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return stopped_ || !queue_.empty(); };
      mu_.Await(absl::Condition(&work));
      if (stopped_) return;
      users.assign(queue_.begin(), queue_.end());
      queue_.clear();
    }
    // A connection that was idle may be long dead; a new one gets one more try.
    bool had_connection = connection != nullptr;
    bool sent = Send(users, &connection) || (had_connection && Send(users, &connection));
    if (sent) {
      counters_.published += static_cast<int64_t>(users.size());
      backoff = kBackoffMin;
      continue;
    }
    counters_.dropped += static_cast<int64_t>(users.size());
    if (!WaitToRetry(backoff)) return;
    backoff = std::min(backoff * 2, kBackoffMax);
  }
}

bool RedisMessageHints::Send(const std::vector<UserKey>& users, std::unique_ptr<Connection>* connection) {
  if (*connection == nullptr) {
    auto opened = Connection::Open(options_.address, In(options_.connect_deadline));
    if (!opened.ok()) return false;
    *connection = *std::move(opened);
  }
  std::vector<Command> commands;
  for (size_t begin = 0; begin < users.size(); begin += kHintUsers) {
    size_t end = std::min(begin + kHintUsers, users.size());
    HintPayload payload{self_, {users.begin() + begin, users.begin() + end}};
    commands.push_back({"PUBLISH", options_.channel, EncodeHints(payload)});
  }
  auto replies = (*connection)->Exchange(commands, In(options_.command_deadline));
  if (!replies.ok()) {
    connection->reset();
    return false;
  }
  return std::all_of(replies->begin(), replies->end(),
                     [](const Reply& reply) { return reply->type == REDIS_REPLY_INTEGER; });
}

void RedisMessageHints::ListenLoop() {
  std::chrono::milliseconds backoff = kBackoffMin;
  do {
    auto connection = Connection::Open(options_.address, In(options_.connect_deadline));
    if (connection.ok()) {
      Deadline since = std::chrono::steady_clock::now();
      Listen(connection->get());
      listening_ = false;
      if (std::chrono::steady_clock::now() - since > kBackoffMax) backoff = kBackoffMin;
    }
    if (!WaitToRetry(backoff)) return;
    backoff = std::min(backoff * 2, kBackoffMax);
  } while (true);
}

void RedisMessageHints::Listen(Connection* connection) {
  if (!connection->Send({"SUBSCRIBE", options_.channel}, In(options_.command_deadline)).ok()) return;
  Deadline heard = std::chrono::steady_clock::now();
  bool pinged = true;  // SUBSCRIBE wants an answer too
  while (true) {
    Deadline next = heard + (pinged ? 2 : 1) * options_.ping_interval;
    absl::StatusOr<Reply> reply = connection->Receive(next, wake_fd_);
    if (!reply.ok()) return;
    {
      absl::MutexLock lock(&mu_);
      if (stopped_) return;
    }
    if (*reply != nullptr) {
      heard = std::chrono::steady_clock::now();
      pinged = false;
      Received(**reply);
    } else if (pinged) {
      return;
    } else {
      if (!connection->Send({"PING"}, In(options_.command_deadline)).ok()) return;
      pinged = true;
    }
  }
}

void RedisMessageHints::Received(const redisReply& reply) {
  if (reply.type != REDIS_REPLY_ARRAY || reply.elements != 3) return;  // "pong", or nothing of ours
  std::string_view kind = Text(reply.element[0]);
  if (kind == "subscribe") {
    listening_ = true;
  } else if (kind == "message") {
    std::optional<HintPayload> payload = DecodeHints(Text(reply.element[2]));
    if (!payload) {
      ++counters_.garbage;
    } else if (payload->sender != self_ && !payload->users.empty()) {
      counters_.received += static_cast<int64_t>(payload->users.size());
      listener_(payload->users);
    }
  }
}

bool RedisMessageHints::WaitToRetry(std::chrono::milliseconds backoff) {
  absl::MutexLock lock(&mu_);
  return !mu_.AwaitWithTimeout(absl::Condition(&stopped_), absl::FromChrono(backoff));
}

}  // namespace cadenza::redis
