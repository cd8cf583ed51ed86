// The launches of a campaign by its schedule, for whoever asks how far they are.
// cadenza.v1.CampaignService says what the call means; this is it without gRPC.
#ifndef CADENZA_SERVER_CONTROL_LAUNCH_READER_H_
#define CADENZA_SERVER_CONTROL_LAUNCH_READER_H_

#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "storage/base/clock.h"
#include "storage/launch_store.h"
#include "storage/store.h"

namespace cadenza {

struct LaunchPage {
  std::vector<Launch> launches;  // the newest first
  bool more = false;             // follow: those that are due before the last one of this page
  // When the next one is due; nothing if the campaign is not active, or its schedule does not come any more.
  std::optional<absl::Time> next_time;
};

// Thread-safe; blocks on the store.
class LaunchReader {
 public:
  // All of it outlives the reader.
  LaunchReader(Store* store, Clock* clock) : store_(store), clock_(clock) {}

  // Those that are due before `before`. Errors: NOT_FOUND if there is no such campaign; those of the store; DATA_LOSS
  // if the campaign cannot be read.
  absl::StatusOr<LaunchPage> List(std::string_view workspace, std::string_view campaign_id, absl::Time before,
                                  int page_size) const;

 private:
  Store* const store_;
  Clock* const clock_;
};

}  // namespace cadenza

#endif  // CADENZA_SERVER_CONTROL_LAUNCH_READER_H_
