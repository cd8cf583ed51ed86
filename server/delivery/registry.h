// Who is subscribed in this process, and for which users the store is to be read. Internal to the hub: shared by the
// hub, its thread and the subscriptions, whichever lives longest.
#ifndef CADENZA_SERVER_DELIVERY_REGISTRY_H_
#define CADENZA_SERVER_DELIVERY_REGISTRY_H_

#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/delivery/hub.h"
#include "server/delivery/subscriber.h"

namespace cadenza {

// Thread-safe. Holds no lock while it calls a Subscriber.
class Registry {
 public:
  using List = std::vector<std::shared_ptr<Subscriber>>;

  explicit Registry(const Hub::Options& options)
      : options_(options),
        next_poll_(std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(options.poll_interval)) {}

  // Also asks for the user's first reading. RESOURCE_EXHAUSTED, UNAVAILABLE (stopped).
  absl::Status Add(std::shared_ptr<Subscriber> subscriber);
  // Idempotent.
  void Remove(const std::shared_ptr<Subscriber>& subscriber);
  // Removes and returns all of a user.
  List RemoveAll(const UserKey& user);

  List Of(const UserKey& user) const;
  // Of the message's user, for each message; empty once stopped.
  std::vector<List> OfEach(const std::vector<Message>& messages) const;
  size_t count() const;

  // Asks for a reading of those users who are subscribed; `merge_check`: also whether they were merged away.
  void Ask(const std::vector<UserKey>& users, bool merge_check);

  // What the hub's thread shall read next.
  struct Work {
    bool stopped = false;
    std::vector<UserKey> users;
    std::vector<UserKey> merge_checks;  // anonymous users whose row is to be looked at
  };
  // Waits for work: users asked for, then those of the poll, which begins anew every poll_interval. At most `max`
  // users. Only for the hub's thread.
  Work Next(size_t max);
  // Waits for `time`. False if stopped.
  bool Pause(absl::Duration time);
  void Stop();

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;

  struct User {
    List subscribers;
    bool merge_check = true;  // asked for
    SteadyTime next_merge_check;
  };
  void AddWorkLocked(const UserKey& user, SteadyTime now, Work* work) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const Hub::Options options_;
  mutable absl::Mutex mu_;
  bool stopped_ ABSL_GUARDED_BY(mu_) = false;
  size_t count_ ABSL_GUARDED_BY(mu_) = 0;
  absl::flat_hash_map<UserKey, User> users_ ABSL_GUARDED_BY(mu_);
  absl::flat_hash_set<UserKey> asked_ ABSL_GUARDED_BY(mu_);
  std::vector<UserKey> poll_ ABSL_GUARDED_BY(mu_);  // still to do in this round
  SteadyTime next_poll_ ABSL_GUARDED_BY(mu_);
};

}  // namespace cadenza

#endif  // CADENZA_SERVER_DELIVERY_REGISTRY_H_
