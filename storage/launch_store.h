// Durable state of launches: the times at which schedules launch campaigns, and how far each has come among the users.
// A part of Store (store.h), whose errors and threads apply.
//
// A launch is one occurrence of one campaign's schedule. It is begun once, whoever and how often it is tried; it is
// worked on by one process at a time, and goes on where the last one left it.
#ifndef CADENZA_STORAGE_LAUNCH_STORE_H_
#define CADENZA_STORAGE_LAUNCH_STORE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace cadenza {

struct Launch {
  std::string workspace;
  std::string campaign_id;
  // When it is due: of a schedule by users' own clocks, when the first clock of the world shows the time.
  absl::Time due_time;
  absl::Time begin_time;   // when it was begun, by the clock of the process that did
  std::string local_time;  // of such a schedule: "2026-12-24T18:00"
  std::string cursor;      // the key of the last user launched, "" at the start, kCursorEnd behind all users
  int64_t users_launched = 0;
  bool done = false;
  absl::Time end_time;  // of one that is done, by the clock of the process that ended it; else UnixEpoch

  // No key of a user is behind it. One that is done and stands elsewhere was cut short.
  static constexpr std::string_view kCursorEnd = "~";
  friend bool operator==(const Launch&, const Launch&) = default;
};

class LaunchStore {
 public:
  virtual ~LaunchStore() = default;

  // How long a launch that is done is remembered, at least.
  static constexpr absl::Duration kKept = absl::Hours(24 * 90);

  // Whether it was begun by this call. False if the campaign has a launch that is due then or later already. Forgets
  // those of the campaign that are done and were due over kKept before. UNKNOWN may be answered; call again.
  virtual absl::StatusOr<bool> BeginLaunch(const Launch& launch) = 0;
  // The due_time of the campaign's latest launch; nothing if there is none.
  virtual absl::StatusOr<std::optional<absl::Time>> LastLaunch(std::string_view workspace,
                                                               std::string_view campaign_id) = 0;
  // One that is not done and that no process holds (nor this one), the longest due first; held by `process` until
  // `lease` has passed since the last Claim or Save, by the store's clock. Nothing if there is none.
  virtual absl::StatusOr<std::optional<Launch>> ClaimLaunch(std::string_view process, absl::Duration lease) = 0;
  // Remembers how far it is (cursor, users_launched, done and end_time), and holds it for another `lease`. ABORTED if
  // `process` does not hold it any more, or it is done: then leave it.
  virtual absl::Status SaveLaunch(const Launch& launch, std::string_view process, absl::Duration lease) = 0;
  // Those that are due before `before`, the newest first, at most `limit`.
  virtual absl::StatusOr<std::vector<Launch>> ListLaunches(std::string_view workspace, std::string_view campaign_id,
                                                           absl::Time before, int limit) = 0;
};

}  // namespace cadenza

#endif  // CADENZA_STORAGE_LAUNCH_STORE_H_
