// Timers that failed too often and wait for people: listed, and tried again.
// cadenza.v1.TimerService says what each call means; this is it without gRPC.
#ifndef CADENZA_SERVER_CONTROL_TIMER_ADMIN_H_
#define CADENZA_SERVER_CONTROL_TIMER_ADMIN_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/base/clock.h"
#include "storage/base/ids.h"
#include "storage/model/timer.h"
#include "storage/store.h"

namespace cadenza {

struct ParkedPage {
  std::vector<Timer> timers;    // by user and timer_id
  std::string next_page_token;  // empty on the last page
};

// Thread-safe; blocks on the store.
class TimerAdmin {
 public:
  // All of it outlives it.
  TimerAdmin(Store* store, Clock* clock) : store_(store), clock_(clock) {}

  // Errors: INVALID_ARGUMENT (the token); those of the store.
  absl::StatusOr<ParkedPage> ListParked(std::string_view workspace, int page_size, std::string_view page_token) const;
  // The timer is due now. Errors: NOT_FOUND if the user, by whatever name, has no such timer that is parked; those of
  // the store.
  absl::Status RetryParked(const UserKey& named, std::string_view timer_id);

 private:
  Store* const store_;
  Clock* const clock_;
};

}  // namespace cadenza

#endif  // CADENZA_SERVER_CONTROL_TIMER_ADMIN_H_
