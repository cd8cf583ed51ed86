// A back-test: a campaign that is not in force (yet) is run over the stored inputs of a period through the engine that
// would have run it, and nothing is written.
//
// What is assumed. The rules are those that are in force now: the active campaigns of the workspace, each since it was
// last activated, its segments, content blocks, settings and catalog items. The draft runs among them as if it had been
// activated at `from`, in the place of the one that has its campaign_id, if there is one. All stored inputs are lived
// through from the oldest on, so that profiles, segments and what other campaigns have sent are as they were; decisions
// are counted under clocks from `from` to `to` only. Delays, quiet hours and segments that time changes come due by the
// inputs' own clocks: exactly when they are due, or, where the same timer fired in its time, when it did then. Delivery
// rates hold nothing back. A launched campaign is launched as it was then; what was not launched then is not now.
#ifndef CADENZA_SERVER_BACKTEST_BACKTEST_H_
#define CADENZA_SERVER_BACKTEST_BACKTEST_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/backtest/report.h"
#include "storage/model/campaign.h"
#include "storage/model/message.h"
#include "storage/store.h"

namespace cadenza::backtest {

struct Request {
  std::string workspace;
  Campaign draft;  // of the workspace; its state does not matter
  // The draft takes the place of this stored campaign, in whatever state that is, and the report says what would
  // change;
  // "" = none.
  std::string against;
  absl::Time from;
  absl::Time to;
  absl::Duration session_gap;
  absl::TimeZone zone;  // of the report's days
  // Told of every message of the draft, from all threads, one call at a time; of one user in order. May be null.
  std::function<void(const Message& message)> on_message = nullptr;
  int threads = 1;          // that replay, beside the one that reads; 1 to kThreadsMax
  bool full_speed = false;  // do not rest while others write to the store
};
inline constexpr int kThreadsMax = 2;

// First all inputs are read, then they are replayed: `done` grows from 0 to 1 in each.
enum class Phase : uint8_t { kReading, kReplaying };
using Progress = std::function<void(Phase phase, double done, int64_t inputs)>;

// Blocks as long as it takes. Memory: what the store's scan needs (storage/postgres/event_sorter.h), some stretches of
// inputs, and the profiles of the largest group of users who were merged into one; it does not grow with the period.
// `progress` is called on this thread, may be null.
//
// Errors: those of the draft (a rejection, storage/model/rejection.h), NOT_FOUND for `against`, INVALID_ARGUMENT for
// the period, and those of the store.
absl::StatusOr<Report> Run(const Request& request, Store* store, const Progress& progress);

}  // namespace cadenza::backtest

#endif  // CADENZA_SERVER_BACKTEST_BACKTEST_H_
