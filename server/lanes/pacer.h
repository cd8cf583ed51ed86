// Delivery rates that all processes keep together: places are given out from stretches of a rate's time that this
// process has leased from the store.
//
// A rate's theoretical time (server/rules/gates/delivery_rate.h) is divided among the processes: the store keeps what
// of it is still free, a lease takes a stretch of that by compare-and-swap, and inside of its leases a process gives
// out places by itself. No two places, of whichever processes, share any of it, so what the rate promises of one
// process holds of all together, exactly.
//
// A message that must pass its workspace's rate and its campaign's takes the first place that is free in both. But
// first it waits for its turn in the campaign's: a line of its own ("<campaign_id>/line"), which moves as fast as the
// rate. So what waits for a slow campaign takes nothing of its workspace's rate meanwhile, and leaves few gaps in it.
//
// Few messages cost a round trip, and little is lost: a lease is of one place, and of twice as many with each that
// follows within a second, up to a second's worth. What is not used, GiveBack returns for others to use. What a process
// that was killed had leased is lost (less is sent than the rate allows, never more), and nobody waits for it.
//
// Promised: of `create_time` of the messages, what delivery_rate.h says. A message is made at its place's time, and
// leaves up to kLate (server/rules/delay.h) after it.
#ifndef CADENZA_SERVER_LANES_PACER_H_
#define CADENZA_SERVER_LANES_PACER_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/lanes/free_time.h"
#include "server/rules/gates/delivery_rate.h"
#include "server/rules/options.h"
#include "storage/workspace_store.h"

namespace cadenza::lanes {

// Thread-safe. Who asks waits for the store only if his own place takes a lease: the lock guards what is remembered,
// and no call of the store is made under it. Two that lease of one rate at once both get what they ask for, one after
// the other, by the store's compare-and-swap.
class StorePacer : public rules::Pacer {
 public:
  // When a message for which no place could be had asks again.
  static constexpr absl::Duration kRetry = absl::Seconds(1);
  // A lease of which nothing was asked for so long is idle.
  static constexpr absl::Duration kIdle = absl::Seconds(1);
  // A message whose place would be later than that for its campaign's rate alone waits for another turn instead.
  static constexpr absl::Duration kNear = absl::Seconds(1);
  // Free stretches that are kept of a rate, at most.
  static constexpr size_t kMaxStretches = 256;

  // `store` must outlive it.
  explicit StorePacer(WorkspaceStore* store) : store_(store) {}

  // A place is not `taken` if the message waits for its turn, the store could not be reached, others were always
  // quicker, or it would leave too many gaps.
  Place Reserve(std::string_view workspace, std::string_view campaign_id, const DeliveryRate* of_workspace,
                const DeliveryRate* of_campaign, bool entered, absl::Time now) override;

  // Returns to the store what is still to come of leases that are idle at `now` (InfiniteFuture: of all), and forgets
  // them. Blocks on the store; what could not be returned is lost. To be called now and then.
  void GiveBack(absl::Time now);

 private:
  // Of one rate.
  struct Lease {
    FreeTime own;                                  // leased, and not given out
    int64_t revision = 0;                          // of the store's row as it was last known; 0: it is not
    FreeTime free;                                 // in that row
    int64_t places = 0;                            // of the last lease
    absl::Time lease_time = absl::InfinitePast();  // when that was
    absl::Time ask_time = absl::InfinitePast();    // when a place was asked for last
  };
  using Key = std::pair<std::string, std::string>;  // workspace; campaign_id, "" = of the workspace
  // One of the rates that a message must pass.
  struct Asked {
    const DeliveryRate* rate;
    Key key;
  };
  struct Found {
    absl::Time at;
    int lacking = -1;    // index of the rate whose first room from `at` on is not leased; -1: there is a place
    bool taken = false;  // it is: unless it is not near
  };

  // Gives a place from what is leased, if all rates have room there. With two of them, the campaign's first, only if
  // that alone would let it go within kNear.
  Found TakeOwn(const std::vector<Asked>& asked, absl::Time now);
  // The same, and leases what is lacking. Errors: Extend's.
  absl::StatusOr<Found> Take(const std::vector<Asked>& asked, absl::Time now);
  // Leases the first free stretch with room for a message at `at` or later: of one place, or of more if `several`.
  // RESOURCE_EXHAUSTED: it would leave too many gaps.
  absl::Status Extend(const Asked& asked, absl::Time at, absl::Time now, bool several);
  // How many places the next lease is of.
  int64_t Grow(const Asked& asked, absl::Time now);
  absl::Status Return(const Key& key, const FreeTime& unused);

  WorkspaceStore* const store_;
  absl::Mutex mu_;
  std::map<Key, Lease> leases_ ABSL_GUARDED_BY(mu_);
};

}  // namespace cadenza::lanes

#endif  // CADENZA_SERVER_LANES_PACER_H_
