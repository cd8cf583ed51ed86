// One subscription's place in its user's sequence, and its bounded queue. Internal to the hub.
//
// `covered`: every message up to it was queued, or is not to be delivered (expired, dropped by retention). `known_top`:
// messages up to it are known to be committed. Behind = covered < known_top: then somebody has to read the store, once
// there is room again.
#ifndef CADENZA_SERVER_DELIVERY_SUBSCRIBER_H_
#define CADENZA_SERVER_DELIVERY_SUBSCRIBER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "storage/base/ids.h"
#include "storage/model/message.h"

namespace cadenza {

// Thread-safe. No method but Notify and Close calls or waits for `ready`.
class Subscriber {
 public:
  struct Limits {
    size_t messages = 0;
    size_t bytes = 0;
  };

  Subscriber(UserKey user, int64_t after, Limits limits, std::function<void()> ready)
      : user_(std::move(user)), limits_(limits), ready_(std::move(ready)), covered_(after), known_top_(after) {}

  const UserKey& user() const { return user_; }

  enum class Offered { kQueued, kKnown, kBehind };
  // `message` was committed. It is queued if it is the next one and there is room.
  Offered Offer(const Message& message);

  // What to read from the store: `limit` messages after `after`.
  struct Gap {
    int64_t after = 0;
    int64_t top = 0;  // known to be committed before the reading begins
    int limit = 0;
  };
  // `top`: the user's highest message_seq. Nothing if the subscriber has it all, has no room (Take then asks for more)
  // or has ended.
  std::optional<Gap> Missing(int64_t top);
  struct Filled {
    bool queued = false;  // there is something new to take
    bool again = false;   // more is missing, and there is room for it
  };
  // `page` is what the store gave for `gap`.
  Filled Fill(const Gap& gap, std::vector<Message> page);

  struct Taken {
    std::vector<Message> messages;
    bool again = false;  // as in Filled
  };
  Taken Take(size_t max, absl::Time now);

  // Calls `ready`, unless closed; if another thread is inside it, that thread calls it once more.
  void Notify();
  // Over, with `status`: the queue is emptied and nothing more is queued. The first status stays.
  void End(absl::Status status);
  absl::Status status() const;
  void Close();

 private:
  bool RoomLocked(const Message& message) const ABSL_SHARED_LOCKS_REQUIRED(mu_);
  // At least half the queue is free: a store read is worth while.
  bool WantsMoreLocked() const ABSL_SHARED_LOCKS_REQUIRED(mu_);
  void PushLocked(Message message) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const UserKey user_;
  const Limits limits_;

  mutable absl::Mutex mu_;
  // Called without mu_, by one thread at a time (notifying_), and destroyed only when none is inside.
  std::function<void()> ready_;
  std::deque<Message> queue_ ABSL_GUARDED_BY(mu_);
  size_t bytes_ ABSL_GUARDED_BY(mu_) = 0;
  int64_t covered_ ABSL_GUARDED_BY(mu_);
  int64_t known_top_ ABSL_GUARDED_BY(mu_);
  absl::Status status_ ABSL_GUARDED_BY(mu_);
  bool closed_ ABSL_GUARDED_BY(mu_) = false;
  bool notifying_ ABSL_GUARDED_BY(mu_) = false;
  bool notify_again_ ABSL_GUARDED_BY(mu_) = false;
  std::thread::id notifier_ ABSL_GUARDED_BY(mu_);
};

}  // namespace cadenza

#endif  // CADENZA_SERVER_DELIVERY_SUBSCRIBER_H_
