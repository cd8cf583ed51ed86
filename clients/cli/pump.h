// Lines into a stream of inputs: what `replay` and `send --stdin` have in common.
#ifndef CADENZA_CLIENTS_CLI_PUMP_H_
#define CADENZA_CLIENTS_CLI_PUMP_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cadenza/v1/event_service.pb.h"
#include "clients/cli/command.h"
#include "clients/cli/formats/mapping.h"

namespace cadenza::cli {

struct PumpOptions {
  v1::StreamOpen::Mode mode = v1::StreamOpen::MODE_LIVE;
  // Inputs a second; 0: as fast as they are taken.
  double rate = 0;
  // How long the last acks may take to come, after the last line.
  absl::Duration close_timeout = absl::Seconds(60);
  // Gives the next line; false at the end.
  std::function<absl::StatusOr<bool>(std::string* line)> next_line;
  // Called about five times a second, for a progress bar; may be empty.
  std::function<void(int64_t acked, absl::Duration elapsed)> on_progress;
};

struct PumpSummary {
  MappingCounts mapping;
  int64_t acked = 0;
  int64_t duplicates = 0;
  int64_t rejected = 0;
  int64_t bad_lines = 0;
  int64_t reconnects = 0;
  absl::Duration elapsed;
  bool interrupted = false;
  absl::Status status;  // why it ended early; OK if it did not

  int64_t applied() const { return acked - duplicates - rejected; }
};

// Runs to the end of the lines, to an interrupt, or to an error that another attempt would not mend. Bad lines and
// rejected inputs are told on standard error, the first 20 of each one by one, and do not stop it. Blank lines are
// skipped.
PumpSummary Pump(const Globals& globals, const client::ChannelOptions& channel, Mapping& mapping,
                 const PumpOptions& options);

// On standard output, as --json says. Returns the exit code.
int Report(const Globals& globals, const PumpSummary& summary);

}  // namespace cadenza::cli

#endif  // CADENZA_CLIENTS_CLI_PUMP_H_
