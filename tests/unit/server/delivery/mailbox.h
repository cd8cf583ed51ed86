// What the hub's tests share: a store with messages in it, and a subscriber that waits.
#ifndef CADENZA_TESTS_UNIT_SERVER_DELIVERY_MAILBOX_H_
#define CADENZA_TESTS_UNIT_SERVER_DELIVERY_MAILBOX_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/delivery/hub.h"
#include "storage/fault_store.h"
#include "storage/memory/memory_store.h"

namespace cadenza::testing {

inline const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);
inline constexpr absl::Duration kPatience = absl::Seconds(30);

inline MemoryStore::Options MemoryOptions(Clock* clock) {
  MemoryStore::Options options;
  options.clock = clock;
  return options;
}

// Every read fails; `before` is called first.
inline FaultStore::Fault Away(std::function<void()> before = nullptr) {
  FaultStore::Fault fault;
  fault.error = absl::UnavailableError("away");
  fault.before = std::move(before);
  return fault;
}

// Commits messages as a lane does. For one thread per user.
class Sender {
 public:
  Sender(Store* store, UserKey user) : store_(store), user_(std::move(user)), journal_(*store->OpenJournal()) {}

  // One commit of `count` messages; returns them.
  std::vector<Message> Commit(int count, absl::Time expire_time = kNow + absl::Hours(1), size_t body_bytes = 8) {
    CommitBatch batch;
    batch.journal = journal_;
    batch.journal_seq = ++journal_seq_;
    batch.profiles.push_back({user_, version_, ProfileRow{version_ + 1, "", "state"}});
    ++version_;
    std::vector<Message> messages;
    for (int i = 0; i < count; ++i) {
      Message message;
      message.user = user_;
      message.message_seq = ++message_seq_;
      message.message_id = user_.key + "/" + std::to_string(message_seq_);
      message.campaign_id = "hello";
      message.event_id = "e" + std::to_string(message_seq_);
      message.channel = "push";
      message.body = std::string(body_bytes, 'x');
      message.create_time = kNow;
      message.expire_time = expire_time;
      batch.messages.push_back({0, message});
      messages.push_back(std::move(message));
    }
    absl::StatusOr<CommitResult> result = store_->Commit(batch);
    EXPECT_TRUE(result.ok()) << result.status();
    return messages;
  }

  // The user's row becomes a name of another user.
  void MergeInto(const UserKey& other) {
    CommitBatch batch;
    batch.journal = journal_;
    batch.journal_seq = ++journal_seq_;
    batch.all_or_nothing = true;
    batch.profiles.push_back({user_, version_, ProfileRow{version_ + 1, other.key, ""}});
    ++version_;
    absl::StatusOr<CommitResult> result = store_->Commit(batch);
    EXPECT_TRUE(result.ok()) << result.status();
  }

  const UserKey& user() const { return user_; }
  int64_t message_seq() const { return message_seq_; }

 private:
  Store* const store_;
  const UserKey user_;
  const int64_t journal_;
  int64_t journal_seq_ = 0;
  int64_t version_ = 0;
  int64_t message_seq_ = 0;
};

// One subscription, used by one thread, which waits for `ready`.
class Mailbox {
 public:
  Mailbox(Hub* hub, const UserKey& user, int64_t after) {
    auto opened = hub->Subscribe(user, after, [this] {
      absl::MutexLock lock(&mu_);
      ready_ = true;
    });
    EXPECT_TRUE(opened.ok()) << opened.status();
    if (opened.ok()) subscription_ = *std::move(opened);
  }
  ~Mailbox() { subscription_.reset(); }

  // Waits until `ready` was called since the last time; false after kPatience.
  bool AwaitReady() {
    absl::MutexLock lock(&mu_);
    bool in_time = mu_.AwaitWithTimeout(absl::Condition(&ready_), kPatience);
    ready_ = false;
    return in_time;
  }

  // The next `count` message_seqs.
  std::vector<int64_t> Read(size_t count) {
    std::vector<int64_t> seqs;
    while (true) {
      for (const Message& message : subscription_->Take(count - seqs.size())) seqs.push_back(message.message_seq);
      if (seqs.size() >= count) return seqs;
      if (!AwaitReady()) {
        ADD_FAILURE() << "only " << seqs.size() << " of " << count << " messages came";
        return seqs;
      }
    }
  }

  // The status with which the subscription ended.
  absl::Status AwaitEnd() {
    while (subscription_->status().ok()) {
      if (!AwaitReady()) {
        ADD_FAILURE() << "the subscription did not end";
        break;
      }
    }
    return subscription_->status();
  }

  Subscription& subscription() { return *subscription_; }

 private:
  absl::Mutex mu_;
  bool ready_ ABSL_GUARDED_BY(mu_) = false;
  std::unique_ptr<Subscription> subscription_;
};

inline std::vector<int64_t> Seqs(int64_t first, int64_t last) {
  std::vector<int64_t> seqs;
  for (int64_t seq = first; seq <= last; ++seq) seqs.push_back(seq);
  return seqs;
}

}  // namespace cadenza::testing

#endif  // CADENZA_TESTS_UNIT_SERVER_DELIVERY_MAILBOX_H_
