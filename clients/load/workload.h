// What the benchmark sends: users, their events, and the campaigns that answer. Deterministic: the same options and
// index give the same input, whatever was asked before.
#ifndef CADENZA_CLIENTS_LOAD_WORKLOAD_H_
#define CADENZA_CLIENTS_LOAD_WORKLOAD_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "cadenza/v1/input.pb.h"
#include "storage/model/campaign.h"

namespace cadenza::load {

struct WorkloadOptions {
  std::string workspace = "bench";
  int64_t users = 100'000;  // >= 1
  // User of rank r (1, 2, …) gets a share of the events in proportion to r^-zipf; 0 = all alike.
  double zipf = 1.0;
  // Campaigns on the event names that are sent, two for each name, up to 2 * kEventNames. Of two, one sends a message
  // for every fifth event, the other looks at a sliding window and never does.
  int campaigns = 20;
  // Active campaigns on event names that nobody sends.
  int idle_campaigns = 0;
  // Extra bytes of attributes in each profile, beside the 300 or so that all have.
  int64_t profile_bytes = 0;
  // Tells the event ids of one run from those of another on the same database; 0 to 2^26 - 1.
  int64_t run = 0;
};

// Thread-safe after construction.
class Workload {
 public:
  static constexpr int kEventNames = 10;

  explicit Workload(const WorkloadOptions& options);

  const WorkloadOptions& options() const { return options_; }

  // The external id of a user, 0 to users - 1; user 0 is the busiest.
  static std::string UserId(int64_t user);
  // Whom event `index` concerns.
  int64_t UserOf(int64_t index) const;

  // The first input of a user: sets the attributes that conditions and templates read. `made` goes into the event id, a
  // UUIDv7, and must lie within the dedupe window when it is sent. `input` is overwritten.
  void FillAttributes(int64_t user, absl::Time made, v1::Input* input) const;
  // Event `index`, about 200 bytes serialised: of user UserOf(index), or of `user`. Every fifth yields a message, if
  // campaigns >= 2 * kEventNames.
  void FillEvent(int64_t index, absl::Time made, v1::Input* input) const;
  void FillEventOf(int64_t user, int64_t index, absl::Time made, v1::Input* input) const;

  // The index in an event id made by FillEvent of this run; nothing for any other.
  std::optional<int64_t> IndexOf(std::string_view event_id) const;
  // Whether the event of this index yields a message.
  static bool YieldsMessage(int64_t index) { return index % 5 == 0; }

  // Active, of revision 1; the idle ones last.
  std::vector<Campaign> Campaigns() const;

 private:
  std::string EventId(int64_t index, absl::Time made) const;

  const WorkloadOptions options_;
  std::vector<double> cumulative_;  // of the shares, by rank; empty if all are alike
};

}  // namespace cadenza::load

#endif  // CADENZA_CLIENTS_LOAD_WORKLOAD_H_
