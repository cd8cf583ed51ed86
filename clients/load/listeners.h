// Open message streams of some users, and when their messages arrived.
#ifndef CADENZA_CLIENTS_LOAD_LISTENERS_H_
#define CADENZA_CLIENTS_LOAD_LISTENERS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clients/load/histogram.h"

namespace cadenza::load {

struct ListenerOptions {
  std::string target;
  std::string workspace = "bench";
  std::vector<std::string> user_ids;  // one SubscribeMessages stream each
  // When the event that triggered a message was due; InfiniteFuture: count it, but do not measure it; nothing: a
  // message of an earlier run, which is passed over. Called on gRPC's threads.
  std::function<std::optional<absl::Time>(std::string_view event_id)> due;
};

// Thread-safe.
class Listeners {
 public:
  // Returns when every stream is open.
  static absl::StatusOr<std::unique_ptr<Listeners>> Open(ListenerOptions options);
  ~Listeners();  // ends the streams

  // Waits until `messages` in all have come and were counted; DEADLINE_EXCEEDED after `limit`.
  absl::Status Await(int64_t messages, absl::Duration limit);
  int64_t received() const;
  // From due to arrival, of what was to be measured.
  Histogram latency() const;

 private:
  class Stream;
  struct State;
  Listeners();

  std::unique_ptr<State> state_;
};

}  // namespace cadenza::load

#endif  // CADENZA_CLIENTS_LOAD_LISTENERS_H_
