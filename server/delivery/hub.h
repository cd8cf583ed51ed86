// The hub: the subscribers of this process. It brings each of them the user's messages once, in order, without gaps:
// first what the store has after the cursor, then what is committed, from a bounded queue; a subscriber that falls
// behind its queue is filled from the store again.
//
// Messages come in three ways: Offer (committed by a lane of this process), Hint (maybe committed elsewhere: read the
// store), and a poll of all subscribed users at least every 5 s, so that delivery never depends on a hint.
//
// Thread-safe. The hub has one thread of its own, which reads the store; Offer, Hint and Merged never block on the
// store.
#ifndef CADENZA_SERVER_DELIVERY_HUB_H_
#define CADENZA_SERVER_DELIVERY_HUB_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/lanes/sinks.h"
#include "storage/base/clock.h"
#include "storage/model/message.h"
#include "storage/store.h"

namespace cadenza {

// The reason (storage/model/rejection.h) of the status of a subscription whose user was merged.
inline constexpr std::string_view kUserMerged = "USER_MERGED";

// One open stream's view of one user's messages. Made by Hub::Subscribe.
class Subscription {
 public:
  virtual ~Subscription() = default;
  // Takes up to `max` messages, in order; none if none wait. Leaves out what has expired while it waited. Never blocks.
  virtual std::vector<Message> Take(size_t max) = 0;
  // Not OK once the subscription is over: ABORTED with the reason kUserMerged (the user was merged into another; what
  // had not been taken is in the other user's sequence now). Messages taken before stay valid.
  virtual absl::Status status() const = 0;
  // Ends it. After Close returns, `ready` is not running and is never called again; called from within `ready` itself,
  // it returns at once, and that call is the last. Idempotent; also done by the destructor.
  virtual void Close() = 0;
};

class Hub : public MessageSink {
 public:
  struct Options {
    size_t queue_messages = 256;                      // per subscription
    size_t queue_bytes = 256 << 10;                   // per subscription, of content; one message always has room
    size_t subscriptions_per_user = 64;               // RESOURCE_EXHAUSTED beyond
    size_t subscriptions = 100'000;                   // RESOURCE_EXHAUSTED beyond
    absl::Duration poll_interval = absl::Seconds(2);  // of the store, for all subscribed users
    // How often the row of a subscribed anonymous user is read, to see whether another process merged it; a hint makes
    // it at once.
    absl::Duration merge_check_interval = absl::Seconds(30);
  };

  // `store` and `clock` must outlive the hub, `clock` its subscriptions too.
  static std::unique_ptr<Hub> Create(const Options& options, Store* store, Clock* clock);

  // Messages of `user` (a resolved key) with message_seq > after. `ready` is called, on any thread and holding no lock
  // of the caller's, when Take would give something new or status() changed; it must not block and may call Take. It
  // may be called before Subscribe returns, and is never called twice at the same time. UNAVAILABLE after Stop.
  virtual absl::StatusOr<std::unique_ptr<Subscription>> Subscribe(const UserKey& user, int64_t after,
                                                                  std::function<void()> ready) = 0;

  virtual size_t subscription_count() const = 0;
  // Stops the thread. Subscriptions stay valid but get nothing new. Idempotent.
  virtual void Stop() = 0;
};

}  // namespace cadenza

#endif  // CADENZA_SERVER_DELIVERY_HUB_H_
