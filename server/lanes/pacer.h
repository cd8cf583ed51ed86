// Delivery rates that all processes keep together: places are given out from stretches of a rate that this process has
// leased from the store, about a second's worth at a time (one place at least), so that few messages cost a round trip.
//
// A rate's theoretical time (server/rules/gates/delivery_rate.h) is divided among the processes: the store keeps up to
// where it has been given out, a lease moves that on by compare-and-swap, and inside of its lease a process reserves
// places by itself. Leases do not overlap, so what the rate promises of one process holds of all together, exactly.
// What of a lease is not used, because the process ends or nothing comes, is lost: then less is sent than the rate
// allows, never more.
#ifndef CADENZA_SERVER_LANES_PACER_H_
#define CADENZA_SERVER_LANES_PACER_H_

#include <map>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/rules/gates/delivery_rate.h"
#include "server/rules/options.h"
#include "storage/workspace_store.h"

namespace cadenza::lanes {

// Thread-safe; a lease blocks on the store, and whoever else wants a place meanwhile. Remembers one lease for each rate
// that was ever asked for.
class StorePacer : public rules::Pacer {
 public:
  // When a message for which no place could be had asks again.
  static constexpr absl::Duration kRetry = absl::Seconds(1);

  // `store` must outlive it.
  explicit StorePacer(WorkspaceStore* store) : store_(store) {}

  // A place is not `taken` if the store could not be reached, or others were always quicker.
  Place Reserve(std::string_view workspace, std::string_view campaign_id, const DeliveryRate* of_workspace,
                const DeliveryRate* of_campaign, absl::Time now) override;

 private:
  // What of a rate is this process's: theoretical time from state.next, included, to `end`, excluded.
  struct Lease {
    rules::RateState state;
    absl::Time end = absl::InfinitePast();
  };
  // One of the rates that a message must pass.
  struct Asked {
    const DeliveryRate* rate;
    std::string_view campaign_id;  // "" = of the workspace
    Lease* lease;
  };

  // Of a message at `at`: whether its place is inside of the lease.
  static bool Fits(const Asked& asked, absl::Time at);
  // Leases a stretch that a message at `now` fits into, or one that it can wait for.
  absl::Status Extend(std::string_view workspace, const Asked& asked, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  WorkspaceStore* const store_;
  absl::Mutex mu_;
  std::map<std::string, Lease> leases_ ABSL_GUARDED_BY(mu_);  // by workspace, a zero byte, and campaign_id
};

}  // namespace cadenza::lanes

#endif  // CADENZA_SERVER_LANES_PACER_H_
