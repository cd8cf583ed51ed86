// The load: inputs over StreamEvents, prepared beforehand and sent by a fixed schedule, whatever the server does (open
// loop), or as fast as its acks allow (closed loop).
//
// In the open loop a batch's latency counts from the moment when it was due, not from when it could be sent: a server
// that stalls is charged for all that had to wait (no coordinated omission; G. Tene, "How NOT to measure latency",
// 2013).
#ifndef CADENZA_CLIENTS_LOAD_GENERATOR_H_
#define CADENZA_CLIENTS_LOAD_GENERATOR_H_

#include <grpcpp/support/byte_buffer.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cadenza/v1/input.pb.h"
#include "clients/load/histogram.h"

namespace cadenza::load {

struct LoadOptions {
  std::string target;
  std::string workspace = "bench";
  int streams = 1;
  int connections = 1;  // the streams are spread over these
  int batch = 100;      // inputs a request
  double rate = 0;      // inputs per second, all streams together; 0 = closed loop
  int64_t inputs = 0;   // all; rounded up to whole batches
  // The first of `inputs`, which are sent but not measured.
  int64_t warm_up = 0;
  // Fills input `index`, 0 to inputs - 1. Called before anything is sent, from several threads.
  std::function<void(int64_t index, v1::Input* input)> fill;
};

// What came of the measured part.
struct LoadResult {
  int64_t inputs = 0;
  absl::Duration time;  // from the ack of the last input of the warm-up to the ack of the last input
  // Due (open loop) or sent (closed loop: then it is the window over the rate, by Little's law) to acked; one entry an
  // input.
  Histogram ack_latency;
  int64_t duplicates = 0;  // of all, with the warm-up
  int64_t rejected = 0;
  double per_second() const { return static_cast<double>(inputs) / absl::ToDoubleSeconds(time); }
};

// One run. Made, it holds every request serialised (about 250 bytes an input); Run sends them.
class Generator {
 public:
  explicit Generator(LoadOptions options);
  ~Generator();

  // Sends everything and waits for every ack. `measuring` is called when the warm-up has been acked, `measured` after
  // the last ack, both on the calling thread; either may be null. UNAVAILABLE if a stream breaks. Call once.
  absl::StatusOr<LoadResult> Run(const std::function<void()>& measuring, const std::function<void()>& measured);

  // When input `index` was due; InfiniteFuture before the schedule began, and in the closed loop. Any thread.
  absl::Time DueTime(int64_t index) const;

 private:
  class Stream;
  class Shared;

  const LoadOptions options_;
  std::shared_ptr<Shared> shared_;
  std::vector<std::vector<grpc::ByteBuffer>> requests_;  // by stream
};

}  // namespace cadenza::load

#endif  // CADENZA_CLIENTS_LOAD_GENERATOR_H_
